# saveToKafka: round trip, transactions over kill -9, and what a reader sees under read_committed.
. "$WEIR_SOURCE/tests/kafka/lib.sh"

# keys, values, headers, nulls, through weir and back
feed topic from 1
feed topic to 1
printf 'k\tv\th=1\tempty=\tnothing=\\N\n\\N\tno key\nno value\t\\N\n\t\nlong\t%s\n' \
    "$(printf 'x%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)" | feed put from
cat >copy.json <<JOB
{"batch_ms":100,"checkpoint":"copied","sources":[{"id":"in","op":"kafkaDirectStream","brokers":"$ADDR","topics":["from"],
 "start":"earliest","form":"record"}],
 "outputs":[{"in":"in","op":"saveToKafka","brokers":"$ADDR","topic":"to","records":true},{"in":"in","op":"count"}]}
JOB
start_job copy.json --progress=json
await_text err '"outputs":[5,5]'
stop_job 0
feed get from >expected
feed get to >copied_back
expect_equal "$(cat copied_back)" "$(cat expected)"

# exactly once: killed at any moment, often in the middle of a transaction
feed topic numbers 4
feed topic echo 3
cat >echo.json <<JOB
{"batch_ms":100,"checkpoint":"echoed","checkpoint_ms":300,"master":"local[2]",
 "sources":[{"id":"in","op":"kafkaDirectStream","brokers":"$ADDR","topics":["numbers"],"start":"earliest","form":"pair"}],
 "graph":[{"id":"ones","op":"mapValues","in":["in"],"fn":"parse_int"}],
 "outputs":[{"in":"ones","op":"saveToKafka","brokers":"$ADDR","topic":"echo"}]}
JOB
start_job echo.json
total=0
rounds=${WEIR_KAFKA_ROUNDS:-8}
for round in $(seq "$rounds"); do
    feed count numbers 5000 50 &
    feeder=$!
    sleep 0.$((round % 8 + 2))
    kill_job
    start_job echo.json
    wait $feeder
    total=$((total + 5000))
done
left=1200
while feed get echo >seen; [ "$(wc -l <seen)" -lt $total ] && [ $left -gt 0 ]; do
    left=$((left - 1))
    sleep 0.2
done
stop_job 0
feed get echo >seen
expect_equal "$(wc -l <seen)" $total
awk '{ n[$3] += $4 } END { for (key in n) print key, n[key] }' seen | sort >counted
awk 'BEGIN { for (i = 0; i < 50; i++) print "k" i, '$((rounds * 100))' }' | sort >wanted
cmp -s counted wanted || fail "not each message once: $(diff counted wanted | head)"

# another run takes the name: this one says so, and does not take it back; a restart does
feed topic ours 1
sed 's/"echoed"/"fenced"/; s/"topic":"echo"/"topic":"ours"/' echo.json >fenced.json
feed count numbers 5000 50
total=$((total + 5000))
start_job fenced.json
left=1200
while feed get ours >seen; [ "$(wc -l <seen)" -lt $total ] && [ $left -gt 0 ]; do
    left=$((left - 1))
    sleep 0.2
done
context=$("$WEIR" stat fenced | sed -n 's/^context *\([0-9a-f]*\).*/\1/p')
mkfifo hold
feed fence "weir-$context-ours" ours <hold >taken &
newer=$!
exec 9>hold
left=1200
until grep -q taken taken || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
feed count numbers 100 50
wait $run
expect_equal "$?" 1
expect_text err 'another run of this context writes under the same name'
exec 9>&-
wait $newer || fail 'the run that had taken the name lost it'
start_job fenced.json
left=1200
while feed get ours >seen; [ "$(wc -l <seen)" -lt $((total + 101)) ] && [ $left -gt 0 ]; do
    left=$((left - 1))
    sleep 0.2
done
stop_job 0
feed get ours >seen
expect_equal "$(wc -l <seen)" $((total + 101))

# the same name a second time
sed 's/"outputs":\[/&{"in":"ones","op":"saveToKafka","brokers":"x","topic":"echo"},/' echo.json >twice.json
expect_code 2 "$WEIR" run twice.json
expect_text err 'are both called "echo"'
finish
