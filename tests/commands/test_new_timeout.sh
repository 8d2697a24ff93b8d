#!/bin/sh
# A timeout that a changed job gives to state which had none: the state is kept, and what is stored already times out, too.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo 'a b' >f1
for i in 2 3 4 5 6; do echo 'b' >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"mapWithState","in":["ones"],"fn":"count_report_timeout"}],
 "outputs":[{"in":"counts","op":"print","num":20}]}
JOB
sed 's/"f4"/"f4","f5","f6"/; s/"count_report_timeout"/&,"timeout_ms":3000,"timeout_scan_ms":1000/' job.json >changed.json
state_of()
{
    "$WEIR" dump state --json dir | sed 's/.*"key":"\([a-z]\)","value":\([0-9]*\),.*/\1=\2/' | sort | tr '\n' ' '
}
expect_code 0 "$WEIR" run job.json
expect_no_text out 'timeout'
expect_equal "$(state_of)" 'a=1 b=4 '

expect_code 0 "$WEIR" plan changed.json dir
grep -q '^state *counts *kept' out || fail "not kept: $(cat out)"
expect_code 0 "$WEIR" run changed.json
expect_text err 'resumed from the checkpoint of 4000 ms'
# a, of 1000 ms, at the first batch behind 4000 ms; b comes in every batch, and goes on
sed -n '/^Time: 5000 ms/,/^$/p' out >first
expect_text first '(a,(timeout,1))'
expect_text first '(b,5)'
expect_equal "$(grep -c 'timeout' out)" 1
expect_equal "$(state_of)" 'b=6 '
finish
