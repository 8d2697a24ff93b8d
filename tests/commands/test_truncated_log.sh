#!/bin/sh
# A log that ends before what a checkpoint knows of is damaged, for all who look at it as for a start.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4 5; do printf 'to be or not to be\n' >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
sed 's/"f4"/"f4","f5"/' job.json >more.json
expect_code 0 "$WEIR" run job.json
mv dir whole
fresh() { rm -rf dir; cp -a whole dir; }
segment=dir/log/0000000000000001.segment
known=$("$WEIR" dump checkpoints whole | sed -n 's/^ *4000 .* 1:\([0-9]*\) .*/\1/p')
[ "${known:-0}" -gt 300 ] || fail "the checkpoint stands at \"$known\""

# expect_damaged TEXT SAID: all who look say so; a run says it, too, and goes on only if it is told to.
expect_damaged()
{
    expect_code 4 "$WEIR" verify dir
    expect_text out "$1"
    expect_equal "$(grep -c '^damage' out)" 1
    expect_no_text out 'note'
    expect_code 4 "$WEIR" stat dir
    expect_text out 'would fail: dir: the log is damaged behind the checkpoint of 4000 ms: segment 1'
    expect_text out '--lose-segment=1'
    expect_code 4 "$WEIR" plan more.json dir
    expect_text err '--lose-segment=1'
    expect_code 0 "$WEIR" plan --lose-segment=1 more.json dir
    expect_text out '1 places of the log are damaged'
    expect_code 0 "$WEIR" plan --lose-segment=1 --json more.json dir
    expect_text out '"damaged":1'
    for what in log batches; do expect_code 4 "$WEIR" dump $what dir; done
    expect_code 4 "$WEIR" dump log dir
    expect_text out 'damage'
    expect_no_text out 'torn'
    ls dir/log/* >before 2>ls
    expect_code 4 "$WEIR" run more.json
    expect_text err "$2"
    expect_text err '(nobody knows how many entries). What is lost may have been acknowledged'
    expect_text err 'put the log back, or go on without it: --lose-segment=1'
    ls dir/log/* >after 2>ls
    cmp before after || fail 'the start that was refused has left something'
    expect_code 0 "$WEIR" run --lose-segment=1 more.json
    expect_text err "$2"
    expect_text err 'what the log has lost is given up: segment 1'
    expect_text err 'resumed from the checkpoint of 4000 ms'
}

# nothing left, the header only, in the middle of an entry, behind an entry
for size in 0 64 100 $((known - 64)) $((known - 128)); do
    fresh
    truncate -s "$size" $segment
    expect_damaged 'damage: log: segment 1, offset' 'the segment ends too early'
    [ "$size" -gt 0 ] || continue
    fresh
    truncate -s "$size" $segment
    expect_code 4 "$WEIR" verify dir
    expect_text out "the segment ends too early: the checkpoint of 4000 ms knows of it up to offset $known"
done

fresh
: >$segment
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: log: segment 1, offset 0: the segment has lost what it had'

# zeros in the place of entries are no end, either
fresh
truncate -s 64 $segment
truncate -s "$((known + 64))" $segment
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: log: segment 1, offset 64: the segment ends too early'

# where the last checkpoint ends, it is as a crash leaves it
fresh
truncate -s "$known" $segment
expect_code 0 "$WEIR" verify dir
truncate -s "$((known + 64))" $segment
expect_code 0 "$WEIR" verify dir

# before a later segment
fresh
expect_code 0 "$WEIR" run more.json
[ -e dir/log/0000000000000002.segment ] || fail "no second segment: $(ls dir/log)"
truncate -s 0 $segment
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: log: segment 1, offset 0: the segment ends too early'

# all of the log
fresh
rm -r dir/log
expect_damaged 'damage: log: dir/log is missing' 'the segment to begin with is missing'

# what the run logged is found by a start that finds no checkpoint of it, as after a kill: it is in no segment that the
# checkpoint before would be read from the middle of
[ ! -e $segment ] || fail 'segment 1 was made anew'
rm -r dir/checkpoints/5000
expect_code 0 "$WEIR" plan more.json dir
expect_text out 'goes on from 4000 ms: 1 batches from the log, 1 of them without outputs'
expect_code 0 "$WEIR" run more.json
expect_text err 'this job has finished before: its last batch was 5000 ms'

# the same where it was the last segment of several
fresh
expect_code 0 "$WEIR" run more.json
rm dir/log/0000000000000002.segment
sed 's/"f5"/"f5","f6"/' more.json >most.json
echo 'to be' >f6
expect_code 4 "$WEIR" run most.json
expect_code 2 "$WEIR" run --lose-segment=3 most.json
expect_text err 'nothing of segment 3 is lost to give up with --lose-segment'
expect_code 2 "$WEIR" run --lose-segment=two most.json
expect_code 0 "$WEIR" run --lose-segment=2 most.json
rm -r dir/checkpoints/6000
expect_code 0 "$WEIR" plan most.json dir
expect_text out 'goes on from 5000 ms: 1 batches from the log, 1 of them without outputs'

# a lock that is none
fresh
rm dir/lock
mkdir dir/lock
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: dir/lock is a directory'
expect_code 6 "$WEIR" run more.json
finish
