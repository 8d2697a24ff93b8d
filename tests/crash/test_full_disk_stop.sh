#!/bin/sh
# A stop on a full disk, and a start on one: both end with 6. The last checkpoint that found no room is told of, with what
# a restart computes again, and the restart does just that; a start that cannot make a segment of the log waits for room.
. "$WEIR_SOURCE/tests/commands/lib.sh"
unshare -rm true 2>/dev/null || exit 77

awk 'BEGIN { for (i = 0; i < 3000; i++) printf "word%d\n", (i * i) % 700 }' >words
mkdir in disk
cat >counts.json <<'JOB'
{"batch_ms":20,"checkpoint_ms":3600000,"master":"local[1]","partitions":2,"checkpoint":"disk/counts",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","newFilesOnly":false,
             "minRemember_ms":3600000}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
cat >plain.json <<'JOB'
{"batch_ms":20,"checkpoint_ms":3600000,"master":"local[1]","partitions":2,"checkpoint":"disk/plain",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","newFilesOnly":false,
             "minRemember_ms":3600000}],
 "graph":[],
 "outputs":[{"in":"lines","op":"count"}]}
JOB

cat >full.sh <<'SCRIPT'
until_said()
{
    tries=0
    until grep -q "$1" $2; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || { echo "waited in vain for: $1"; exit; }
        kill -0 $run || { echo "it ended, waiting for: $1"; exit; }
        sleep 0.1
    done 2>kill
}
begin()
{
    : >run.err # what is waited for is said by this one
    "$weir" run --progress=json $1 >run.out 2>run.err &
    run=$!
}
end()
{
    kill -TERM $run
    wait $run
    echo "$1: $?"
    cp run.err $1.err
}
fill() { cat /dev/zero >disk/ballast 2>ballast.err; }

weir=$1
mount -t tmpfs -o size=20m none disk || exit 77
run=''
trap 'kill -9 $run 2>kill' EXIT

begin counts.json
until_said '"records":3000' run.err
fill
end stopped
"$weir" stat --json disk/counts >stopped.stat
rm disk/ballast
begin counts.json
until_said 'caught up' run.err
end again
"$weir" dump state --json disk/counts | sort >found

begin plain.json
until_said '"records":3000' run.err
end whole
fill
begin plain.json
until_said 'what is received waits' run.err
end waiting
rm disk/ballast
begin plain.json
until_said '"event":"batch"' run.err
end plain_again
SCRIPT
cp words in/words
said=$(unshare -rm sh full.sh "$WEIR" 2>full.err)
[ $? = 77 ] && exit 77
expect_equal "$said" 'stopped: 6
again: 0
whole: 0
waiting: 6
plain_again: 0'
[ $failures = 0 ] || { tail -n 20 full.err ./*ed.err waiting.err; exit 1; }

# What is said of the last checkpoint is what is there, and what a restart does.
expect_text stopped.err 'disk/counts: nothing is lost, but the last checkpoint was not written, and a restart computes '
expect_text stopped.err 'No space left on device'
expect_no_text stopped.err 'the next one is tried'
expect_equal "$(grep -c 'was not written' stopped.err)" 1
batches=$(sed -n 's/.*and a restart computes \([0-9]*\) batch.*/\1/p' stopped.err)
[ "${batches:-0}" -gt 0 ] || fail "no batches are said: $(cat stopped.err)"
expect_text stopped.stat "\"replayed\":$batches,"
expect_text again.err "\"replayed\":$batches,"
sort words | uniq -c | awk '{ print $2, $1 }' | sort >wanted
sed -n 's/.*"key":"\(word[0-9]*\)","value":\([0-9]*\).*/\1 \2/p' found | sort >counted
cmp -s counted wanted || fail "other counts: $(diff counted wanted | head -n 5)"
finish
