# What the tests of the command share. WEIR is the command; each test works in a folder of its own.
#
# No wait is without an end, and none is so short that a slow machine makes a test fail: what should have happened and
# has not is waited for until DEADLINE_S, then said together with where the process stands, and ends the test.
set -u
DEADLINE_S=120
work=$(mktemp -d) || exit 1
run='' # a weir in the background; it and the one behind it are ended with the test
other_run=''
trap 'kill -9 $run $other_run 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
umask 022 # what another user may not read here is what a test takes from him
failures=0
left_out=0

fail()
{
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# leave_out WHAT: a part that cannot run here. The others do, and the test is skipped then, not passed.
leave_out()
{
    echo "SKIPPED: $1"
    left_out=$((left_out + 1))
}

# expect_code CODE COMMAND...: runs it to its end, keeps what it writes in ./out and ./err.
expect_code()
{
    expected=$1
    shift
    other_run=$run
    "$@" >out 2>err </dev/null &
    run=$!
    wait_for_end
    run=$other_run
    other_run=''
    [ "$code" = "$expected" ] || fail "$*: exit code $code, not $expected; it said: $(cat err)"
}

# expect_text FILE TEXT: the file has a line with that text.
expect_text() { grep -qF -e "$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"; }
expect_no_text() { if grep -qF -e "$2" "$1"; then fail "\"$2\" in $1: $(cat "$1")"; fi; }
expect_empty() { [ ! -s "$1" ] || fail "$1 is not empty: $(cat "$1")"; }
expect_equal() { [ "$1" = "$2" ] || fail "\"$1\" is not \"$2\""; }

# is_past SECONDS: have that many passed since $begun_s?
is_past() { [ $(($(date +%s) - begun_s)) -ge "$1" ]; }

# Where each thread of $run stands, as far as this machine tells.
show_threads()
{
    for thread in /proc/"$run"/task/*; do
        echo "$(cat "$thread/comm"): $(cat "$thread/wchan"), system call $(cat "$thread/syscall")"
        grep -E '^(State|SigPnd|ShdPnd|SigBlk):' "$thread/status"
    done 2>/dev/null
    ! command -v gdb >/dev/null || gdb -p "$run" -batch -ex 'thread apply all bt' 2>/dev/null
}

# in_vain WHAT: ends the test.
in_vain()
{
    fail "waited $DEADLINE_S s in vain: $1"
    [ -z "$run" ] || show_threads
    for said in err *.err; do
        [ ! -f "$said" ] || { echo "$said:" && tail -n 20 "$said"; }
    done
    exit 1
}

# wait_for COMMAND...: until it succeeds.
wait_for()
{
    begun_s=$(date +%s)
    until "$@" 2>/dev/null; do
        ! is_past $DEADLINE_S || in_vain "$*"
        sleep 0.05
    done
}

# wait_for_end: of $run; its exit code is $code then.
wait_for_end()
{
    begun_s=$(date +%s)
    while kill -0 "$run" 2>/dev/null; do
        ! is_past $DEADLINE_S || in_vain "the end of process $run"
        sleep 0.02
    done
    wait "$run" 2>/dev/null
    code=$?
    run=''
}

# kill_run: ends $run as a crash does.
kill_run()
{
    kill -9 "$run"
    wait_for_end
}

finish()
{
    [ "$failures" = 0 ] || exit 1
    [ "$left_out" = 0 ] || exit 77
    exit 0
}

# A job that runs for ever: each batch has one record.
endless_job='{"batch_ms":20,"master":"local[1]","sources":[{"id":"q","op":"queue","default":[7]}],
"graph":[{"id":"m","op":"map","in":"q","fn":"identity"}],
"outputs":[{"in":"m","op":"print"},{"in":"m","op":"count"}]}'
