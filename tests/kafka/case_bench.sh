# The benchmarks over Kafka run, on tiny inputs, and find what their ceiling finds.
. "$WEIR_SOURCE/tests/kafka/lib.sh"
bench=$WEIR_BUILD/bench/bench
[ -x "$bench" ] || finish
expect_code 0 env WEIR_BENCH_KAFKA="$ADDR" "$bench" kafka-direct kafka-to-kafka --quick --json
for name in kafka-direct kafka-to-kafka; do
    grep -q "^{\"bench\":\"$name\",\"what\":\"weir / bare\".*\"median\":[0-9]" out || fail "$name: $(cat out err)"
done
finish
