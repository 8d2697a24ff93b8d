# Direct streams: started, killed with -9 at any moment, started again; every message counts once. And where they begin.
. "$WEIR_SOURCE/tests/kafka/lib.sh"

feed topic in 4
counting_job dir '"op":"kafkaDirectStream","topics":["in"],"start":"earliest","group":"counters"' >job.json
feed count in 5000 100
total=5000
start_job job.json
await_total $total
for round in 1 2 3 4 5; do
    feed count in 20000 100 &
    feeder=$!
    sleep 0.$((round * 2))
    kill_job
    start_job job.json
    wait $feeder
    total=$((total + 20000))
    [ $round = 3 ] || await_total $total
done
await_total $total
stop_job 0
expect_equal "$(sum_of_state dir)" $total
expect_equal "$(keys_of_state dir)" 100
# the batches say what they consist of, and the group knows what is done, the last one too
expect_code 0 "$WEIR" dump batches dir
expect_text out '[[in, 0, '
feed committed counters in >committed
expect_equal "$(awk '{ n += $2 } END { print n }' committed)" $total

# from the checkpoint alone, where the group's offsets are of no account
feed count in 1000 100
cat >recover.c <<'C'
#include <weir/weir.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
    weir_context *context = NULL;
    weir_status status = weir_recover(&context, "dir", NULL, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    while (status == WEIR_OK && access("go-on", F_OK) == 0) {
        status = weir_await_termination(context, 100);
        if (status == WEIR_TIMEOUT) status = WEIR_OK;
    }
    if (status == WEIR_OK) status = weir_stop(context, true);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status != WEIR_OK;
}
C
"$CC" -std=gnu11 -I"$WEIR_SOURCE/src/include" recover.c -o recover -L"$WEIR_BUILD" -lweir -Wl,-rpath,"$WEIR_BUILD" ||
    fail 'recover.c does not compile'
total=$((total + 1000))
touch go-on
: >out
./recover >out 2>err &
run=$!
await_total $total
rm go-on
wait_for_end
expect_equal "$code" 0
expect_equal "$(sum_of_state dir)" $total

# where it begins: by time; a partition without a message that young behind its last one
feed topic timed 2
feed count timed 40 10
sleep 0.1
now_ms=$(date +%s%3N)
sleep 0.1
printf 'k1\t2\nk1\t3\n' | feed put timed
counting_job timed "\"op\":\"kafkaDirectStream\",\"topics\":[\"timed\"],\"start\":\"time\",\"startTime_ms\":$now_ms" >job.json
start_job job.json
await_total 5
feed count timed 40 10
await_total 45
stop_job 0
expect_equal "$(sum_of_state timed)" 45

# where a group has committed, in a directory of its own; from the first message on where it has nowhere
feed topic common 2
feed count common 30 10
counting_job common '"op":"kafkaDirectStream","topics":["common"],"start":"committed","group":"common"' >job.json
start_job job.json
await_total 30
stop_job 0
feed count common 7 3
sed 's/"checkpoint":"common"/"checkpoint":"common-on"/' job.json >on.json
start_job on.json
await_total 7
stop_job 0
expect_equal "$(sum_of_state common-on)" 7

# offsets that the broker does not have are refused before they are settled: the job can be corrected
feed topic bounded 1
feed count bounded 100 1
feed trim bounded 0 20
given() { counting_job "$1" '"op":"kafkaDirectStream","topics":["bounded"],"group":"bounded","offsets":[["bounded",'"$2"']]'"${3-}"; }
for offset in 5000 101 19; do
    given given 0,$offset >job.json
    expect_code 2 "$WEIR" run job.json
    expect_text err "topic bounded, partition 0: given in \"offsets\" is offset $offset, but the broker has 20 to 100 only"
done
given given 7,0 >job.json
expect_code 2 "$WEIR" run job.json
expect_text err '"offsets" has topic bounded, partition 7, which does not exist'
# without a directory as well
cat >brief.json <<J
{"batch_ms":100,"sources":[{"id":"in","op":"kafkaDirectStream","brokers":"$ADDR","topics":["bounded"],
 "offsets":[["bounded",0,5000]]}],"outputs":[{"in":"in","op":"count"}]}
J
expect_code 2 "$WEIR" run brief.json
expect_text err 'but the broker has 20 to 100 only'
given given 0,90 >job.json
start_job job.json
await_total 10
stop_job 0
# once settled they are of no account: the checkpoint wins
given given 0,5000 >job.json
feed count bounded 5 1
start_job job.json
await_total 15
stop_job 0
# as "reset" says, from the first message on
for offset in 5000 3; do
    rm -rf given
    given given 0,$offset ',"reset":"earliest"' >job.json
    start_job job.json
    await_total 85
    expect_text err "topic bounded, partition 0: begins at offset 20 in place of $offset: the broker has 20 to 105 only"
    stop_job 0
done

# what the group has committed may be gone as well
feed rewind bounded bounded
counting_job overtaken '"op":"kafkaDirectStream","topics":["bounded"],"start":"committed","group":"bounded"' >job.json
expect_code 6 "$WEIR" run job.json
expect_text err 'topic bounded, partition 0: committed by the group bounded is offset 0, but the broker has 20 to 105 only'

# partitions by assignment: one that does not exist
counting_job assigned '"op":"kafkaDirectStream","assign":[["bounded",7]],"offsets":[["bounded",7,0]]' >job.json
expect_code 6 "$WEIR" run job.json
expect_text err 'topic bounded has no partition 7'
sed 's/\["bounded",7/["bounded",0/g; s/,0,0\]/,0,25]/' job.json >there.json
start_job there.json
await_total 80
stop_job 0
counting_job matched '"op":"kafkaDirectStream","pattern":"bound.*","offsets":[["bounded",0,30]]' >job.json
start_job job.json
await_total 75
stop_job 0

# what the options alone tell is refused by the check
refuses()
{
    counting_job none "\"op\":\"kafkaDirectStream\",$1" >job.json
    expect_code 2 "$WEIR" check job.json
    expect_text err "$2"
}
refuses '"topics":["t"],"offsets":[["nosuch",0,5]]' '"offsets" has topic nosuch, partition 0, which the stream does not read: it is not in "topics"'
refuses '"assign":[["t",0],["t",1]],"offsets":[["t",2,5]]' 'partition 2, which the stream does not read: it is not in "assign"'
refuses '"pattern":"t.","offsets":[["tab",0,5]]' 'it is not in "pattern"'
refuses '"assign":[["t",0],["t",1],["t",0]]' 'topic t, partition 0 is in "assign" twice'
refuses '"topics":["t"],"start":"time"' 'start is time, but no startTime_ms is given'
refuses '"topics":["t"],"start":"time","startTime_ms":0' 'startTime_ms'
refuses '"topics":["t"],"startTime_ms":5' 'startTime_ms (start_time_ms in C) is given, but start is not time'
finish
