#!/bin/sh
# kill -9 in the middle: what dump, stat, plan and verify say then, beside a run and after one, and that counts go on.
. "$WEIR_SOURCE/tests/commands/lib.sh"

mkdir in
cat >job.json <<'JOB'
{"batch_ms":50,"checkpoint":"dir","checkpoint_ms":200,"master":"local[2]","partitions":2,
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","newFilesOnly":false}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print","num":100}]}
JOB
files=0
# The words of one file more, whole or not at all.
add_file()
{
    files=$((files + 1))
    printf 'to be or not to be\n' >scratch
    mv scratch in/$files
}
count_of() { "$WEIR" dump state --json dir | sed -n "s/.*\"key\":\"$1\",\"value\":\([0-9]*\),.*/\1/p"; }

start()
{
    : >printed # not out: what runs beside it writes there
    "$WEIR" run job.json >printed 2>said &
    run=$!
}
start
add_file
wait_for grep -qx '(be,2)' printed

# beside the run: nobody is disturbed
time=$("$WEIR" checkpoint dir) || fail 'no checkpoint'
expect_code 0 "$WEIR" dump checkpoints --json dir
newest=$(sed -n 's/.*"time_ms":\([0-9]*\),"good":true.*/\1/p' out | tail -n 1)
[ "${newest:-0}" -ge "$time" ] || fail "no checkpoint of $time ms or later: $(cat out)"
expect_equal "$(count_of be)" 2
expect_code 0 "$WEIR" stat dir
expect_text out "used by      pid $run on "
expect_text out '4 keys of "counts" in 2 partitions'
for i in 1 2 3 4 5; do
    expect_code 0 "$WEIR" verify dir
    expect_code 0 "$WEIR" dump log --json dir
    expect_code 0 "$WEIR" dump batches dir
    expect_code 0 "$WEIR" dump state --json dir
done
expect_code 5 "$WEIR" run job.json
expect_text err "is held by another process (pid $run on "
expect_code 0 "$WEIR" checkpoint --json dir
expect_text out '{"v":1,"time_ms":'

for round in 1 2 3; do
    add_file
    case $round in
    2) sleep 0.1 ;;
    3) wait_for grep -qx "(be,$((2 * files)))" printed ;;
    esac
    kill_run
    expect_code 0 "$WEIR" verify dir
    expect_text out 'clean'
    expect_code 0 "$WEIR" stat --json dir
    expect_text out '"in_use":false'
    expect_text out '"replayed":'
    expect_code 0 "$WEIR" plan job.json dir
    grep -q '^state *counts *kept' out || fail "not kept: $(cat out)"
    expect_code 0 "$WEIR" dump lineage dir
    expect_text out 'state "counts"'
    expect_code 2 "$WEIR" checkpoint dir
    expect_text err 'no context runs here'
    expect_no_text err 'No such file'
    add_file
    start
    wait_for grep -qx "(be,$((2 * files)))" printed
    grep -q 'resumed from the checkpoint of [0-9]* ms; [0-9]* batches from the log.*; ready after [0-9]*\.[0-9] ms$' said ||
        fail "no line: $(cat said)"
    wait_for grep -q 'caught up: [0-9]* batches from the log and [0-9]* for .* computed, [0-9]*\.[0-9] ms after' said
done
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_equal "$(count_of be)" $((2 * files))
expect_equal "$(count_of not)" $files
expect_code 0 "$WEIR" stat dir
expect_text out 'goes on from'
expect_text out '0 batches from the log'
expect_no_text out ' 1 segments'

# many batches fell due: one has to say what becomes of them, and plan says so beforehand
sed 's/"batch_ms":50/"batch_ms":1/; s/"dir"/"fast"/; s/"checkpoint_ms":200/"checkpoint_ms":1000/' job.json >fast.json
"$WEIR" run fast.json >printed 2>said &
run=$!
wait_for test -d fast/checkpoints
wait_for "$WEIR" checkpoint fast >seen
kill_run
expect_code 0 "$WEIR" verify fast
cat >later.c <<'CODE'
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* An hour later by the wall clock. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += 3600;
    return (int)failed;
}
CODE
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC later.c -o later.so || fail 'cannot build later.so'
# an_hour_later COMMAND...: sanitizers want to be loaded first, and need not be
an_hour_later() { env LD_PRELOAD="$PWD/later.so" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" "$@"; }
for start in 'run fast.json' 'plan fast.json fast'; do
    # shellcheck disable=SC2086
    expect_code 2 an_hour_later "$WEIR" $start
    expect_text err 'batches fell due while the context was down; say --down-batches all to compute them'
done
expect_code 0 an_hour_later "$WEIR" plan --down-batches=skip fast.json fast
expect_text out ' 0 batches fell due since'
expect_code 0 an_hour_later "$WEIR" plan --down-batches=all fast.json fast
grep -Eq ' 3[0-9]{6} batches fell due since' out || fail "not those of an hour: $(cat out)"
finish
