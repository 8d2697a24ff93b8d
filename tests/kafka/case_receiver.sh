# kafkaStream: killed with -9 at any moment; what was received counts once. Two receivers share a group.
. "$WEIR_SOURCE/tests/kafka/lib.sh"

feed topic clicks 4
quick='"properties":{"session.timeout.ms":"3000","heartbeat.interval.ms":"500"}'
counting_job dir '"op":"kafkaStream","topics":{"clicks":2},"group":"clickers","start":"earliest",'"$quick" >job.json
feed count clicks 5000 100
total=5000
start_job job.json
await_total $total
for round in 1 2 3 4; do
    feed count clicks 20000 100 &
    feeder=$!
    sleep 0.$((round * 2))
    kill_job
    start_job job.json
    wait $feeder
    total=$((total + 20000))
    [ $round = 2 ] || await_total $total
done
await_total $total
stop_job 0
expect_equal "$(sum_of_state dir)" $total
feed committed clickers clicks >committed
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" $total

# what is in the log though the group was never told: it comes again, and is recognised. The group's offsets are
# put back, as if a kill had come between the log and the group
feed rewind clickers clicks
feed count clicks 1000 100
total=$((total + 1000))
start_job job.json
await_total $total
stop_job 0
expect_equal "$(sum_of_state dir)" $total

# a topic that is made anew begins at 0 again: nothing of it is taken for what was received before
feed topic fickle 1
counting_job renewed '"op":"kafkaStream","topics":{"fickle":1},"group":"renewers","start":"earliest",'"$quick" >job.json
feed count fickle 500 10
start_job job.json
await_total 500
kill_job
feed delete fickle
left=1200
until timeout 60 "$FEED" "$ADDR" topic fickle 1 2>/dev/null || [ $left = 0 ]; do
    left=$((left - 1))
    sleep 0.1
done
feed count fickle 100 10
start_job job.json
await_total 600
expect_text err 'topic fickle, partition 0: the log has messages up to offset 500, but the broker has 0 to 100 only'
feed count fickle 50 10
await_total 650
stop_job 0

# retention takes what the group has not received: it goes on behind that, and says what is gone; also with `latest`, which
# is where a group begins that has committed nothing
feed topic lapsed 1
counting_job lapsing '"op":"kafkaStream","topics":{"lapsed":1},"group":"lapsers","start":"latest",'"$quick" >job.json
start_job job.json
left=1200
until feed count lapsed 1 1; grep -qx '[1-9][0-9]*' out || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
stop_job 0
before=$(sum_of_state lapsing)
feed committed lapsers lapsed >committed
next=$(awk '{ n += $2 } END { print n }' committed)
feed count lapsed 100 10
feed trim lapsed 0 $((next + 60))
feed get lapsed >seen
start_job job.json
await_total $((before + $(wc -l <seen)))
expect_text err "topic lapsed, partition 0: offsets $next to $((next + 60)) are gone before they were received"
stop_job 0

# a topic that is deleted while it is received: said once, and the job still ends when it is asked to
feed topic doomed 1
counting_job dooming '"op":"kafkaStream","topics":{"doomed":1},"group":"doomed","start":"earliest",'"$quick" >job.json
feed count doomed 10 10
start_job job.json
await_total 10
feed delete doomed
await_text err 'topic doomed is gone'
kill -TERM "$run"
left=1200
while kill -0 "$run" 2>/dev/null && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.1; done
[ $left -gt 0 ] || { fail 'the job does not end'; kill -9 "$run"; }
wait "$run"
expect_equal "$?" 0
expect_equal "$(grep -c 'topic doomed is gone' err)" 1

# two receivers: the second takes partitions over from the first, and gives them back
feed topic shared 4
# Nobody is killed here: with a short session a slow machine would put one of them out of the group.
counting_job one '"op":"kafkaStream","topics":{"shared":1},"group":"pair","start":"earliest"' >one.json
sed 's/"checkpoint":"one"/"checkpoint":"two"/' one.json >two.json
"$WEIR" run one.json >one.out 2>one.err &
one=$!
feed count shared 10000 100
"$WEIR" run two.json >two.out 2>two.err &
two=$!
left=1200
until feed members pair >members; [ "$(cat members)" = 2 ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
expect_equal "$(cat members)" 2
# as soon as the group has dealt partitions out to it, the second one receives
total=10000
until grep -qx '[1-9][0-9]*' two.out || [ $total = 100000 ]; do
    feed count shared 1000 100
    total=$((total + 1000))
    sleep 0.2
done
kill -TERM $two
wait $two
expect_equal "$?" 0
feed count shared 10000 100
total=$((total + 10000))
left=1200
until feed committed pair shared >committed; [ "$(awk '{ n += $2 } END { print n }' committed)" = $total ] || [ $left = 0 ]; do
    left=$((left - 1))
    sleep 0.1
done
kill -TERM $one
wait $one
expect_equal "$?" 0
first=$(sum_of_state one)
second=$(sum_of_state two)
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" $total
[ $((first + second)) = $total ] ||
    fail "$first + $second, not $total; committed: $(cat committed); they said: $(cat one.err two.err)"
[ "$second" -gt 0 ] || fail 'the second receiver received nothing'
finish
