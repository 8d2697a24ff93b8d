# Direct streams: started, killed with -9 at any moment, started again; every message counts once.
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
    if (status == WEIR_OK) status = weir_await_termination(context, 4000);
    if (status == WEIR_TIMEOUT) status = weir_stop(context, true);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status != WEIR_OK;
}
C
"$CC" -std=gnu11 -I"$WEIR_SOURCE/src/include" recover.c -o recover -L"$WEIR_BUILD" -lweir -Wl,-rpath,"$WEIR_BUILD" ||
    fail 'recover.c does not compile'
expect_code 0 ./recover
total=$((total + 1000))
expect_equal "$(sum_of_state dir)" $total
finish
