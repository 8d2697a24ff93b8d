#!/bin/sh
# Damaged, missing and left-over files: verify finds each with its place, dump goes on behind it, run falls back.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4 5 6; do printf 'to be or not to be\n' >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
expect_code 0 "$WEIR" run job.json
sed 's/"f4"/"f4","f5"/' job.json >more.json
mv dir whole
expect_code 0 "$WEIR" verify whole
expect_equal "$(ls whole/checkpoints | tr '\n' ' ')" '2000 4000 '

fresh() { rm -rf dir; cp -a whole dir; }
# flip FILE OFFSET: one byte becomes another.
flip()
{
    byte=$(od -An -tu1 -j"$2" -N1 "$1" | tr -d ' ')
    printf "\\$(printf %o $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>dd
}
segment=dir/log/0000000000000001.segment

# a byte of the log: where, and what is missing; the rest is shown
fresh
flip $segment 100
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: log: segment 1, offset 64'
expect_text out 'should be there, from number 1 on'
expect_code 4 "$WEIR" dump log dir
expect_text out 'damage'
expect_text out 'done'
expect_code 4 "$WEIR" dump log --json dir
expect_text out '"kind":"damage"'
[ "$(grep -c '"kind"' out)" -gt 4 ] || fail "dump stopped at the damage: $(cat out)"
expect_code 4 "$WEIR" dump batches dir
expect_text out '4000'
# before the checkpoint, so it does no harm
expect_code 0 "$WEIR" run more.json
expect_text err 'resumed from the checkpoint of 4000 ms'

# behind the checkpoint: a start keeps the segment as it was, and goes on behind the damage
fresh
rm -r dir/checkpoints/4000
expect_code 0 "$WEIR" dump log --json dir
flip $segment $(($(sed -n '/"kind":"done"/{/"time_ms":3000/s/.*"offset":\([0-9]*\).*/\1/p;}' out) + 40))
cp $segment damaged
expect_code 0 "$WEIR" run more.json
expect_text err 'segment 1'
cmp damaged dir/log/quarantine/0000000000000001.segment || fail "not in quarantine: $(ls -R dir/log)"
expect_code 0 "$WEIR" stat dir
expect_text out '1 files in quarantine'
expect_equal "$("$WEIR" dump state --json --prefix=be dir | grep -c '"value":10,')" 1

# a byte of state
fresh
table=$(ls dir/checkpoints/4000/state/*.sst | tail -n 1)
cp "$table" scratch && rm "$table" && mv scratch "$table" # no longer shared with the other checkpoint
flip "$table" 20
expect_code 4 "$WEIR" verify dir
expect_text out "$table: its content is not what was written"
expect_code 4 "$WEIR" verify --json dir
expect_text out '"damage":true'
[ "$(grep -cv '^{' out)" = 0 ] || fail "more than JSON: $(cat out)"

# a missing table: the checkpoint before it is taken, and says so
fresh
rm "$(ls dir/checkpoints/4000/state/*.sst | tail -n 1)"
expect_code 4 "$WEIR" verify dir
expect_text out '.sst'
expect_code 4 "$WEIR" dump state --json dir
expect_text err 'the checkpoint of 4000 ms cannot be used'
expect_text out '"key":"be","value":4,'
expect_code 4 "$WEIR" dump state dir
expect_text err 'the checkpoint of 4000 ms cannot be used'
expect_text out 'be'
expect_code 4 "$WEIR" dump panes dir
expect_code 0 "$WEIR" dump state --at=2000 dir # whole, and what was asked for
expect_code 4 "$WEIR" dump checkpoints dir
expect_text out 'good'
expect_text out '.sst'
expect_code 4 "$WEIR" dump state --at=4000 dir
expect_code 0 "$WEIR" stat dir
expect_text out '1 cannot be used'
expect_code 0 "$WEIR" run more.json
expect_text err 'the one before is tried'
expect_text err 'resumed from the checkpoint of 2000 ms'
expect_equal "$("$WEIR" dump state --json --prefix=be dir | grep -c '"value":10,')" 1

# state that does not open
fresh
flip "$(ls dir/checkpoints/4000/state/MANIFEST-*)" 10
expect_code 4 "$WEIR" verify dir
expect_code 4 "$WEIR" dump state --json dir
expect_text err 'the checkpoint of 4000 ms cannot be used'
expect_text out '"key":"be","value":4,'
expect_code 4 "$WEIR" dump state dir
expect_text err 'the checkpoint of 4000 ms cannot be used'
expect_text out 'be'
expect_code 4 "$WEIR" dump panes dir
expect_code 0 "$WEIR" dump state --at=2000 dir # whole, and what was asked for
expect_code 4 "$WEIR" dump state --at=4000 dir
expect_code 0 "$WEIR" stat dir
expect_text out 'goes on from 2000 ms'
expect_code 0 "$WEIR" plan more.json dir
expect_text out 'goes on from 2000 ms'
expect_code 4 "$WEIR" plan --from=4000 more.json dir
expect_code 0 "$WEIR" run more.json # as it was planned
expect_text err 'resumed from the checkpoint of 2000 ms'

# a damaged MANIFEST and lineage: the same; both of them: nothing is left
for part in MANIFEST lineage; do
    fresh
    flip dir/checkpoints/4000/$part 40
    expect_code 4 "$WEIR" verify dir
    expect_text out "dir/checkpoints/4000/$part"
    for what in state panes lineage; do expect_code 4 "$WEIR" dump $what dir; done
    expect_text err 'the lineage is that of 2000 ms'
    expect_text out 'counts'
    expect_code 0 "$WEIR" run more.json
    expect_text err 'resumed from the checkpoint of 2000 ms'
    fresh
    for time in 2000 4000; do flip dir/checkpoints/$time/$part 40; done
    expect_code 4 "$WEIR" run more.json
    expect_text err 'none of the 2 is whole'
    expect_code 4 "$WEIR" dump lineage dir
    expect_code 4 "$WEIR" stat dir
done

# a job that has had no batch yet is whole; its log has a segment that can be missed
rm -rf dir
mkdir in
cat >slow.json <<'JOB'
{"batch_ms":3600000,"checkpoint":"dir","master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],"outputs":[{"in":"lines","op":"count"}]}
JOB
"$WEIR" run slow.json >printed 2>said &
run=$!
wait_for eval 'ls dir/checkpoints/*/MANIFEST >listed 2>&1'
kill -9 $run
wait $run 2>/dev/null
run=''
expect_code 0 "$WEIR" verify dir
expect_no_text out 'damage'
[ -e $segment ] || fail 'the log has no segment'
rm $segment
expect_code 4 "$WEIR" verify dir
expect_text out 'log: segment 1 is missing, which the checkpoint of'
[ "$(grep -c '^damage' out)" = 1 ] || fail "said more than once: $(cat out)"

# the last segment: what the newest checkpoint knows of is missed, by verify and by a start
fresh
expect_code 0 "$WEIR" run more.json # another segment, and a checkpoint that knows of it
segments=$(ls dir/log | grep -c segment)
[ "$segments" = 2 ] || fail "$segments segments: $(ls dir/log)"
rm dir/log/0000000000000002.segment
expect_code 4 "$WEIR" verify dir
expect_text out 'log: segment 2 is missing'
expect_code 4 "$WEIR" stat dir
expect_text out 'would fail: '
expect_code 4 "$WEIR" run more.json
expect_text err 'segment 2'
expect_text err 'missing'
expect_text err '--lose-segment=2'
expect_code 0 "$WEIR" run --lose-segment=2 more.json

# a segment of the log that is missing
fresh
rm $segment
rm -r dir/checkpoints/4000
expect_code 4 "$WEIR" verify dir

# what a crash leaves is no damage
fresh
mkdir dir/checkpoints/.tmp-5000
expect_code 0 "$WEIR" verify dir
expect_text out 'note: '
expect_text out '.tmp-5000: a checkpoint that is not finished'

# nothing to look at
mkdir empty
for command in 'dump state' stat verify checkpoint; do
    # shellcheck disable=SC2086
    expect_code 2 "$WEIR" $command empty
    expect_text err 'no checkpoints and no log here'
done
expect_code 6 "$WEIR" stat missing
expect_code 2 "$WEIR" dump everything dir
expect_text err 'does not know "everything"'
expect_code 2 "$WEIR" dump stat dir
expect_text err 'did you mean "state"?'
expect_code 2 "$WEIR" dump state
expect_code 2 "$WEIR" dump state --space=other dir
expect_text err 'has no state "other"; there is "counts"'

# a directory that cannot be written can be looked at; a run says so
if unshare -rm true 2>/dev/null; then
    fresh
    expect_code 0 unshare -rm sh -c "mount --bind dir dir && mount -o remount,bind,ro dir && $WEIR dump state dir &&
        $WEIR verify dir && $WEIR stat dir"
    expect_code 6 unshare -rm sh -c "mount --bind dir dir && mount -o remount,bind,ro dir && $WEIR run more.json"
    expect_text err 'Read-only file system'
else
    leave_out 'a directory that cannot be written, as nothing can be mounted here'
fi
finish
