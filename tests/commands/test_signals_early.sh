#!/bin/sh
# SIGTERM and SIGINT end a run that has not begun yet at once, with 143 or 130: while its job is read, and while it is built.
. "$WEIR_SOURCE/tests/commands/lib.sh"

# ends_at_once: $run gets each of the signals, and does so.
ends_at_once()
{
    kill -"$1" "$run"
    wait_for_end
    case $1 in TERM) expect_equal "$code" 143 ;; INT) expect_equal "$code" 130 ;; esac
    expect_empty out
}
# watches: has $run a thread that waits for signals?
watches() { cat /proc/"$run"/task/*/comm | grep -q weir-signals; }

# A job that never ends: of standard input, a pipe that stays open.
mkfifo pipe
exec 3<>pipe
for signal in TERM INT; do
    "$WEIR" run - <pipe >out 2>err 3>&- &
    run=$!
    wait_for watches
    ends_at_once $signal
    # ignored by the parent, as a shell does it for what it starts in the background
    sh -c 'trap "" INT TERM; exec "$WEIR" run -' <pipe >out 2>err 3>&- &
    run=$!
    wait_for watches
    ends_at_once $signal
done

# A job that takes long to be built.
cat >slow.c <<'JOB'
#include <stdio.h>
#include <unistd.h>
#include "weir/weir.h"

weir_status weir_job_main(weir_context *context)
{
    fclose(fopen("begun", "w"));
    sleep(1000);
    return weir_error(context);
}
JOB
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -I"$WEIR_SOURCE/src/include" slow.c -o slow.so ||
    fail 'slow.c does not compile'
for signal in TERM INT; do
    rm -f begun
    "$WEIR" run --checkpoint=dir ./slow.so >out 2>err &
    run=$!
    wait_for test -e begun
    ends_at_once $signal
done
finish
