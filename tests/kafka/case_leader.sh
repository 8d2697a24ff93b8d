# The leader of every partition moves while a direct stream and a sink with transactions run: handed over as its broker
# stops, taken back, and lost with its broker, which is killed. A second broker, for this case alone.
. "$WEIR_SOURCE/tests/kafka/lib.sh"
second=$work/second
trap 'end_jobs; "$BROKER" kill "$second"; rm -rf "$work"' EXIT

# await_leader BROKER IN-SYNC: until it leads both topics; at most two minutes.
await_leader()
{
    left=1200
    for topic in moving moved; do
        until feed leaders $topic >leaders; awk -v b="$1" -v n="$2" '$2 != b || $3 != n { exit 1 }' leaders; do
            left=$((left - 1))
            [ $left -gt 0 ] || { fail "broker $1 does not lead $topic: $(cat leaders)"; finish; }
            sleep 0.1
        done
    done
}

# feed_while COMMAND...: messages come before, while and after it is done.
feed_while()
{
    feed count moving 1000 50
    (for i in 1 2 3 4 5 6 7 8; do feed count moving 500 50 || exit 1; sleep 0.2; done) &
    feeder=$!
    "$@" || fail "$*"
    wait $feeder || fail 'messages could not be written'
    feed count moving 1000 50
    total=$((total + 6000))
}

# the brokers' own topics stay where they are: on the first one
feed topic before 1
printf 'k\t1\n' | feed put before commit
feed committed nobody before >committed
"$BROKER" start "$second" "$BROKER_DIR" || { fail 'no second broker'; finish; }
feed topic moving 2 on=2,1
feed topic moved 2 on=2,1
counting_job led '"op":"kafkaDirectStream","topics":["moving"],"start":"earliest","group":"led"' \
    ',{"in":"ints","op":"saveToKafka","brokers":"'"$ADDR"'","topic":"moved"}' >job.json
total=0
await_leader 2 2
start_job job.json
feed_while "$BROKER" stop "$second"
await_leader 1 1
await_total $total
feed_while "$BROKER" start "$second" "$BROKER_DIR"
await_leader 2 2
feed_while "$BROKER" kill "$second"
await_leader 1 1
await_total $total
stop_job 0
expect_equal "$(sum_of_state led)" $total
expect_equal "$(keys_of_state led)" 50
feed get moved >seen
expect_equal "$(awk '{ n += $4 } END { print n }' seen)" $total
feed committed led moving >committed
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" $total
finish
