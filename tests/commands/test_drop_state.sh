#!/bin/sh
# State that was given up on purpose stays given up: also if the process ends before a checkpoint without it is there,
# and if that checkpoint is lost. The old checkpoint is kept, and --from goes back to it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo '1 1 2' >f1
echo '2' >f2
echo '1 3' >f3
echo '-5' >f4
echo '3' >f5
# job NAME FILE...: a job over these files, with state of that name
job()
{
    name=$1
    shift
    files=$(printf ',"%s"' "$@")
    cat <<JOB
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":[${files#,}]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"numbers","op":"map","in":["words"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"$name","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"$name","op":"print"}]}
JOB
}
# The keys and values of a state, in one line.
state_of()
{
    "$WEIR" dump state --json "$1" | sed 's/.*"key":\([^,]*\),"value":\([^,]*\),.*/\1=\2/' | sort | tr '\n' ' '
}
job counts f1 f2 >first.json
job counts f1 f2 f3 f4 f5 >longer.json
expect_code 0 "$WEIR" run first.json
expect_equal "$(state_of dir)" '1=2 2=2 '

# The state is given up; one batch is done, with its output, and the next fails: no checkpoint is taken.
expect_code 2 "$WEIR" plan --drop-state=other longer.json dir
expect_text err 'there is no state "other" to drop'
expect_code 2 "$WEIR" run --drop-state=other longer.json
expect_text err 'there is no state "other" to drop'
expect_code 1 "$WEIR" run --drop-state=counts longer.json
expect_text out '(1,1)'
expect_no_text out '(2,'
expect_equal "$(state_of dir)" '1=2 2=2 '
cp -a dir back

# It stays given up, without being asked for.
expect_code 0 "$WEIR" plan longer.json dir
grep -q '^state *counts *dropped' out || fail "not dropped: $(cat out)"
expect_code 0 "$WEIR" verify dir
expect_code 0 "$WEIR" run --skip-batch=4000 longer.json
expect_text out '(3,2)'
expect_no_text out '(2,'
expect_equal "$(state_of dir)" '1=1 3=2 '
expect_code 0 "$WEIR" plan longer.json dir
grep -q '^state *counts *kept' out || fail "not kept: $(cat out)"

# Also where the checkpoint without it is lost, and the old one is gone on from.
rm -r dir/checkpoints/5000
expect_code 0 "$WEIR" run --skip-batch=4000 longer.json
expect_equal "$(state_of dir)" '1=1 3=2 '

# Who goes back on purpose has it again, for good.
expect_code 0 "$WEIR" run --checkpoint=back --from=2000 --skip-batch=4000 longer.json
expect_equal "$(state_of back)" '1=3 2=2 3=2 '
[ ! -e back/dropped ] || fail 'what was given up is still noted'
rm -r back/checkpoints/5000
expect_code 0 "$WEIR" run --checkpoint=back --skip-batch=4000 longer.json
expect_equal "$(state_of back)" '1=3 2=2 3=2 '

# A name that is given up by mistake, of state that the program still has: what happens is said, and however many
# checkpoints follow, the one that has it stays, with its log.
job counts f1 f2 f3 f5 f3 f5 | sed 's/"checkpoint_ms":100000/"checkpoint_ms":1000,"keep":2/' >steady.json
rm -r back
expect_code 0 "$WEIR" run --checkpoint=back first.json
expect_code 0 "$WEIR" run --checkpoint=back --drop-state=counts steady.json
expect_text err 'the keys of "counts" go: that state is dropped, as was asked for'
expect_no_text err 'no stream has them'
expect_text err 'back/checkpoints/2000, which has it, is kept for a day, with the log from there on: --from=2000 goes back to it'
expect_equal "$(state_of back)" '1=2 3=4 '
expect_equal "$(ls back/checkpoints | tr '\n' ' ')" '2000 5000 6000 '
expect_code 0 "$WEIR" run --checkpoint=back steady.json
expect_no_text err 'is kept for a day'
expect_equal "$(ls back/checkpoints | tr '\n' ' ')" '2000 5000 6000 '
expect_code 0 "$WEIR" run --checkpoint=back --from=2000 steady.json
expect_equal "$(state_of back)" '1=4 2=2 3=4 '
expect_equal "$(ls back/checkpoints | grep -v quarantine | tr '\n' ' ')" '5000 6000 '

# For a day: the log does not grow for ever.
rm -r back
expect_code 0 "$WEIR" run --checkpoint=back first.json
expect_code 0 "$WEIR" run --checkpoint=back --drop-state=counts steady.json
touch -d '2 days ago' back/dropped
job counts f1 f2 f3 f5 f3 f5 f1 f1 | sed 's/"checkpoint_ms":100000/"checkpoint_ms":1000,"keep":2/' >longer_steady.json
expect_code 0 "$WEIR" run --checkpoint=back longer_steady.json
expect_equal "$(ls back/checkpoints | tr '\n' ' ')" '7000 8000 '

# A changed program: given up once, the job goes on under the new name.
job tally f1 f2 f3 f4 f5 >renamed.json
rm -r back
expect_code 0 "$WEIR" run --checkpoint=back first.json
expect_code 3 "$WEIR" run --checkpoint=back renamed.json
[ ! -e back/dropped ] || fail 'a refused start has noted something'
expect_code 1 "$WEIR" run --checkpoint=back --ignore-state renamed.json
expect_code 0 "$WEIR" run --checkpoint=back --skip-batch=4000 renamed.json
expect_equal "$(state_of back)" '1=1 3=2 '

# A note that cannot be read is damage, never silence.
rm -r back
expect_code 0 "$WEIR" run --checkpoint=back first.json
expect_code 1 "$WEIR" run --checkpoint=back --drop-state=counts longer.json
printf x >>back/dropped
expect_code 4 "$WEIR" run --checkpoint=back longer.json
expect_text err 'back/dropped, which tells what state and sources were given up, cannot be read'
expect_code 4 "$WEIR" plan longer.json back
expect_code 4 "$WEIR" verify back
rm back/dropped
expect_code 1 "$WEIR" run --checkpoint=back --drop-state=counts longer.json
expect_code 0 "$WEIR" run --checkpoint=back --skip-batch=4000 longer.json
expect_equal "$(state_of back)" '1=1 3=2 '
# Of two states that do not fit the one is given up: a refusal names the other.
cat >two.json <<'JOB'
{"batch_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"two",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2"]}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"early","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"},
          {"id":"late","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"early","op":"count"},{"in":"late","op":"count"}]}
JOB
sed -e '/"early"/d' -e '/"late"/d' -e 's/"pairs".*"pair_with_one"},/"pairs","op":"map","in":["lines"],"fn":"pair_with_one"}],/' \
    two.json >none.json
echo ' "outputs":[{"in":"pairs","op":"count"}]}' >>none.json
expect_code 0 "$WEIR" run two.json
expect_code 3 "$WEIR" run --drop-state=early none.json
expect_text err 'the state "late" does not fit the program'
expect_code 3 "$WEIR" run --drop-state=late none.json
expect_text err 'the state "early" does not fit the program'
finish
