#!/bin/sh
# Kafka, against a real broker that this script starts and ends: each tests/kafka/case_*.sh in turn. Arguments: which
# cases, such as `direct`. Skipped (77) where no broker can be had, and says so. WEIR_KAFKA_TSAN: a weir that was built
# with the thread sanitizer (build/tsan/tools/weir), to run in place of WEIR; what it finds ends it with code 66.
set -u
[ -x "$WEIR_BUILD/tests/kafka/feed" ] || { echo 'SKIP: weir was built without Kafka (librdkafka-dev)'; exit 77; }
case "${WEIR_SANITIZE-}" in *[a-z]*) echo 'SKIP: Kafka is tested in the release build'; exit 77 ;; esac

BROKER=$WEIR_SOURCE/tests/kafka/broker
BROKER_DIR=$(mktemp -d) || exit 1
trap '"$BROKER" stop "$BROKER_DIR"; rm -rf "$BROKER_DIR"' EXIT
trap 'exit 1' INT TERM
"$BROKER" install || exit
"$BROKER" start "$BROKER_DIR" || exit
FEED=$WEIR_BUILD/tests/kafka/feed
ADDR=$("$BROKER" addr "$BROKER_DIR")
export BROKER BROKER_DIR FEED ADDR

# The sanitizer knows no threads of C11: tests/kafka/c11_threads.c says more.
if [ -n "${WEIR_KAFKA_TSAN-}" ]; then
    cat >"$BROKER_DIR/weir" <<W
#!/bin/sh
export LD_PRELOAD="$WEIR_BUILD/tests/kafka/c11_threads.so"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$WEIR_SOURCE/tests/tsan.suppressions"
exec "$WEIR_KAFKA_TSAN" "\$@"
W
    chmod +x "$BROKER_DIR/weir"
    WEIR=$BROKER_DIR/weir
    export WEIR
fi

failed=0
if [ $# -eq 0 ]; then
    cases=$(cd "$WEIR_SOURCE/tests/kafka" && ls case_*.sh | sed 's/^case_//; s/\.sh$//')
else
    cases=$*
fi
for case in $cases; do
    started=$(date +%s)
    if sh "$WEIR_SOURCE/tests/kafka/case_$case.sh"; then said=ok; else said=FAIL failed=1; fi
    echo "$said $case: $(($(date +%s) - started)) s"
done
exit $failed
