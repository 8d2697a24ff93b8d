#!/bin/sh
# A source that the job lacks, of which something is stored: no start leaves that out without being asked to.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4; do echo "$i" >f$i; done
# job APP SOURCE FILE...: a job over these files
job()
{
    app=$1 source=$2
    shift 2
    files=$(printf ',"%s"' "$@")
    cat <<JOB
{"name":"$app","batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"$source","op":"textFiles","paths":[${files#,}]}],
 "graph":[{"id":"numbers","op":"map","in":["$source"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print"}]}
JOB
}
state_of()
{
    "$WEIR" dump state --json "$1" | sed 's/.*"key":\([^,]*\),"value":\([^,]*\),.*/\1=\2/' | sort | tr '\n' ' '
}

# One batch is done, behind the checkpoint; the second one fails, the third may be recorded by then.
echo '-2' >f2
job app lines f1 f2 f3 >first.json
job app lines2 f1 f2 f3 >renamed.json
expect_code 1 "$WEIR" run first.json
cp -a dir behind

expect_code 3 "$WEIR" plan renamed.json dir
grep -q '^source *lines *gone, refused *[23] batches to compute again are of it, from 1000 ms on' out ||
    fail "not refused: $(cat out)"
expect_code 3 "$WEIR" run renamed.json
grep -q 'lacks the source "lines": [23] batches to compute again are of it' err || fail "not said: $(cat err)"
expect_text err 'give it up with --drop-source=lines'
expect_code 2 "$WEIR" run --drop-source=other renamed.json
expect_text err 'there is no source "other" to drop'
expect_code 2 "$WEIR" plan --drop-source=other renamed.json dir
[ ! -e dir/dropped ] || fail 'a refused start has noted something'

# Nothing was touched: with the old name it goes on.
expect_code 0 "$WEIR" plan --skip-batch=2000 first.json dir
expect_code 0 "$WEIR" run --skip-batch=2000 first.json
expect_equal "$(state_of dir)" '1=1 3=1 '

# To give up what is still there, or a batch that is not there, is a slip.
cp -a dir slip
expect_code 0 "$WEIR" plan --drop-source=lines first.json slip
grep -q '^source *lines *kept *not given up: the program has it' out || fail "not said: $(cat out)"
expect_code 0 "$WEIR" run --checkpoint=slip --drop-source=lines first.json
expect_text err 'the source "lines" is not given up: the program has it, and goes on with what is stored of it'
rm -r slip

# It is given up on purpose, which is said, and noted until there is a checkpoint behind it.
expect_code 0 "$WEIR" plan --drop-source=lines renamed.json behind
grep -q '^source *lines *dropped' out || fail "not dropped: $(cat out)"
expect_code 0 "$WEIR" run --checkpoint=behind --drop-source=lines renamed.json
grep -q 'the source "lines" is given up: [23] batches to compute again are of it' err || fail "not said: $(cat err)"
[ -e behind/dropped ] || fail 'what is given up is not noted'
rm -r behind/checkpoints/3000
expect_code 0 "$WEIR" plan renamed.json behind
grep -q '^source *lines *dropped' out || fail "not given up any more: $(cat out)"
expect_code 0 "$WEIR" run --checkpoint=behind renamed.json

# A list of files that another one takes the place of: what it has read is in the checkpoint.
expect_code 3 "$WEIR" plan renamed.json dir
expect_text out '3 files of its list were read'
expect_code 3 "$WEIR" run renamed.json

# The directory of another job: also where nothing waits in it.
mkdir in
cat >live.json <<'JOB'
{"name":"one","batch_ms":100,"checkpoint":"live","master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "outputs":[{"in":"lines","op":"print"}]}
JOB
rm -f out # so that nothing is waited for that was there before
"$WEIR" run live.json >out 2>err &
run=$!
wait_for test -s out
kill -INT "$run"
wait_for_end
sed 's/"one"/"two"/; s/"lines"/"others"/g' live.json >another.json
expect_code 3 "$WEIR" plan another.json live
expect_text out 'the directory is of another job, "one"'
expect_code 3 "$WEIR" run another.json
expect_text err 'the directory is of another job, "one"'

# A source of that name, but of another kind: what is stored of the one is none of the other's. Given another name, the
# new one begins anew.
# of_kind NAME OP AND WHAT IT READS
of_kind() { sed "s/\"id\":\"lines\",\"op\":\"textFileStream\",\"directory\":\"in\"/\"id\":\"$1\",$2/; s/\"in\":\"lines\"/\"in\":\"$1\"/" live.json; }
for what in '"op":"socketTextStream","host":"localhost","port":9' '"op":"binaryRecordsStream","directory":"in","recordLength":4' \
    '"op":"textFiles","paths":["f1"]'; do
    kind=${what#*:\"} kind=${kind%%\"*}
    of_kind lines "$what" >changed.json
    expect_code 3 "$WEIR" plan changed.json live
    grep -q "^source *lines *changed, refused *it was textFileStream, it is $kind" out || fail "not refused: $(cat out)"
    expect_code 3 "$WEIR" run changed.json
    expect_text err "the source \"lines\" has changed: it was textFileStream, it is $kind; nothing was touched"
    of_kind others "$what" >renamed.json
    expect_code 0 "$WEIR" plan renamed.json live
done
# A list that was read, and a directory in its place: given up by its name.
sed 's/"op":"textFiles","paths":[^]]*\]/"op":"textFileStream","directory":"in"/' first.json >changed.json
expect_code 3 "$WEIR" plan --drop-source=lines changed.json dir
grep -q '^source *lines *changed, refused *it was textFiles, it is textFileStream' out || fail "not refused: $(cat out)"
expect_code 3 "$WEIR" run --drop-source=lines changed.json
expect_text err 'it was textFiles, it is textFileStream'
sed 's/"lines"/"others"/g' changed.json >renamed.json
expect_code 3 "$WEIR" plan renamed.json dir
# its times began at 0, and those of a directory are the wall clock's
for command in 'run renamed.json' 'plan renamed.json dir'; do
    # shellcheck disable=SC2086
    expect_code 2 "$WEIR" $command --drop-source=lines
    expect_text err 'batches fell due while the context was down'
done
expect_code 0 "$WEIR" plan --drop-source=lines --down-batches=skip renamed.json dir
expect_code 0 "$WEIR" plan first.json dir
finish
