#!/bin/sh
# A damaged log behind the checkpoint: a batch that was done and cannot be computed again is given up on purpose alone,
# for good; a done mark that is lost is known from the next one, and where it is not, that is said.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3; do echo "$i" >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3"]}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"pairs","op":"print"},{"in":"counts","op":"count"}]}
JOB
expect_code 0 "$WEIR" run job.json
rm -r dir/checkpoints/3000
"$WEIR" dump log --json dir >entries
mv dir whole
segment=dir/log/0000000000000001.segment
# damage KIND TIME: that entry of the log
damage()
{
    rm -rf dir
    cp -a whole dir
    offset=$(grep "\"kind\":\"$1\"" entries | grep "\"time_ms\":$2[,}]" | sed 's/.*"offset":\([0-9]*\).*/\1/')
    [ -n "$offset" ] || fail "no entry $1 $2: $(cat entries)"
    printf 'XXXX' | dd of=$segment bs=1 seek=$((offset + 36)) conv=notrunc 2>dd
}
keys() { "$WEIR" dump state --json dir | sed 's/.*"key":"\([^"]*\)".*/\1/' | sort | tr '\n' ' '; }

damage batch 2000
expect_code 4 "$WEIR" run job.json
expect_text err 'lose what the batch did to the state: --lose-batch=2000'
expect_no_text err '--from'
expect_no_text err ' 0 entries'
expect_code 4 "$WEIR" plan job.json dir
expect_text err '--lose-batch=2000'
expect_code 4 "$WEIR" run --skip-batch=2000 job.json
expect_code 0 "$WEIR" plan --lose-batch=2000 job.json dir
expect_text out 'goes on from 0 ms: 2 batches from the log, 2 of them without outputs'
expect_code 0 "$WEIR" run --lose-batch=2000 job.json
expect_text err 'the batch of 2000 ms, which is done, is given up: what it did to the state is lost'
expect_empty out
expect_equal "$(keys)" '1 3 '
rm -r dir/checkpoints/3000
expect_code 0 "$WEIR" run job.json # the log says it from now on
expect_equal "$(keys)" '1 3 '

# the last one: its time does not come again
damage batch 3000
expect_code 0 "$WEIR" run --lose-batch=3000 job.json
expect_equal "$(keys)" '1 2 '

# a mark of a batch before one that is done
damage done 2000
expect_code 0 "$WEIR" run job.json
expect_empty out
expect_text err '1 entry is missing'
expect_equal "$(keys)" '1 2 3 '
expect_no_text err 'may come again'

# without state a later mark proves nothing, as batches that failed are passed over
rm -r dir whole
sed 's/,{"in":"counts","op":"count"}//; /"counts"/d; s/"pair_with_one"},/"pair_with_one"}],/' job.json >stateless.json
expect_code 0 "$WEIR" run stateless.json
rm -r dir/checkpoints/3000
"$WEIR" dump log --json dir >entries
mv dir whole
damage done 2000
# if the record of 3000 ms was written before that mark, the entry that is gone may have been another record: it is asked for
"$WEIR" plan stateless.json dir >out 2>err && option='' || option=--lose-segment=1
# shellcheck disable=SC2086 # one word, or none
expect_code 0 "$WEIR" run $option stateless.json
expect_text err '1 entry is missing'
expect_text err 'outputs of 1 batch may come again: 2000 ms'
expect_text out '(2,1)'
finish
