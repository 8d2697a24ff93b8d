#!/bin/sh
# SIGTERM and SIGINT end a run gracefully with 0, a second signal at once with 130 or 143.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo "$endless_job" >endless.json
for signal in TERM INT; do
    : >out
    "$WEIR" run --progress=json endless.json >out 2>err &
    run=$!
    wait_for grep -q Time: out
    kill -"$signal" "$run"
    wait_for_end
    expect_equal "$code" 0
    tail -n 1 err >summary
    expect_text summary '"event":"summary"'
    # nothing was lost on the way: every record of every batch was printed and counted
    records=$(sed 's/.*"records":\([0-9]*\).*/\1/' summary)
    expect_equal "$(grep -c '^7$' out)" "$records"
    expect_text summary "\"outputs\":[$records,$records]"
done

# timeout signals the process and then its group: still one wish. It does so as well when it is told to end itself, and
# then it is certain that the run has begun.
# Between its two signals timeout may be held up for longer than they count as one.
for _ in 1 2 3; do
    : >out
    timeout -s TERM 1000 "$WEIR" run endless.json >out 2>err &
    run=$!
    wait_for grep -q Time: out
    kill -TERM "$run"
    wait_for_end
    [ "$code" = 143 ] || break
done
expect_equal "$code" 0
expect_text err 'stopping'
expect_no_text err 'stopped at once'

# a batch that takes for ever: the first signal waits for it, the second does not
cat >slow.c <<'JOB'
#include <stdio.h>
#include <unistd.h>
#include "weir/weir.h"

static void slow(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                 weir_value *out_value)
{
    (void)key, (void)arg, (void)out_key;
    *out_value = value;
    FILE *file = fopen("begun", "w");
    fclose(file);
    sleep(100);
}
WEIR_MAP(slow)

weir_status weir_job_main(weir_context *context)
{
    weir_value one = weir_int(1);
    weir_stream *queue = weir_queue_stream(context, true, weir_list(&one, 1));
    weir_count_output(weir_map(queue, &weir_fn_slow, weir_null()));
    return weir_error(context);
}
JOB
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -I"$WEIR_SOURCE/src/include" slow.c -o slow.so ||
    fail 'slow.c does not compile'
for signal in TERM INT; do
    rm -f begun
    : >err
    "$WEIR" run --batch-ms=20 ./slow.so >out 2>err &
    run=$!
    wait_for test -e begun
    kill -"$signal" "$run"
    wait_for grep -q stopping err
    sleep 1 # longer than signals count as one
    kill -"$signal" "$run"
    wait_for_end
    case $signal in TERM) expect_equal "$code" 143 ;; INT) expect_equal "$code" 130 ;; esac
    expect_text err 'stopped at once'
done
# a graceful stop that has no time for what waits: it is told, and the code says so
sed -e 's/sleep(100)/while (access("go", F_OK) != 0) usleep(1000)/' slow.c >gated.c
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -I"$WEIR_SOURCE/src/include" gated.c -o gated.so ||
    fail 'gated.c does not compile'
rm -f begun
"$WEIR" run --progress=json --batch-ms=20 --stop-timeout-ms=50 ./gated.so >out 2>err &
run=$!
wait_for test -e begun
sleep 5 # so that later batches wait behind the one that the gate holds
kill -TERM "$run"
wait_for grep -q 'cut short' err
touch go
wait_for_end
expect_equal "$code" 1
expect_text err 'did not compute everything within 50 ms'
tail -n 1 err | grep -q '"event":"summary"' || fail "no summary at the end: $(cat err)"
finish
