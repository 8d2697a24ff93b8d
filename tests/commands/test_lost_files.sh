#!/bin/sh
# A file of a directory that is gone or changed when its batch, done before a kill, is computed again: the start stops
# and names it, or leaves it out if that was asked for, and goes on; plan says which beforehand.
. "$WEIR_SOURCE/tests/commands/lib.sh"

mkdir in
cat >job.json <<'JOB'
{"batch_ms":100,"checkpoint_ms":600000,"master":"local[2]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","minRemember_ms":3600000}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print","num":20}]}
JOB
start()
{
    : >printed
    "$WEIR" run --down-batches=skip "$@" job.json >printed 2>said &
    run=$!
}
# give NAME TEXT: a file, whole or not at all
give()
{
    echo "$2" >scratch
    mv scratch "in/$1"
}
# is_done NAME: is there a done mark with what the file was?
is_done() { "$WEIR" dump log --json dir | grep '"kind":"done"' | grep -q "in/$1\""; }

start
wait_for grep -q 'Time:' printed
for name in one two; do
    give $name "$name$name"
    wait_for grep -q "($name$name,1)" printed
    wait_for is_done $name
done
kill_run
expect_code 0 "$WEIR" dump log --json dir
time=$(sed -n '/"kind":"batch"/{/in\/two"/s/.*"time_ms":\([0-9]*\),.*/\1/p;}' out)
[ -n "$time" ] || fail "no batch took the file: $(cat out)"
mv dir whole
cp -p in/two two.kept

# each of them: put back, and a directory as the kill left it
fresh()
{
    rm -rf dir in/two in/three
    cp -a whole dir
    cp -p two.kept in/two
}
# expect_stop HOW: a start stops and names the file, the batch and the way out; nothing is printed, and put back it goes on
expect_stop()
{
    expect_code 6 "$WEIR" plan --down-batches=skip job.json dir
    expect_text err "in/two $1 since the batch of $time ms took it"
    expect_code 6 "$WEIR" run --down-batches=skip job.json
    expect_text err "in/two $1 since the batch of $time ms took it"
    expect_text err '--missing-files skip'
    expect_empty out
    cp -p two.kept in/two
    expect_goes_on '(twotwo,1)'
    expect_no_text said ' since the batch of '
}
# expect_goes_on RECORD [OPTION...]: it starts, has the record of the file before that one, that record, and a new file's
expect_goes_on()
{
    record=$1
    shift
    start "$@"
    give three threethree
    wait_for grep -q '(threethree,1)' printed
    kill -INT "$run"
    wait_for_end
    expect_equal "$code" 0
    expect_text printed '(oneone,1)'
    expect_text printed "$record"
    expect_equal "$("$WEIR" dump state --json --prefix=one dir | grep -c '"value":1,')" 1
}
# expect_left_out HOW: with the option the file's batch is without it, and the file does not come again
expect_left_out()
{
    expect_code 0 "$WEIR" plan --down-batches=skip --missing-files=skip job.json dir
    expect_text err "in/two $1 since the batch of $time ms took it; left out"
    expect_goes_on '(threethree,1)' --missing-files skip
    expect_text said "in/two $1 since the batch of $time ms took it; left out"
    expect_no_text printed '(tw'
    expect_equal "$("$WEIR" dump state --json --prefix=tw dir)" ''
    expect_code 0 "$WEIR" verify dir
}

# the same size and time, another content: only what the done mark knows tells
change_content() { give two twotwX && touch -r two.kept in/two; }
change_size() { echo twice >>in/two; }
change_time() { touch -d @1 in/two; }

fresh
rm in/two
expect_stop 'is missing'
fresh
rm in/two
expect_left_out 'is missing'
for change in change_content change_size change_time; do
    fresh
    $change
    expect_stop 'has changed'
    fresh
    $change
    expect_left_out 'has changed'
done
finish
