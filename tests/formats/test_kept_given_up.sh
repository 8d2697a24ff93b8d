#!/bin/sh
# A directory of format version 1 in which state and a batch were given up, as a job left it that failed before its next
# checkpoint, opens for ever: what was given up stays so. README.md here says what is in it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo '1 1 2' >f1
echo '2' >f2
echo '1 3' >f3
echo '-5' >f4
echo '3' >f5
echo '-7' >f6
touch -d @1795826000 f1 f2 f3 f4 f5 f6 # as the log has them
cp -R "$WEIR_SOURCE/tests/formats/v1/given_up" dir
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4","f5","f6"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"numbers","op":"map","in":["words"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print"}]}
JOB
# The keys and values of the state, in one line.
state_of()
{
    "$WEIR" dump state --json dir | sed 's/.*"key":\([^,]*\),"value":\([^,]*\),.*/\1=\2/' | sort | tr '\n' ' '
}

expect_code 0 "$WEIR" verify dir
expect_equal "$(state_of)" '1=2 2=2 '
expect_code 0 "$WEIR" dump log dir
expect_text out 'given up       4000  no start computes it any more'
expect_code 0 "$WEIR" plan --skip-batch=6000 job.json dir
grep -q '^state *counts *dropped' out || fail "not dropped: $(cat out)"
expect_text out 'goes on from 2000 ms: 2 batches from the log, 2 of them without outputs'

expect_code 0 "$WEIR" run --skip-batch=6000 job.json
expect_equal "$(state_of)" '1=1 3=2 '
finish
