# Offsets that are missing: where transactions end or were aborted and where a topic was compacted that is so, and counts
# are exact; where retention took messages from a batch it is an error, or said.
. "$WEIR_SOURCE/tests/kafka/lib.sh"
direct='"op":"kafkaDirectStream","start":"earliest"'

# transactions of 100 messages over two partitions; each second one is aborted, also the last one
feed topic deals 2
for i in 1 2 3 4 5 6; do
    [ $((i % 2)) = 0 ] && ending=abort || ending=commit
    seq 100 | sed 's/$/\t1/' | feed put deals $ending
    if [ $i = 3 ]; then
        counting_job dealt "$direct,\"topics\":[\"deals\"],\"group\":\"deals\"" >job.json
        start_job job.json
        await_total 200
        kill_job
    fi
done
start_job job.json
await_total 300
stop_job 0
expect_equal "$(sum_of_state dealt)" 300
expect_equal "$(keys_of_state dealt)" 100
# messages and the mark of each transaction on each partition
feed committed deals deals >committed
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" 612
counting_job raw "$direct,\"topics\":[\"deals\"],\"properties\":{\"isolation.level\":\"read_uncommitted\"}" >job.json
start_job job.json
await_total 600
stop_job 0
expect_equal "$(sum_of_state raw)" 600

# compaction leaves the last message of each key; a batch whose messages it takes away later is computed again from the rest
feed topic compact 1 cleanup.policy=compact segment.ms=100 min.cleanable.dirty.ratio=0.01 delete.retention.ms=100
for i in 1 2 3 4; do
    printf 'a\t1\nb\t1\na\t1\n' | feed put compact
    sleep 0.2
done
printf 'c\t1\n' | feed put compact # stays in the open segment
left=1200
until feed get compact >seen; [ "$(wc -l <seen)" = 3 ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
expect_equal "$(cut -f 2 seen | tr '\n' ' ')" '10 11 12 '
counting_job compacted "$direct,\"topics\":[\"compact\"]" | sed 's/"checkpoint_ms":400/"checkpoint_ms":600000/' >job.json
start_job job.json
await_total 3
kill_job
for i in 1 2; do
    sleep 0.2
    printf 'a\t5\n' | feed put compact
done
left=1200
until feed get compact >seen; [ "$(wc -l <seen)" = 4 ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
expect_equal "$(cut -f 2 seen | tr '\n' ' ')" '10 12 13 14 '
start_job job.json
await_total 12
expect_no_text err 'gone'
stop_job 0
expect_code 0 "$WEIR" dump batches compacted
expect_text out '[[compact, 0, 0, 13]]'
expect_text out '[[compact, 0, 13, 15]]'

# retention takes messages of a batch that was recorded, and has to be computed again
feed topic worn 1
feed count worn 100 10
counting_job worn "$direct,\"topics\":[\"worn\"]" | sed 's/"checkpoint_ms":400/"checkpoint_ms":600000/' >job.json
start_job job.json
await_total 100
kill_job
feed trim worn 0 40
expect_code 1 "$WEIR" run job.json
expect_text err 'topic worn, partition 0: the batch consists of offsets 0 to 100, but the broker has 40 to 100 only'
sed 's/"topics":\["worn"\]/&,"reset":"earliest"/' job.json >reset.json
start_job reset.json
await_total 60
expect_text err 'topic worn, partition 0: offsets 0 to 40 are gone before they were read'
stop_job 0

# and while it is read: slowly, as what is fetched ahead is out of its reach
feed topic slow 1
feed fill slow 400 1000
cat >slow.c <<'C2'
#include <weir/weir.h>
#include <stdio.h>
#include <unistd.h>
static void look(weir_value key, weir_value value, weir_value arg, weir_value *out_key, weir_value *out)
{
    (void)arg;
    static int count;
    usleep(5000);
    printf("read\n");
    fflush(stdout);
    while (++count > 21 && access("trimmed", F_OK) != 0) usleep(1000);
    *out_key = key;
    *out = value;
}
WEIR_MAP(look)
weir_status weir_job_main(weir_context *context)
{
    const char *topics[] = {"slow"};
    weir_kafka_property properties[] = {{"queued.max.messages.kbytes", "1"}, {"queued.min.messages", "1"},
                                        {"fetch.message.max.bytes", "4096"}};
    weir_kafka_options options = {.brokers = "BROKERS", .topics = topics, .topic_count = 1,
                                  .start = WEIR_KAFKA_EARLIEST, .properties = properties, .property_count = 3};
    return weir_print(weir_count(weir_map(weir_kafka_direct_stream(context, &options), &weir_fn_look, weir_null())), 1);
}
C2
sed -i "s/BROKERS/$ADDR/" slow.c
"$CC" -std=gnu11 -fPIC -shared -I"$WEIR_SOURCE/src/include" slow.c -o slow.so || fail 'slow.c does not compile'
start_job slow.so --batch-ms=100 --checkpoint=slowly
left=1200
until [ "$(grep -c read out)" -gt 20 ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
feed trim slow 0 390
touch trimmed
wait $run
expect_equal "$?" 1
expect_text err 'to 400, but the broker has 390 to 400 only: retention has overtaken it'
# a topic that is deleted is named: the brokers do answer; the job still ends when it is asked to
feed topic leaving 1
printf 'a\t1\n' | feed put leaving
counting_job left "$direct,\"topics\":[\"leaving\"]" >job.json
start_job job.json
await_total 1
feed delete leaving
await_text err 'topic leaving is gone'
expect_no_text err 'no broker'
stop_job 0
expect_equal "$(grep -c 'topic leaving is gone' err)" 1

# one of two topics: the other one is read on, and what is new of it is found
feed topic pair-a 1
feed topic pair-b 1
printf 'a\t1\n' | feed put pair-a
counting_job paired "$direct,\"topics\":[\"pair-a\",\"pair-b\"],\"discover_ms\":300" >job.json
start_job job.json
await_total 1
feed delete pair-a
await_text err 'topic pair-a is gone'
feed partitions pair-b 3
printf 'a\t1\nb\t1\nc\t1\nd\t1\ne\t1\n' | feed put pair-b
await_total 6
expect_no_text err 'no broker'
stop_job 0

# all that a pattern names: one of a later day is found
feed topic daily-1 1
printf 'a\t1\n' | feed put daily-1
counting_job daily "$direct,\"pattern\":\"daily-.\",\"discover_ms\":300" >job.json
start_job job.json
await_total 1
feed delete daily-1
await_text err 'topic daily-1 is gone'
feed topic daily-2 1
printf 'a\t1\n' | feed put daily-2
await_total 2
stop_job 0

# made anew while it is read, and longer than it was: nothing of it is passed over in silence
feed topic again 1
printf 'a\t1\nb\t1\n' | feed put again
counting_job anew "$direct,\"topics\":[\"again\"]" >job.json
start_job job.json
await_total 2
feed delete again
await_text err 'topic again is gone'
left=1200
until timeout 60 "$FEED" "$ADDR" topic again 1 2>/dev/null || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
printf 'a\t1\nb\t1\nc\t1\nd\t1\n' | feed put again
wait_for_end
expect_equal "$code" 1
expect_text err 'topic again, partition 0: the next offset is 2, but the broker has 0 to 4 only: the topic was made anew'
finish
