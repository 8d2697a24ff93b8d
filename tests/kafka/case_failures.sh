# What does not go well: no such topic, wrong credentials, offsets overtaken, a broker that dies; and what changes while a
# job runs: partitions, transactions.
. "$WEIR_SOURCE/tests/kafka/lib.sh"
direct='"op":"kafkaDirectStream","start":"earliest"'

counting_job none "$direct,\"topics\":[\"no-such-topic\"]" >job.json
expect_code 6 "$WEIR" run job.json
expect_text err 'topic no-such-topic: '
feed topic there 1
echo '{"batch_ms":100,"sources":[{"id":"q","op":"queue"}],
"outputs":[{"in":"q","op":"saveToKafka","brokers":"'"$ADDR"'","topic":"no-such-topic"}]}' >sink.json
expect_code 6 "$WEIR" run sink.json
expect_text err 'saveToKafka no-such-topic: '

# credentials: by librdkafka's own properties; a secret from the environment
sasl=$("$BROKER" sasl "$BROKER_DIR")
credentials='"properties":{"security.protocol":"SASL_PLAINTEXT","sasl.mechanism":"PLAIN","sasl.username":"weir","sasl.password":"env:SECRET"}'
counting_job secret "$direct,\"topics\":[\"there\"],$credentials" | sed "s/$ADDR/$sasl/" >job.json
expect_code 6 env SECRET=wrong "$WEIR" run job.json
expect_text err 'the brokers refuse this client'
rm -rf secret
expect_code 2 "$WEIR" run job.json
expect_text err 'which has no SECRET'
rm -rf secret
printf 'k\t7\n' | feed put there
SECRET=weir-secret "$WEIR" run job.json >out 2>err &
run=$!
await_total 7
stop_job 0
if grep -rq weir-secret secret; then fail 'the secret is in the checkpoint'; fi

# librdkafka says what is wrong with a property
counting_job none "$direct,\"topics\":[\"there\"],\"properties\":{\"fetch.min.bites\":\"1\"}" >job.json
expect_code 2 "$WEIR" run job.json
expect_text err 'the property fetch.min.bites: '
expect_code 2 "$WEIR" run - <<JOB
{"sources":[{"id":"in","op":"kafkaDirectStream","brokers":"x:1","topics":["t"],"start":"yesterday"}],"outputs":[{"in":"in","op":"print"}]}
JOB

# a partition is added in mid-run, and read from its first message
feed topic growing 1
counting_job grown "$direct,\"topics\":[\"growing\"],\"discover_ms\":300" >job.json
feed count growing 100 20
start_job job.json
await_total 100
feed partitions growing 3
feed count growing 2000 200
await_total 2100
await_text err 'topic growing, partition 2 is new; read from offset 0'
stop_job 0

# a pattern, an assignment, given offsets, a limit of the rate
feed topic part-a 1
feed topic part-b 2
feed count part-a 10 1
feed count part-b 10 10
counting_job pattern "$direct,\"pattern\":\"part-.\",\"discover_ms\":300" >job.json
start_job job.json
await_total 20
# a topic that the pattern matches is made in mid-run
feed topic part-c 2
feed count part-c 30 10
await_total 50
await_text err 'topic part-c, partition 1 is new; read from offset 0'
stop_job 0
# a changed program reads it no more: neither what came while it was down nor what comes
feed count part-c 30 10
sed 's/part-\./part-[ab]/' job.json >fewer.json
start_job fewer.json
await_text err 'topic part-c, partition 0 is in the checkpoint'
feed count part-b 1 1
await_total 51
stop_job 0
counting_job assigned "$direct,\"assign\":[[\"part-a\",0]],\"offsets\":[[\"part-a\",0,4]],\"maxRatePerPartition\":10" >job.json
start_job job.json
await_total 3
await_total 6
stop_job 0
expect_code 0 "$WEIR" dump batches assigned
expect_text out '[[part-a, 0, 4, 5]]'
expect_text out '[[part-a, 0, 9, 10]]'

# transactions: what is aborted is not seen, what is open holds up what is behind it and no batch
feed topic ledger 1
printf 'k\t1\n' | feed put ledger commit
printf 'k\t100\n' | feed put ledger abort
printf 'k\t2\n' | feed put ledger commit
counting_job committed "$direct,\"topics\":[\"ledger\"]" >job.json
start_job job.json
await_total 3
printf 'k\t1000\n' | feed put ledger open
printf 'k\t4\n' | feed put ledger
sleep 1
expect_no_text out 1003
kill_job
start_job job.json
await_total 3
stop_job 0

# retention overtakes a position: an error with names; or the job goes on, if it was told to
feed topic short 1
feed count short 100 1
counting_job overtaken "$direct,\"topics\":[\"short\"]" >job.json
start_job job.json
await_total 100
"$WEIR" checkpoint overtaken >time || fail 'no checkpoint'
kill_job
feed count short 100 1
feed trim short 0 150
"$WEIR" run job.json >out 2>err
code=$?
expect_equal "$code" 1
expect_text err 'topic short, partition 0: the next offset is 100, but the broker has 150 to 200 only'
sed 's/"topics":\["short"\]/&,"reset":"earliest"/' job.json >reset.json
start_job reset.json
await_total 150
expect_text err 'topic short, partition 0: goes on at offset 150 in place of 100; 50 messages are gone'
stop_job 0

# the ranges of a batch, in a foreachRDD
cat >ranges.c <<'C'
#include <weir/weir.h>
#include <stdio.h>
static weir_status show(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    char text[256];
    weir_value list;
    weir_status status = weir_kafka_ranges(in, &list);
    if (status != WEIR_OK) return status;
    weir_format(list, text, sizeof text);
    printf("%s\n", text);
    fflush(stdout);
    return WEIR_OK;
}
WEIR_FOREACH(show)
weir_status weir_job_main(weir_context *context)
{
    const char *topics[] = {"part-a"};
    weir_kafka_options options = {.brokers = "BROKERS", .topics = topics, .topic_count = 1,
                                  .start = WEIR_KAFKA_EARLIEST};
    weir_stream *lines = weir_kafka_direct_stream(context, &options);
    return weir_foreach_rdd(weir_map(lines, &weir_fn_length, weir_null()), &weir_fn_show, weir_null());
}
C
sed -i "s/BROKERS/$ADDR/" ranges.c
"$CC" -std=gnu11 -fPIC -shared -I"$WEIR_SOURCE/src/include" ranges.c -o ranges.so || fail 'ranges.c does not compile'
start_job ranges.so --batch-ms=100 --checkpoint=ranged
await_text out '[[part-a, 0, 0, 10]]'
stop_job 0

# the broker dies and comes back: nothing is lost, and one line at the start and one at the end
feed topic steady 2
feed topic steady-copy 1
counting_job steady "$direct,\"topics\":[\"steady\"]" ',{"in":"ints","op":"saveToKafka","brokers":"'"$ADDR"'","topic":"steady-copy"}' >job.json
feed count steady 1000 50
start_job job.json
await_total 1000
"$BROKER" kill "$BROKER_DIR"
await_text err 'kafkaDirectStream steady: no broker of'
before=$(awk '{ print $14 + $15 }' "/proc/$run/stat")
down_s=${WEIR_KAFKA_DOWN_S:-3}
sleep "$down_s"
after=$(awk '{ print $14 + $15 }' "/proc/$run/stat")
[ $((after - before)) -lt $((down_s * 50)) ] || fail "a busy loop: $((after - before)) ticks in $down_s s"
[ "$down_s" = 3 ] || echo "down for $down_s s: $((after - before)) ticks of the processor"
"$BROKER" start "$BROKER_DIR" || fail 'the broker does not come back'
feed count steady 1000 50
await_total 2000
await_text err 'kafkaDirectStream steady: the brokers of'
await_text err 'saveToKafka steady-copy: the brokers of'
stop_job 0
expect_equal "$(grep -c 'kafkaDirectStream steady: no broker of' err)" 1
[ "$down_s" = 3 ] || cat err
feed get steady-copy >seen
expect_equal "$(awk '{ n += $4 } END { print n }' seen)" 2000

# nobody there at the start
"$BROKER" kill "$BROKER_DIR"
expect_code 6 "$WEIR" run job.json
expect_text err 'no broker answered within 10 s'
"$BROKER" start "$BROKER_DIR" || fail 'the broker does not come back'
# a broker that hangs keeps neither a receiver nor a direct stream from ending
# ends_beside_a_hung_broker TOPIC SOURCE-FIELDS
ends_beside_a_hung_broker()
{
    feed topic "$1" 1
    counting_job "$1" "$2" >job.json
    feed count "$1" 10 10
    start_job job.json
    await_total 10
    read -r broker _ <"$BROKER_DIR/pid"
    kill -STOP "$broker"
    kill -TERM "$run"
    wait_for_end
    kill -CONT "$broker"
    expect_equal "$code" 0
}
ends_beside_a_hung_broker hung '"op":"kafkaStream","topics":{"hung":1},"group":"hung","start":"earliest"'
ends_beside_a_hung_broker idle "$direct"',"topics":["idle"],"group":"idle"'
finish
