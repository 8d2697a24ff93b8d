#!/bin/sh
# A disk that is full while panes of a window are written and merged: the same process goes on when there is room, with
# checkpoints and with merging, and a restart has the window.
. "$WEIR_SOURCE/tests/commands/lib.sh"
unshare -rm true 2>/dev/null || exit 77

cat >job.json <<'JOB'
{"name":"panes","batch_ms":20,"checkpoint_ms":20,"master":"local[1]","partitions":2,"checkpoint":"disk/dir",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in","newFilesOnly":false}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"most","op":"reduceByKeyAndWindow","in":["ones"],"fn":"max","window_ms":6000,"slide_ms":20,
           "name":"most"}],
 "outputs":[{"in":"most","op":"count"}]}
JOB
mkdir in disk

cat >full.sh <<'SCRIPT'
mount -t tmpfs -o size=24m none disk || exit 77
"$1" run --stop-timeout-ms=100000 job.json >run.out 2>run.err &
run=$!
feed()
{
    file=0
    while kill -0 $run 2>kill; do
        file=$((file + 1))
        seq $file $((file + 50)) >in/.next && mv in/.next in/$file
        rm -f in/$((file - 500))
        sleep 0.02
    done
}
# until_it COMMAND...: waits for it, for two minutes at most.
until_it()
{
    waits=0
    until "$@" >tried 2>&1 || [ $waits -ge 1200 ]; do
        waits=$((waits + 1))
        sleep 0.1
    done
}
has_begun() { ls disk/dir/checkpoints/*/MANIFEST; }
has_said_more() { [ "$(grep -c 'No space left' run.err)" -gt "$said" ]; }
feed &
feeder=$!
until_it has_begun
for round in 1 2 3; do
    sleep 1
    said=$(grep -c 'No space left' run.err)
    room=$(($(df -k --output=avail disk | tail -n 1) - 512)) # the rest in small steps, as disks become full
    head -c $((room * 1024)) /dev/zero >disk/ballast
    while head -c 4096 /dev/zero >>disk/ballast 2>ballast; do sleep 0.02; done
    until_it has_said_more
    sleep 1
    rm disk/ballast
    tries=0
    until timeout 10 "$1" checkpoint disk/dir >asked 2>&1; do # in the same process, which may look for room now and then
        tries=$((tries + 1))
        [ $tries -lt 30 ] || { echo "round $round: $(cat asked)"; break; }
        sleep 1
    done
done
# Merged again: far fewer files than panes.
tries=0
until [ "$(find disk/dir/live -name '*.sst' | wc -l)" -lt 60 ] && [ "$("$1" dump panes disk/dir --space most --json | wc -l)" -gt 150 ]; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || { echo "$(find disk/dir/live -name '*.sst' | wc -l) files"; break; }
    sleep 1
done
kill -TERM $run
wait $run
echo "exit code $?"
wait $feeder
"$1" verify disk/dir >verified 2>&1 || cat verified
SCRIPT
said=$(unshare -rm sh full.sh "$WEIR")
[ $? = 77 ] && exit 77
expect_equal "$said" "exit code 0"
[ "$said" = "exit code 0" ] || tail -n 20 run.err
expect_text run.err "No space left"
[ -z "${VERBOSE:-}" ] || cat run.err
finish
