# What a restart begins with: a direct stream that had no batch yet, and one of whose batches is given up.
. "$WEIR_SOURCE/tests/kafka/lib.sh"

# begins at the latest messages and is killed before its first batch: what comes between is not lost. Batches are long, so
# that the kill comes first; if it does not, once more
feed topic late 2
rounds=0
until [ $rounds = 5 ]; do
    rounds=$((rounds + 1))
    feed count late 10 3
    counting_job late '"op":"kafkaDirectStream","topics":["late"]' |
        sed 's/"batch_ms":100/"batch_ms":4000/; s/"checkpoint_ms":400/"checkpoint_ms":4000/' >job.json
    start_job job.json
    left=1200
    until ls late/checkpoints 2>ls | grep -q .; do
        left=$((left - 1))
        [ $left -gt 0 ] && kill -0 "$run" 2>/dev/null || { fail "no checkpoint 0: $(cat err)"; finish; }
        sleep 0.1
    done
    kill_job
    expect_code 0 "$WEIR" dump batches late
    [ "$(wc -l <out)" -gt 1 ] || break # below the heading
    rm -rf late
done
expect_equal "$(wc -l <out)" 1
feed count late 70 10
start_job job.json
await_total 70
stop_job 0
expect_equal "$(sum_of_state late)" 70

# a batch fails and is given up: the offsets go on behind it, the group's as well, at once, even if no message follows
feed topic spoilt 2
feed topic spoilt-copy 1
counting_job spoilt '"op":"kafkaDirectStream","topics":["spoilt"],"start":"earliest","group":"spoilt"' \
    ',{"in":"ints","op":"saveToKafka","brokers":"'"$ADDR"'","topic":"spoilt-copy"}' |
    sed 's/"id":"ints","op":"mapValues","in":\["in"\]/"id":"read","op":"mapValues","in":["in"],"fn":"parse_int"},\
          {"id":"ints","op":"mapValues","in":["read"]/; s/"in":\["read"\],"fn":"parse_int"/"in":["read"],"fn":"fail_on_negative"/' >job.json

# await_committed N: until the group has so many, while the job runs; at most two minutes.
await_committed()
{
    left=1200
    until feed committed spoilt spoilt >committed; [ "$(awk '{ n += $2 } END { print n }' committed)" = "$1" ]; do
        left=$((left - 1))
        [ $left -gt 0 ] || { fail "the group has not $1 but $(cat committed)"; return; }
        sleep 0.1
    done
}

feed count spoilt 100 10
start_job job.json
await_total 100
printf 'bad\t-1\n' | feed put spoilt
wait $run
expect_equal "$?" 1
expect_code 1 "$WEIR" run job.json
time_ms=$(sed -n 's/.*batch \(of \)\{0,1\}\([0-9]\{6,\}\) ms.*/\2/p' err | head -n 1)
[ -n "$time_ms" ] || fail "no time of a batch in $(cat err)"
feed committed spoilt spoilt >committed
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" 100
start_job job.json --skip-batch="$time_ms"
await_committed 101
feed count spoilt 50 10
await_total 150
await_committed 151
kill_job
start_job job.json
feed count spoilt 5 5
await_total 155
stop_job 0
expect_equal "$(sum_of_state spoilt)" 155
await_committed 156
feed get spoilt-copy >seen
expect_equal "$(awk '{ n += $4 } END { print n }' seen)" 155
finish
