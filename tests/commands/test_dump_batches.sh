#!/bin/sh
# What `weir dump batches` says of batches that were given up, and of those whose records are gone: because no
# checkpoint needs them any more, or because the log is damaged.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4; do echo "$i" >f$i; done
echo '-5' >f2
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"numbers","op":"map","in":["lines"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
# state_of TIME: of the row of that batch in ./out
state_of() { sed -n "s/^ *$1  \([a-z, ]*[a-z]\) .*/\1/p" out; }
# field TIME NAME: of its object in ./out
field() { grep "\"time_ms\":$1," out | sed "s/.*\"$2\":\([a-z]*\).*/\1/"; }

# one that was never computed, and after that one that was
expect_code 1 "$WEIR" run job.json
expect_code 0 "$WEIR" dump batches dir
expect_equal "$(state_of 1000)" 'done, in the checkpoint'
expect_equal "$(state_of 2000)" 'not done'
expect_code 0 "$WEIR" dump batches --json dir
expect_equal "$(field 2000 given_up) $(field 2000 done)" 'false false'
expect_code 0 "$WEIR" run --checkpoint-ms=100000 --skip-batch=2000 job.json
rm -r dir/checkpoints/4000
expect_code 0 "$WEIR" dump batches dir
expect_equal "$(state_of 2000)" 'given up'
expect_equal "$(state_of 3000)" 'done'
expect_code 0 "$WEIR" run --lose-batch=3000 job.json
expect_code 0 "$WEIR" dump batches dir
expect_equal "$(state_of 3000)" 'done, then given up'
expect_code 0 "$WEIR" dump log dir
grep -q 'given up *2000  no start computes it any more$' out || fail "2000 in the log: $(cat out)"
grep -q 'given up *3000  was done; what it did to the state is lost$' out || fail "3000 in the log: $(cat out)"
expect_code 0 "$WEIR" dump batches --json dir
expect_equal "$(field 2000 given_up) $(field 2000 done)" 'true false'
expect_equal "$(field 3000 given_up) $(field 3000 done)" 'true true'
expect_equal "$(field 4000 given_up) $(field 4000 done)" 'false true'

# A batch that failed is done by the next start. Its record goes with its segment, once no checkpoint needs that: its done
# mark stands in the next one, and nothing is missing.
rm -r dir
mkdir in
is_counting() { "$WEIR" dump batches dir | grep -q ' done'; }
sed -e 's/"batch_ms":1000,"checkpoint_ms":1000/"batch_ms":50,"checkpoint_ms":200/' \
    -e 's/"op":"textFiles".*/"op":"textFileStream","directory":"in"}],/' job.json >live.json
"$WEIR" run live.json >out 2>err &
run=$!
wait_for is_counting
echo '-5' >whole
mv whole in/bad
wait_for_end
expect_equal "$code" 1
at=$(sed -n 's/.*batch \([0-9]*\) ms failed, and.*/\1/p' err)
rm in/bad
"$WEIR" run --missing-files skip live.json >out 2>err &
run=$!
wait_for [ ! -e dir/log/0000000000000001.segment ]
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_code 0 "$WEIR" verify dir
expect_code 0 "$WEIR" dump batches --json dir
expect_equal "$(field "$at" recorded) $(field "$at" done) $(field "$at" missing)" 'false true false'
expect_no_text out '"missing":true'
expect_code 0 "$WEIR" dump batches dir
expect_no_text out 'missing'
expect_equal "$(state_of "$at")" 'done, in the checkpoint'

# A record that the older checkpoint needs is missed.
oldest=$(ls dir/checkpoints | head -n 1)
"$WEIR" dump log --json dir | grep '"kind":"batch"' >entries
next=$(sed 's/.*"time_ms":\([0-9]*\).*/\1/' entries | awk -v oldest="$oldest" '$1 > oldest' | head -n 1)
entry=$(grep "\"time_ms\":$next[,}]" entries)
segment=$(echo "$entry" | sed 's/.*"segment":\([0-9]*\).*/\1/')
offset=$(echo "$entry" | sed 's/.*"offset":\([0-9]*\).*/\1/')
printf 'XXXX' | dd of="dir/log/$(printf %016d "$segment").segment" bs=1 seek=$((offset + 36)) conv=notrunc 2>dd
expect_code 4 "$WEIR" dump batches dir
expect_equal "$(state_of "$next")" 'done, in the checkpoint, its record is missing'
expect_equal "$(state_of "$at")" 'done, in the checkpoint'
expect_code 4 "$WEIR" dump batches --json dir
expect_equal "$(field "$next" missing)" true
expect_text err '`weir verify` says more'
finish
