#!/bin/sh
# A received block that a batch behind the checkpoint needs, and that the log has lost: plan and stat say what a start
# says, which refuses, and what gives the batch up.
. "$WEIR_SOURCE/tests/commands/lib.sh"
feeder_program="$WEIR_BUILD/tools/demo-feeder"
[ -x "$feeder_program" ] || exit 77

mkfifo typed
"$feeder_program" port <typed &
feeder=$!
exec 3>typed
trap 'kill -9 $feeder $run 2>/dev/null; rm -rf "$work"' EXIT
wait_for [ -s port ]
cat >job.json <<JOB
{"batch_ms":50,"checkpoint":"dir","checkpoint_ms":3600000,"master":"local[1]","partitions":2,
 "sources":[{"id":"lines","op":"socketTextStream","host":"127.0.0.1","port":$(cat port)}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"ones","op":"print"},{"in":"counts","op":"count"}]}
JOB
"$WEIR" run job.json >printed 2>said 3>&- &
run=$!
for word in one two three; do
    echo $word >&3
    wait_for grep -q "($word,1)" printed
done
kill -9 $run
wait $run 2>/dev/null

expect_code 0 "$WEIR" plan job.json dir
"$WEIR" dump log --json dir >entries
offset=$(grep '"kind":"block"' entries | sed -n 2p | sed 's/.*"offset":\([0-9]*\).*/\1/')
[ -n "$offset" ] || fail "there is no second block: $(cat entries)"
printf XX | dd of=dir/log/0000000000000001.segment bs=1 seek=$((offset + 64)) conv=notrunc 2>dd
expect_code 4 "$WEIR" plan job.json dir
expect_text err 'of the batch of '
expect_text err ' is not in the log; put the log back, or lose what the batch did to the state: --lose-batch='
lost=$(sed -n 's/.*--lose-batch=\([0-9]*\).*/\1/p' err)
expect_code 4 "$WEIR" stat dir
expect_text out "would fail: "
expect_text out "--lose-batch=$lost"
expect_code 4 "$WEIR" run job.json
expect_text err "--lose-batch=$lost"
expect_code 0 "$WEIR" plan "--lose-batch=$lost" job.json dir
finish
