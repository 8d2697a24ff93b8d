#!/bin/sh
# What a start can give up on purpose: a batch that fails again and again, files that are gone, the time it was down.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo '1 2' >f1
echo '-5' >f2
echo '3' >f3
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"numbers","op":"map","in":["words"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print"}]}
JOB

# on a first start there is nothing to give up, as there is no checkpoint to go back to; nothing is made then
for option in --skip-batch=0 --lose-batch=0 --skip-batch=2000 --lose-batch=2000 --lose-segment=1 --from=1000; do
    expect_code 2 "$WEIR" run "$option" job.json
    expect_text err 'dir has no '
    expect_text err "${option##*=}"
    [ ! -e dir ] || fail "$option: the directory was made"
done
expect_code 2 "$WEIR" run --lose-batch=0 job.json
expect_text err 'dir has no checkpoint, so no batch of 0 ms to give up with --lose-batch; start without it'

# it fails again and again, and nothing behind it is computed
for run in 1 2; do
    expect_code 1 "$WEIR" run job.json
    expect_text err 'batch 2000 ms failed, and streams keep state'
    expect_no_text out 'Time: 3000 ms'
done
expect_code 0 "$WEIR" plan job.json dir
expect_text out 'goes on from 1000 ms: 2 batches from the log, 0 of them without outputs'
expect_code 0 "$WEIR" dump batches dir
[ "$(grep -c 'not done' out)" = 2 ] || fail "batches: $(cat out)"

# a slip of the time is no batch; one that the checkpoint has, or that is done, is not given up
for option in skip lose; do
    for time in 77 2001 9000; do
        expect_code 2 "$WEIR" plan --$option-batch=$time job.json dir
        expect_text err "there is no batch of $time ms to give up with --$option-batch"
        expect_code 2 "$WEIR" run --$option-batch=$time job.json
        expect_text err "there is no batch of $time ms to give up with --$option-batch"
    done
    expect_code 0 "$WEIR" plan --$option-batch=1000 job.json dir
    expect_text err 'the batch of 1000 ms is not given up: the checkpoint of 1000 ms is behind it'
done
expect_code 0 "$WEIR" plan job.json dir
expect_text out 'goes on from 1000 ms: 2 batches from the log, 0 of them without outputs'

# until it is given up
expect_code 0 "$WEIR" plan --skip-batch=2000 job.json dir
expect_text out '1 batches from the log'
expect_code 0 "$WEIR" run --skip-batch=2000 --skip-batch=2000 job.json
expect_equal "$(grep -c 'the batch of 2000 ms is given up: it is never computed' err)" 1
expect_text out 'Time: 3000 ms'
expect_equal "$("$WEIR" dump state --json dir | wc -l)" 3
expect_code 0 "$WEIR" verify dir
expect_code 0 "$WEIR" run job.json
expect_text err 'this job has finished before'
expect_no_text err 'given up'

# a file that a batch took, and that is gone when the batch is computed again
rm -r dir
echo '4' >f2
expect_code 0 "$WEIR" run --checkpoint-ms=10000 job.json
rm -r dir/checkpoints/3000
rm f2
expect_code 6 "$WEIR" run job.json
expect_text err 'f2 is missing since the batch of 2000 ms took it'
expect_text err '--missing-files skip'
expect_code 0 "$WEIR" run --missing-files skip job.json
expect_text err 'left out'
expect_equal "$("$WEIR" dump state --json dir | wc -l)" 3

# a directory does not give the files of a batch that is given up once more: not to the start that gives it up, nor
# to one that reads so in the log; also if the files are gone
mkdir fresh
cat >fresh.json <<'JOB'
{"batch_ms":100,"checkpoint_ms":600000,"master":"local[1]","partitions":2,"checkpoint":"kept",
 "sources":[{"id":"lines","op":"textFileStream","directory":"fresh"}],
 "graph":[{"id":"numbers","op":"map","in":["lines"],"fn":"parse_int"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"pairs","op":"map","in":["checked"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print"}]}
JOB
# fresh OPTION...: runs it in the background
fresh()
{
    : >out # what is waited for may stand there from before
    : >err
    "$WEIR" run "$@" fresh.json >out 2>err &
    run=$!
}
# give NUMBER: in a file of its own
give()
{
    echo "$1" >whole
    mv whole "fresh/of$1"
}
fresh
wait_for grep -q 'Time:' out
give 1
wait_for grep -q '(1,1)' out
give -5
wait_for grep -q 'streams keep state' err
kill_run
at=$(sed -n 's/.*batch \([0-9]*\) ms failed, and.*/\1/p' err)
for number in 10 11 12; do
    if [ $number = 10 ]; then fresh "--skip-batch=$at"; else fresh; fi
    give $number
    wait_for grep -q "($number,1)" out
    sleep 0.3
    kill -0 "$run" || fail "what was given up came again: $(cat err)"
    kill_run
    expect_no_text err 'failed'
    expect_text out '(1,1)'
    rm -f fresh/of-5
done

# the time it was down
mkdir in
cat >live.json <<'JOB'
{"batch_ms":10,"checkpoint":"live","master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "outputs":[{"in":"lines","op":"count"}]}
JOB
# down MODE...: how many batches a restart computes for the time it was down
down()
{
    : >err
    "$WEIR" run --progress=json "$@" live.json >out 2>err &
    run=$!
    wait_for grep -q '"event":"batch"' err
    kill_run
    sed -n 's/.*"event":"resumed".*"down":\([0-9]*\),.*/\1/p' err
}
down >first
expect_empty first
sleep 0.3
[ "$(down)" -ge 20 ] || fail "no batches for the time it was down: $(head -n 3 err)"
sleep 0.3
expect_equal "$(down --down-batches=skip)" 0
finish
