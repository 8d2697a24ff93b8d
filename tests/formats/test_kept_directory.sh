#!/bin/sh
# A directory of format version 1, as a killed job left it, opens for ever: it is looked at, it is clean, and the job
# goes on from it. README.md here says what is in it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cp -R "$WEIR_SOURCE/tests/formats/v1/directory" directory
mkdir in
# The directory grows older from year to year: its keys must not time out.
cat >job.json <<'JOB'
{"name":"kept","batch_ms":500,"checkpoint_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"directory",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"},
          {"id":"seen","op":"mapWithState","in":["ones"],"fn":"count_report_timeout","timeout_ms":3153600000000}],
 "outputs":[{"in":"counts","op":"count"},{"in":"seen","op":"count"}]}
JOB

# counts_of SPACE: key and value of each of its entries, sorted
counts_of()
{
    "$WEIR" dump state --json --space="$1" directory |
        sed -n 's/.*"key":\("[a-z]*"\),"value":\([0-9]*\).*/\1 \2/p' | sort | tr '\n' ' '
}

expect_code 0 "$WEIR" verify directory
for space in counts seen; do expect_equal "$(counts_of $space)" '"be" 2 "not" 1 "or" 1 "to" 2 '; done
expect_code 0 "$WEIR" dump lineage directory
expect_text out 'textFileStream'
expect_code 0 "$WEIR" dump log directory
expect_text out 'batches  1795826395500  [[1795826395500, 500, 13, [(lines,[])]]]'
expect_code 0 "$WEIR" dump batches --json directory
expect_equal "$(grep -c '"recorded":true' out)" 21
expect_code 0 "$WEIR" dump checkpoints directory
expect_text out '1795826403500'
expect_code 0 "$WEIR" plan --down-batches=skip job.json directory
! grep '^output' out || fail 'names of outputs that its lineage does not have'

# from the older checkpoint, too: the log reaches back to it
for from in 1795826403500 ''; do
    rm -rf directory err # so that nothing is waited for that was there before
    cp -R "$WEIR_SOURCE/tests/formats/v1/directory" directory
    "$WEIR" run job.json --down-batches=skip ${from:+"--from=$from"} >out 2>err &
    run=$!
    wait_for grep -q 'resumed from the checkpoint of' err
    kill -INT "$run"
    wait_for_end
    expect_equal "$code" 0
    expect_text err "resumed from the checkpoint of ${from:-1795826404500} ms"
    for space in counts seen; do expect_equal "$(counts_of $space)" '"be" 2 "not" 1 "or" 1 "to" 2 '; done
done
finish
