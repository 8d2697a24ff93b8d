#!/bin/sh
# A directory that is moved, removed, or loses its lock or its log under the context that runs in it: that context ends
# with the next batch and says why, and writes nothing into what is there by then.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >job.template <<'JOB'
{"name":"moved","batch_ms":50,"checkpoint_ms":50,"master":"local[1]","partitions":2,
 "sources":[{"id":"lines","op":"textFileStream","directory":"INPUT"}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"parse_csv_kv"},
          {"id":"sums","op":"updateStateByKey","in":["pairs"],"fn":"sum_update","name":"sums"}],
 "outputs":[{"in":"sums","op":"count"}]}
JOB
sed 's/INPUT/one/' job.template >one.json
sed 's/INPUT/two/' job.template >two.json
mkdir one two

sums() { "$WEIR" dump state --json "$1" 2>/dev/null | sed -n 's/.*"key":"\([a-z]*\)","value":\([0-9]*\).*/\1 \2/p' | sort; }
has_sums() { [ "$(sums "$1")" = "$2" ]; }
put() { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1/$3"; }
# A file that was there before the start would not be taken.
has_begun() { "$WEIR" stat "$1" >/dev/null 2>&1 && [ -n "$(ls "$1/checkpoints")" ]; }
is_over() { ! kill -0 "$1" 2>/dev/null; }

# WAY COMMAND...: what is done to dir while a context runs in it
under_a_context()
{
    way=$1
    shift
    rm -rf dir moved one/* two/*
    "$WEIR" run --checkpoint=dir one.json >one.out 2>one.err &
    first=$!
    wait_for has_begun dir
    put one 'mine,1' a
    wait_for has_sums dir 'mine 1'
    live=$(ls dir/live)
    "$@"
    "$WEIR" run --checkpoint=dir two.json >two.out 2>two.err &
    second=$!
    if [ "$way" != 'without log' ]; then
        wait_for has_begun dir
        # RocksDB goes by its path: that of the first context finds nothing of this one.
        [ "$(ls dir/live)" != "$live" ] || fail "$way: both databases are $live"
    fi
    put two 'other,1' a
    wait_for is_over "$first"
    wait "$first"
    code=$?
    [ "$code" -ne 0 ] || fail "$way: the first context ends with 0"
    grep -q 'moved or removed while it was in use' one.err || fail "$way: not said: $(cat one.err)"
    put two 'other,1' b
    if [ "$way" != unlocked ] && [ "$way" != 'without log' ]; then
        wait_for has_sums dir 'other 2'
        kill -TERM "$second"
        wait "$second" || fail "$way: the second context ends with $?: $(cat two.err)"
        expect_equal "$(sums dir)" 'other 2'
        expect_code 0 "$WEIR" verify dir
        [ ! -e dir/control ] || fail "$way: the control socket is left"
    else
        kill -KILL "$second" 2>/dev/null
        wait "$second" 2>/dev/null
    fi
}

under_a_context moved mv dir moved
expect_code 0 "$WEIR" verify moved
put one 'mine,1' b
"$WEIR" run --checkpoint=moved one.json >one.out 2>one.err &
first=$!
wait_for has_sums moved 'mine 2'
kill -TERM "$first"
wait "$first" || fail "where it was moved to it does not go on: $(cat one.err)"
under_a_context removed rm -rf dir
under_a_context unlocked rm dir/lock
under_a_context 'without log' rm -rf dir/log
finish
