#!/bin/sh
# --from goes back to an older checkpoint, also to the first one; what is newer is set aside, once the start is sure.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3; do echo "$i" >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"dir","keep":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2"]}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print"}]}
JOB
expect_code 0 "$WEIR" run job.json
expect_equal "$(ls dir/checkpoints | tr '\n' ' ')" '1000 2000 '

# A start that is refused leaves all checkpoints where they are, and notes nothing.
cp -p f2 kept
echo 'another line' >>f2
expect_code 6 "$WEIR" run --from=1000 --drop-state=counts job.json
expect_text err 'f2'
expect_equal "$(ls dir/checkpoints | tr '\n' ' ')" '1000 2000 '
[ ! -e dir/dropped ] || fail 'a refused start has noted something'
expect_code 0 "$WEIR" run job.json
expect_text err 'resumed from the checkpoint of 2000 ms; 0 batches from the log'
expect_text err 'this job has finished before: its last batch was 2000 ms'
expect_no_text err 'caught up'
mv kept f2

# What is set aside is kept for ever, however often.
for sums in 1 2; do
    expect_code 0 "$WEIR" run --from=1000 job.json
    expect_text err 'the checkpoint of 2000 ms is set aside'
    grep -q 'resumed from the checkpoint of 1000 ms; 1 batches from the log, 1 of them done before; 0 fell due while it was down; ready after [0-9.]* ms; this job has finished before: its last batch was 2000 ms$' err ||
        fail "not said: $(cat err)"
    expect_text err 'caught up: 1 batches from the log and 0 for the time it was down are computed'
    [ -d dir/checkpoints/2000 ] || fail 'it has not come as far as before'
    : >"dir/checkpoints/2000/mark$sums"
done
expect_code 0 "$WEIR" run --from=1000 job.json
expect_equal "$(ls dir/checkpoints/quarantine | tr '\n' ' ')" '2000 2000.1 2000.2 '
[ -e dir/checkpoints/quarantine/2000.1/mark1 ] || fail 'the first one is gone'
[ -e dir/checkpoints/quarantine/2000.2/mark2 ] || fail 'the second one is gone'
expect_code 0 "$WEIR" verify dir

# `weir stat` counts and names them, with what they have alone; they are not among the others.
expect_code 0 "$WEIR" stat --json dir
expect_text out '"set_aside":["2000","2000.1","2000.2"],"set_aside_bytes":'
expect_text out '"checkpoints":2,'
with=$(sed 's/.*"checkpoint_bytes":\([0-9]*\).*/\1/' out)
[ "$(sed 's/.*"set_aside_bytes":\([0-9]*\).*/\1/' out)" -gt 0 ] || fail "nothing there: $(cat out)"
expect_code 0 "$WEIR" stat dir
expect_text out 'set aside    3 checkpoints, '
expect_text out ' more: 2000, 2000.1, 2000.2; kept in checkpoints/quarantine until somebody removes them'
rm -r dir/checkpoints/quarantine
expect_code 0 "$WEIR" stat dir
expect_no_text out 'set aside'
expect_code 0 "$WEIR" stat --json dir
expect_text out '"set_aside":[],"set_aside_bytes":0,'
expect_equal "$(sed 's/.*"checkpoint_bytes":\([0-9]*\).*/\1/' out)" "$with"

# The first checkpoint of a bounded job has the time 0: to go back to it is no start from the newest one.
rm -r dir
expect_code 0 "$WEIR" run --checkpoint-ms=10000 job.json
expect_equal "$(ls dir/checkpoints | tr '\n' ' ')" '0 2000 '
expect_code 0 "$WEIR" plan --from=0 job.json dir
expect_text out 'goes on from 0 ms: 2 batches from the log'
expect_code 0 "$WEIR" run --from=0 --checkpoint-ms=10000 job.json
expect_text err 'the checkpoint of 2000 ms is set aside'
[ -d dir/checkpoints/quarantine/2000 ] || fail 'the newer one is not set aside'
expect_code 0 "$WEIR" plan job.json dir
expect_text out 'goes on from 2000 ms'
expect_code 2 "$WEIR" run --from=1 job.json

# State of none of them opens: each is tried once.
for manifest in dir/checkpoints/*/state/MANIFEST-*; do
    cp "$manifest" scratch && rm "$manifest" && tr '\0-\377' '\1-\377\0' <scratch >"$manifest"
done
expect_code 4 "$WEIR" run job.json
expect_text err 'none of the 2 is whole'
finish
