#!/bin/sh
# A file that was changed while nothing ran, in place and with the time it had, is found when its batch is computed again.
. "$WEIR_SOURCE/tests/commands/lib.sh"

# Lines of 2 MiB in all, so that it is read in several parts; a text, and the same again with its last digit changed.
numbers() { awk -v last="$1" 'BEGIN { for (i = 0; i < 200000; i++) print 100000 + i; print last }'; }
numbers 111111 >f1
numbers 222222 >f2
echo '-5' >f3
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[2]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3"]}],
 "graph":[{"id":"numbers","op":"map","in":["lines"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
expect_code 1 "$WEIR" run job.json
expect_text err 'batch 3000 ms failed'
expect_code 0 "$WEIR" dump log --json dir
[ "$(grep -c '"kind":"done"' out)" = 2 ] || fail "not two done marks: $(cat out)"
grep '"kind":"done"' out | head -n 1 | grep -q '"f1"' || fail "no file in a done mark: $(cat out)"
expect_code 0 "$WEIR" dump batches --json dir
grep '"time_ms":1000' out | grep -q '"processing_us":[1-9]' || fail "no time of a batch: $(cat out)"
grep '"time_ms":3000' out | grep -q '"processing_us":null' || fail "a time of what is not done: $(cat out)"
mv dir whole
fresh() { rm -rf dir; cp -a whole dir; }

# what is the same goes on, to the batch that fails
fresh
expect_code 1 "$WEIR" run job.json
expect_text err '3 batches from the log, 2 of them done before'
expect_text err 'batch 3000 ms failed'

# one byte of the last part, the same size, the same time
cp -p f2 f2.kept
numbers 222223 >f2
touch -r f2.kept f2
fresh
expect_code 6 "$WEIR" run job.json
expect_text err 'f2 has changed since the batch of 2000 ms took it'
expect_text err '--missing-files skip'

# left out when that is said; the other batch is computed
fresh
expect_code 1 "$WEIR" run --missing-files=skip job.json
expect_text err 'f2 has changed since the batch of 2000 ms took it; left out'
expect_text err 'batch 3000 ms failed'

# put back
cp -p f2.kept f2
fresh
expect_code 1 "$WEIR" run job.json
expect_no_text err 'has changed'

finish
