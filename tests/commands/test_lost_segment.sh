#!/bin/sh
# A segment in the middle of the log that is missing, or was cut: nobody can tell what was in it, so a start asks before
# it goes on, and asks once. Plan and stat say what a start says.
. "$WEIR_SOURCE/tests/commands/lib.sh"

# Each run reads two files more, in a segment of its own; no checkpoint of them is left.
for i in 1 2 3 4 5 6; do echo $i >f$i; done
for run_number in 1 2 3; do
    case $run_number in
    1) files='"f1","f2"' ;;
    *) files="$files,\"f$((2 * run_number - 1))\",\"f$((2 * run_number))\"" ;;
    esac
    cat >job.json <<JOB
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":[$files]}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"sum_update"}],
 "outputs":[{"in":"pairs","op":"print"},{"in":"counts","op":"count"}]}
JOB
    expect_code 0 "$WEIR" run job.json
    rm -r dir/checkpoints/$((2 * run_number))000
done
mv dir whole
expect_equal "$(ls whole/checkpoints)" 0
segment() { echo "dir/log/000000000000000$1.segment"; }
[ -e whole/log/0000000000000003.segment ] || fail "no third segment: $(ls whole/log)"
fresh() { rm -rf dir; cp -a whole dir; }
keys() { "$WEIR" dump state --json dir | sed 's/.*"key":"\([^"]*\)".*/\1/' | sort | tr '\n' ' '; }
"$WEIR" dump log --json whole | grep '"segment":2,' >entries
first=$(sed -n '1s/.*"sequence":\([0-9]*\).*/\1/p' entries)
# with the seal, which closes the log and is not shown
last=$("$WEIR" dump log --json whole | grep '"segment":3,' | sed -n '1s/.*"sequence":\([0-9]*\).*/\1/p')
last=$((last - 1))
[ "$last" -gt "$((first + 3))" ] || fail "segment 2 has entries $first to $last"

# expect_asked TEXT: all who look refuse, and nothing is touched
expect_asked()
{
    ls dir/log >before
    expect_code 4 "$WEIR" run job.json
    expect_text err "$1"
    expect_text err 'put the log back, or go on without it: --lose-segment=2'
    ls dir/log >after
    cmp before after || fail 'the start that was refused has left something'
    expect_code 4 "$WEIR" plan job.json dir
    expect_text err "$1"
    expect_code 4 "$WEIR" stat dir
    expect_text out 'would fail: dir: the log is damaged'
    expect_text out "$1"
    expect_code 4 "$WEIR" verify dir
}

# missing: how many entries, between which batches, and by which option it goes on
fresh
expect_code 0 "$WEIR" plan job.json dir
expect_text out 'goes on from 0 ms: 6 batches from the log, 6 of them without outputs'
rm "$(segment 2)"
expect_asked "segment 2 is missing ($((last - first + 1)) entries, $first to $last, behind the record of the batch of \
2000 ms, before that of 5000 ms)"
expect_code 2 "$WEIR" plan --lose-segment=3 job.json dir
expect_text err 'nothing of segment 3 is lost to give up with --lose-segment'
expect_code 2 "$WEIR" run --lose-segment=two job.json
expect_text err '--lose-segment is "two"'
expect_code 0 "$WEIR" plan --lose-segment=2 job.json dir
expect_text out 'goes on from 0 ms: 4 batches from the log, 4 of them without outputs'
expect_code 0 "$WEIR" run --lose-segment=2 job.json
expect_text err 'what the log has lost is given up: segment 2 is missing'
expect_empty out
expect_equal "$(keys)" '1 2 5 6 '

# the log says so from then on: a start that comes back to the same checkpoint asks no more
rm -r dir/checkpoints/6000
expect_code 4 "$WEIR" dump log dir # segment 2 is still missing
expect_text out 'what is lost before is given up'
expect_code 0 "$WEIR" plan job.json dir
expect_code 0 "$WEIR" run job.json
expect_text err 'entries are missing'
expect_no_text err 'is given up'
expect_equal "$(keys)" '1 2 5 6 '

# but of what else is lost it does
rm -r dir/checkpoints/6000
rm "$(segment 3)"
expect_code 4 "$WEIR" run job.json
expect_text err 'segments 2 to 3 are missing'

# cut: the entries behind the cut are known by their numbers
fresh
offset=$(sed -n '2s/.*"offset":\([0-9]*\).*/\1/p' entries)
truncate -s $((offset + 32)) "$(segment 2)"
lost="($((last - first)) entries, $((first + 1)) to $last, behind the record of the batch of 3000 ms"
expect_asked "segment 2, offset $offset: an entry's payload is damaged $lost"
fresh
truncate -s "$offset" "$(segment 2)"
expect_asked "the end of segment 2 is missing $lost"
expect_code 0 "$WEIR" run --lose-segment=2 job.json
expect_equal "$(keys)" '1 2 3 5 6 '
fresh
: >"$(segment 2)"
expect_asked "segment 2 is missing ($((last - first + 1)) entries"

# the last segment: nothing is behind it, and no checkpoint knows of it, but its name is noted
# expect_lost_end WHAT LINE: WHAT is said by a start, LINE by verify and by dump log
expect_lost_end()
{
    ls dir/log >before
    expect_code 4 "$WEIR" run job.json
    expect_text err "$1"
    expect_text err '--lose-segment=3'
    expect_code 4 "$WEIR" plan job.json dir
    expect_text err "$1"
    expect_code 4 "$WEIR" verify dir
    expect_text out "$2"
    expect_code 4 "$WEIR" dump log dir
    expect_text out "$3"
    ls dir/log >after
    cmp before after || fail 'the start that was refused has left something'
    expect_code 0 "$WEIR" run --lose-segment=3 job.json
    expect_equal "$(keys)" '1 2 3 4 5 6 ' # the files are there to be read again
    [ -e dir/log/newest.0000000000000004 ] || fail "the next segment is not the fourth: $(ls dir/log)"
}
[ -e whole/log/newest.0000000000000003 ] || fail "the newest segment is not noted: $(ls whole/log)"
fresh
rm "$(segment 3)"
expect_lost_end 'segment 3 is missing' 'log: segment 3 is missing, which was there' 'the segment is missing, which was there'
fresh
rm -r dir/checkpoints/0 "$(segment 3)" # the log itself knows of it
expect_code 4 "$WEIR" verify dir
expect_text out 'log: segment 3 is missing, which was there'
fresh
: >"$(segment 3)"
expect_lost_end 'segment 3, offset 0: the segment has lost what it had' 'the segment has lost what it had' \
    'the segment has lost what it had'
fresh
size=$(wc -c <"$(segment 3)")
head -c "$size" /dev/zero >"$(segment 3)"
expect_lost_end 'segment 3, offset 0: the segment has lost what it had' 'the segment has lost what it had' \
    'the segment has lost what it had'
[ "$(ls dir/log/quarantine)" = 0000000000000003.segment ] || fail "quarantine: $(ls dir/log/quarantine)"
finish
