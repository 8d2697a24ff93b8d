#!/bin/sh
# A disk that is full at one moment or another: the run waits for room or ends with a message, never by a signal; when
# there is room it goes on, by itself or started again, and state and saved text are what they should be.
. "$WEIR_SOURCE/tests/commands/lib.sh"
unshare -rm true 2>/dev/null || exit 77

for i in 1 2 3 4 5 6 7 8; do
    awk -v i=$i 'BEGIN { for (j = 0; j < 3000; j++) printf "word%d long-long-long-long-long-long-long\n", (i * j) % 2500 }' >f$i
done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,"checkpoint":"disk/dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4","f5","f6","f7","f8"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"saveAsTextFiles","prefix":"disk/out"}]}
JOB
mkdir disk
expect_code 0 "$WEIR" run job.json
"$WEIR" dump state --json disk/dir >wanted
cat disk/out-*/part-* | sort | cksum >wanted_text
rm -rf disk/*

cat >full.sh <<'SCRIPT'
mount -t tmpfs -o size=$2k none disk || exit 77
"$1" run job.json >run.out 2>run.err &
run=$!
waited=0
while kill -0 $run 2>kill && [ $waited -lt 1200 ]; do # until it says so, and a second more; where all fits, to its end
    waited=$((waited + 1))
    [ $waited -gt 1180 ] || ! grep -q 'No space left' run.err || waited=1180
    sleep 0.05
done
mount -o remount,size=100m disk || exit 77
waited=0
while kill -0 $run 2>kill; do # there is room: it has to end
    waited=$((waited + 1))
    [ $waited -lt 2000 ] || kill -9 $run
    sleep 0.05
done
wait $run
first=$?
last=$first
if [ $first != 0 ]; then # the end itself may have had no room
    "$1" run job.json >run.out 2>>run.err
    last=$?
fi
"$1" dump state --json disk/dir >found
cat disk/out-*/part-* | sort | cksum >found_text
find disk -name '.*.tmp' >>found
echo $first $last
SCRIPT

full=0
for size in 16 32 64 100 150 200 250 300 350 400 450 500 550 600 650 700; do
    codes=$(unshare -rm sh full.sh "$WEIR" $size)
    [ $? = 77 ] && exit 77
    case "$codes" in
    '0 0' | '6 0') ;;
    *) fail "$size KiB: exit codes $codes: $(cat run.err)" ;;
    esac
    cmp -s found wanted || fail "$size KiB: the state differs"
    cmp -s found_text wanted_text || fail "$size KiB: what was saved differs"
    grep -q 'No space left' run.err || [ "${codes% *}" = 0 ] || fail "$size KiB: not said: $(cat run.err)"
    grep -q 'No space left' run.err && full=$((full + 1))
    [ -z "${VERBOSE:-}" ] || echo "$size: $codes, $(grep -c 'No space' run.err) times no space: $(tail -1 run.err)"
done
[ $full -gt 5 ] || fail "the disk was full $full times only"
finish
