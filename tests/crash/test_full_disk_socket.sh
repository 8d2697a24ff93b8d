#!/bin/sh
# A disk that is full while lines come over a socket: reading stops, so that the sender has to wait; when there is room
# the same process goes on, and every line that was sent is counted once in the end.
. "$WEIR_SOURCE/tests/commands/lib.sh"
unshare -rm true 2>/dev/null || exit 77
feeder="$WEIR_BUILD/tools/demo-feeder"
[ -x "$feeder" ] || exit 77

# 40 MB more than the system may keep for a reader that does not read, at both ends, which is 10 MB on one machine and
# 64 MB on another: far more than fits into that, the memory for what waits and the disk together.
kept=$(cat /proc/sys/net/ipv4/tcp_rmem /proc/sys/net/ipv4/tcp_wmem | awk '{ sum += $3 } END { print sum }') || exit 77
[ "$kept" -le 300000000 ] || { leave_out "sockets that keep $kept bytes: all of it would take too long"; finish; }
awk -v count=$((200000 + kept / 200)) '
    BEGIN { for (i = 1; i <= count; i++) printf "key%0190d,%d\n", i % 100, i }' >lines
awk -F '[y,]' '{ count[$2]++; sum[$2] += $3 }
    END { for (key in count) printf "counts key%s %d\nsums key%s %d\n", key, count[key], key, sum[key] }' lines |
    sort >wanted
cat >job.template <<'JOB'
{"name":"full","batch_ms":50,"checkpoint_ms":100,"master":"local[1]","partitions":2,"memory":4194304,
 "checkpoint":"disk/dir",
 "sources":[{"id":"lines","op":"socketTextStream","host":"127.0.0.1","port":PORT}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"parse_csv_kv"},
          {"id":"counts","op":"updateStateByKey","in":["pairs"],"fn":"count_update","name":"counts"},
          {"id":"sums","op":"updateStateByKey","in":["pairs"],"fn":"sum_update","name":"sums"}],
 "outputs":[{"in":"counts","op":"count"},{"in":"sums","op":"count"}]}
JOB
mkdir disk

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
        sleep 0.1
    done
}
# What is counted by the newest checkpoint.
counted()
{
    "$weir" dump state --json disk/dir 2>/dev/null |
        sed -n 's/.*"space":"\([a-z]*\)".*"key":"\([a-z0-9]*\)","value":\([0-9]*\),.*/\1 \2 \3/p' | sort >found
}
has_counted() { counted && [ -s found ]; }
has_counted_all() { counted && cmp -s found wanted; }

weir=$1
mount -t tmpfs -o size=32m none disk || exit 77
mkfifo typed
"$2" port <typed &
feeder=$!
exec 3>typed
until_it 'the line server' [ -s port ]
sed "s/PORT/$(cat port)/" job.template >job.json
"$weir" run job.json >run.out 2>run.err 3>&- &
run=$!
trap 'kill -9 $run $feeder $filler $sender 2>kill' EXIT
head -n 1000 lines >&3
until_it 'the first lines' has_counted

# Whatever becomes free is taken again until it is over.
touch filling
while [ -e filling ]; do cat /dev/zero >>disk/ballast 2>ballast.err; sleep 0.02; done 3>&- &
filler=$!
tail -n +1001 lines >&3 &
sender=$!
exec 3>&-
until_it 'the full disk' grep -q 'what is received waits' run.err
sleep 2
[ -e port ] || echo 'all was sent while the disk was full'
rm filling
wait $filler
# Room for all of it: RocksDB looks for room every few seconds, and until then no checkpoint lets go of the log.
mount -o "remount,size=$((400 + $3 / 1000000))m" disk
rm disk/ballast
until_it 'the end of what is sent' [ ! -e port ]
until_it 'all that was sent to be counted' has_counted_all
kill -TERM $run
wait $run
echo "exit code $?"
trap - EXIT
wait $sender $feeder
"$weir" verify disk/dir >verified 2>&1 || cat verified
has_counted_all || diff found wanted
SCRIPT
said=$(unshare -rm sh full.sh "$WEIR" "$feeder" "$kept" 2>full.err)
[ $? = 77 ] && exit 77
expect_equal "$said" "exit code 0"
[ "$said" = "exit code 0" ] || tail -n 20 run.err full.err
[ -z "${VERBOSE:-}" ] || cat run.err
finish
