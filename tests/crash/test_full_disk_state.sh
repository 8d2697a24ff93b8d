#!/bin/sh
# A disk that is full while state is over its memory and has to be written out: the batch waits and says so, the same
# process goes on when there is room, and every sum is exact in the end. A stop ends the wait, and a restart is exact.
. "$WEIR_SOURCE/tests/commands/lib.sh"
unshare -rm true 2>/dev/null || exit 77

# Each file changes half of the keys of the one before, and adds as many: 600 KB of new state for each, and 4 MiB stay in
# memory. Of the log only small records of batches are written. No checkpoint falls due, so that none is about to be
# flushed when the disk becomes full: RocksDB may not outlive that.
mkdir in files disk
awk 'BEGIN {
    pad = sprintf("%0600d", 0)
    for (i = 1; i <= 60; i++) {
        for (j = 0; j < 2000; j++) {
            key = i * 1000 + j
            printf "key%d-%s,%d\n", key, pad, i > ("files/" i)
            sum[key] += i
        }
        close("files/" i)
    }
    for (key in sum) print key, sum[key]
}' | sort >wanted
cat >job.json <<'JOB'
{"name":"spills","batch_ms":20,"checkpoint_ms":3600000,"master":"local[2]","partitions":4,"state_memory":8388608,
 "checkpoint":"disk/dir",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","newFilesOnly":false,
             "minRemember_ms":3600000}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"parse_csv_kv"},
          {"id":"sums","op":"mapWithState","in":["pairs"],"fn":"sum_no_emit","name":"sums"}],
 "outputs":[{"in":"sums","op":"count"}]}
JOB

cat >full.sh <<'SCRIPT'
# until_it WHAT COMMAND...: waits for it, for two minutes at most.
until_it()
{
    what=$1
    tries=0
    shift
    until "$@" >tried 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || { echo "waited in vain: $what"; exit; }
        kill -0 $run || { echo "it ended, waiting for: $what"; exit; }
        sleep 0.1
    done 2>kill
}
has_spilled() { [ "$(find disk/dir/live -name '*.sst' | wc -l)" -gt 0 ]; }
has_counted_all()
{
    "$weir" checkpoint disk/dir || return 1
    "$weir" dump state --json disk/dir |
        sed -n 's/.*"key":"key\([0-9]*\)-0*","value":\([0-9]*\),.*/\1 \2/p' | sort >found
    cmp -s found wanted
}
feed() { for file in $(seq $1 $2); do mv files/$file in/$file; done; }
said_so() { grep -c "$1" run.err; }
said_more() { [ "$(said_so "$1")" -gt $2 ]; }
has_no_room() { [ "$(df -k --output=avail disk | tail -n 1)" -lt 64 ]; }
# Whatever becomes free is taken again until the disk is emptied.
fill()
{
    touch filling
    while [ -e filling ]; do cat /dev/zero >>disk/ballast 2>ballast.err; sleep 0.02; done &
    filler=$!
    until_it 'a full disk' has_no_room
}
empty()
{
    rm filling
    wait $filler
    rm disk/ballast
}

weir=$1
mount -t tmpfs -o size=200m none disk || exit 77
"$weir" run job.json >run.out 2>run.err &
run=$!
trap 'kill -9 $run $filler 2>kill' EXIT
filler=''
feed 1 5
until_it 'the first files' has_spilled
for round in 1 2 3; do
    sleep 0.5 # nothing is being written
    waits=$(said_so 'the batch waits')
    goes_on=$(said_so 'live/[0-9a-f]*: there is room on the disk again')
    fill
    feed $((round * 15 - 9)) $((round * 15 + 5))
    until_it "round $round: the full disk" said_more 'the batch waits' $waits
    sleep 1
    kill -0 $run 2>kill || echo "round $round: it ended"
    empty
    until_it "round $round: there is room" said_more 'live/[0-9a-f]*: there is room on the disk again' $goes_on
done

# A stop waits for no room.
sleep 0.5
waits=$(said_so 'the batch waits')
fill
feed 51 60
until_it 'the last full disk' said_more 'the batch waits' $waits
kill -TERM $run
wait $run
echo "exit code $?"
empty
cp run.err first.err
"$weir" run job.json >run.out 2>run.err &
run=$!
until_it 'all files to be counted' has_counted_all
kill -TERM $run
wait $run
echo "exit code $?"
trap - EXIT
"$weir" verify disk/dir >verified 2>&1 || cat verified
cmp -s found wanted || diff found wanted | head -n 5
SCRIPT
said=$(unshare -rm sh full.sh "$WEIR" 2>full.err)
[ $? = 77 ] && exit 77
expect_equal "$said" "exit code 6
exit code 0"
[ $failures = 0 ] || tail -n 20 first.err run.err full.err
expect_text first.err "No space left"
expect_text first.err "disk/dir/live"
[ -z "${VERBOSE:-}" ] || cat first.err run.err
finish
