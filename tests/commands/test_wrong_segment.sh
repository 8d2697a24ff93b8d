#!/bin/sh
# Segments that are not what their names say, or that were overwritten: whoever looks says which and why, a start asks
# before it goes on, and nothing of them is ever thrown away.
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
sed 's/"f4"/"f4","f5"/' job.json >more.json
sed 's/"f4"/"f4","f5","f6"/' job.json >most.json
expect_code 0 "$WEIR" run job.json
expect_code 0 "$WEIR" run more.json
rm -r dir/checkpoints/5000 # as after a kill: what it had is in segment 2 alone
mv dir whole
name() { echo "dir/log/$(printf %016d "$1").segment"; }
fresh() { rm -rf dir; cp -a whole dir; }
[ -e "whole/log/0000000000000002.segment" ] || fail "no second segment: $(ls whole/log)"

# expect_asked SEGMENT WHAT: all who look say so, a start too, which goes on when it is told to; what was there is kept.
expect_asked()
{
    kept=dir/log/quarantine/$(printf %016d "$1").segment
    cp "$(name "$1")" bytes
    expect_code 4 "$WEIR" verify dir
    expect_text out "damage: log: segment $1, offset 0 to $(wc -c <bytes | tr -d ' '): $2"
    expect_equal "$(grep -c '^damage' out)" 1
    expect_no_text out 'never acknowledged'
    expect_code 4 "$WEIR" plan most.json dir
    expect_text err "segment $1, offset 0: $2"
    expect_code 4 "$WEIR" run most.json
    expect_text err "segment $1, offset 0: $2 (nobody knows how many entries"
    expect_text err "--lose-segment=$1"
    cmp bytes "$(name "$1")" || fail 'a start that is refused has changed it'
    expect_code 0 "$WEIR" run --lose-segment="$1" most.json
    expect_text err "is given up: segment $1, offset 0: $2"
    cmp bytes "$kept" || fail "not in quarantine: $(ls -R dir/log)"
}

fresh
mv "$(name 2)" "$(name 9)"
expect_asked 9 "the segment's header says that it is segment 2"
[ -e "$(name 10)" ] || fail "the log did not go on behind it: $(ls dir/log)"

# a copy beside it costs nothing, but only whoever reads it knows that
fresh
cp "$(name 2)" "$(name 9)"
expect_asked 9 "the segment's header says that it is segment 2"

fresh
cp "$(name 1)" "$(name 2)"
expect_asked 2 "the segment's header says that it is segment 1"

fresh
head -c 65536 /dev/urandom | tr '\0w' 'xx' >"$(name 2)"
expect_asked 2 "the segment's header is damaged"

# what is of another context
mkdir apart
(cd apart && cp ../f? ../job.json . && "$WEIR" run job.json) >out 2>err || fail "$(cat err)"
fresh
cp apart/dir/log/0000000000000001.segment "$(name 2)"
expect_asked 2 "the segment's header says that it is segment 1 of another context"

# what a first start left is removed; what is more than that may be all that is left of a log
fresh
rm -r dir/checkpoints dir/log/*
truncate -s 512 "$(name 1)"
echo 'entries, once' >>"$(name 1)"
expect_code 4 "$WEIR" run most.json
expect_text err 'has a log but no checkpoint'
[ -e "$(name 1)" ] || fail 'it is gone'

# what a crash leaves of a segment that was begun: quiet, but for a line where something is set aside
for size in 0 65536; do
    fresh
    truncate -s 0 "$(name 3)"
    truncate -s $size "$(name 3)"
    expect_code 0 "$WEIR" verify dir
    expect_no_text out 'note'
    expect_code 0 "$WEIR" run most.json
    expect_no_text err 'warning: dir/log'
    [ ! -e dir/log/quarantine ] || fail "zeros are kept: $(ls -R dir/log)"
done
fresh
truncate -s 512 "$(name 3)"
echo 'a part of the first group' >>"$(name 3)"
cp "$(name 3)" bytes
expect_code 0 "$WEIR" verify dir
expect_text out 'note: log: segment 3, offset 0: the end was being written and was never acknowledged'
expect_code 0 "$WEIR" run most.json
expect_text err 'cut at byte 0: what follows was not written to its end, and was never acknowledged; it is kept in quarantine'
cmp bytes dir/log/quarantine/0000000000000003.segment || fail "not in quarantine: $(ls -R dir/log)"
[ ! -e "$(name 3)" ] || fail 'it is a part of the log still'

# the highest number
fresh
: >"$(name 9999999999999999)"
expect_code 4 "$WEIR" verify dir
expect_text out 'damage: log: segment 9999999999999999, offset 0: no segment can follow one of the highest number'
expect_code 4 "$WEIR" run --lose-segment=9999999999999999 most.json
expect_text err 'no segment can follow one of the highest number; if it is not of this log, move it away'
expect_equal "$(ls dir/log | grep -c segment)" 3
rm "$(name 9999999999999999)"
expect_code 0 "$WEIR" run most.json
finish
