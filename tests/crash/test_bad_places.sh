#!/bin/sh
# Directories that cannot be used: each is refused with a clear message, and nothing that was there is touched.
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
fresh() { rm -rf dir; cp -a whole dir; }
# Of live/ nothing lasts.
all_of() { (cd "$1" && find . -type f ! -name lock ! -path './live/*' -exec cksum {} + | sort -k 3); }
# unchanged: what a refused run must leave.
unchanged() { [ "$(all_of dir)" = "$(all_of whole)" ] || fail "$1: something in dir was changed"; }
count_of_be() { "$WEIR" dump state --json --prefix=be "$1" | sed -n 's/.*"value":\([0-9]*\).*/\1/p'; }

# a log without a checkpoint is damage, never a new start
fresh
rm -r dir/checkpoints/*
expect_code 4 "$WEIR" run more.json
expect_text err 'has a log but no checkpoint'
[ -e dir/log/0000000000000001.segment ] || fail 'the log is gone'
for looking in "plan more.json" stat verify; do
    expect_code 4 "$WEIR" $looking dir
    cat out err >said
    expect_text said 'has a log but no checkpoint'
done
[ -z "$(ls dir/checkpoints)" ] || fail 'a new start was made'

# but one in which nothing stands is what a first start leaves that was killed before its checkpoint
rm -rf dir
mkdir in
cat >slow.json <<'JOB'
{"batch_ms":3600000,"checkpoint":"dir","master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],"outputs":[{"in":"lines","op":"count"}]}
JOB
first_start()
{
    "$WEIR" run slow.json >printed 2>said &
    run=$!
    wait_for eval 'ls dir/checkpoints/*/MANIFEST >listed 2>&1'
    kill -9 $run
    wait $run 2>/dev/null
    run=''
}
first_start
[ -e dir/log/0000000000000001.segment ] || fail 'the log has no segment'
for size in 67108864 64 40 0; do
    rm -r dir/checkpoints/*
    [ $size -ge 64 ] || rm dir/log/newest.* # which is noted when the header is durable
    truncate -s $size dir/log/0000000000000001.segment
    expect_code 0 "$WEIR" verify dir
    expect_text out 'its first start has not come to a checkpoint'
    first_start
    expect_code 0 "$WEIR" verify dir
done

# files may not be as large as a segment: said, and not the end by a signal
rm -rf small
sed 's/"dir"/"small"/' slow.json >small.json
(ulimit -f 1024; expect_code 6 "$WEIR" run small.json; expect_text err 'File too large') || exit 1
expect_code 0 "$WEIR" verify small

# of another job: other files, other state
fresh
sed 's/"f1"/"f6"/' more.json >other.json
expect_code 3 "$WEIR" run other.json
expect_text err 'textFiles: the first 4 files are not those that were read before'
unchanged 'other files'
fresh
sed 's/"updateStateByKey"/"mapWithState"/; s/"sum_update"/"sum_no_emit"/' more.json >other.json
expect_code 3 "$WEIR" run other.json
expect_text err 'the state "counts" does not fit the program'
unchanged 'another kind of state'

# of a newer format
for file in dir/checkpoints/4000/MANIFEST dir/checkpoints/4000/lineage; do
    fresh
    printf '\002' | dd of=$file bs=1 seek=8 conv=notrunc 2>dd
    expect_code 3 "$WEIR" run more.json
    expect_text err "$file has format version 2"
    expect_text err 'use a newer weir'
done

# without permission
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
if [ "$(id -u)" = 0 ] && as_nobody "$WEIR" --version >/dev/null 2>&1; then
    chmod 755 .
    fresh
    expect_code 6 as_nobody "$WEIR" run more.json
    expect_text err 'Permission denied'
    unchanged 'no permission to write'
    chmod 700 dir
    expect_code 6 as_nobody "$WEIR" run more.json
    expect_text err 'Permission denied'
    rm -rf dir
    expect_code 6 as_nobody "$WEIR" run more.json
    expect_text err 'Permission denied'
    # what may not be read may be whole: nothing is passed over for it, nor set aside
    for hidden in checkpoints/4000/MANIFEST checkpoints/4000/lineage checkpoints/4000/state checkpoints/4000 checkpoints .; do
        fresh
        chown -R 65534:65534 dir f?
        chmod 000 "dir/$hidden"
        for command in "run more.json" "plan more.json dir" "stat dir" "verify dir"; do
            expect_code 6 as_nobody "$WEIR" $command
            grep -q 'Permission denied' out err || fail "$command, $hidden: $(cat out err)"
        done
        chmod 755 "dir/$hidden"
        unchanged "$hidden may not be read"
    done
    # names that may be listed, and no more; a state that may be read, but not listed; which checkpoints are good
    fresh
    chown -R 65534:65534 dir
    chmod 400 dir/log
    for command in "run more.json" "plan more.json dir" "stat dir" "verify dir" "dump log dir"; do
        expect_code 6 as_nobody "$WEIR" $command
    done
    chmod 755 dir/log
    chmod 100 dir/checkpoints/4000/state
    expect_code 6 as_nobody "$WEIR" verify dir
    expect_no_text out 'damage'
    chmod 755 dir/checkpoints/4000/state
    chmod 000 dir/checkpoints/4000
    expect_code 6 as_nobody "$WEIR" dump checkpoints dir
    expect_text out 'Permission denied'
    chmod 755 dir/checkpoints/4000
    chmod 000 dir/checkpoints
    expect_code 6 as_nobody "$WEIR" stat dir
    expect_text out 'a restart    would fail'
    chmod 755 dir/checkpoints
    unchanged 'parts of it may not be read'
    rm -r dir/checkpoints
    chmod 000 dir/log
    for command in "plan more.json dir" "stat dir" "verify dir" "run more.json"; do
        expect_code 6 as_nobody "$WEIR" $command
    done
    chmod 755 dir/log
else
    leave_out 'a directory without permission, as this is not root, or nobody else can run weir where it stands'
fi

# with too few descriptors: it cannot be read, and nothing is damaged
fresh
refused=0
for descriptors in 4 5 6 7 8 9 10 12 14; do
    sh -c 'ulimit -n "$1"; shift; exec "$@"' sh $descriptors "$WEIR" verify dir >out 2>err
    code=$?
    [ $code != 127 ] || continue # not enough to begin with
    [ $code = 0 ] || expect_text err 'oo many open files'
    [ $code = 0 ] || [ $code = 6 ] || fail "with $descriptors descriptors: exit code $code: $(cat out err)"
    expect_no_text out damage:
    [ $code = 0 ] || refused=$((refused + 1))
done
[ $refused -gt 0 ] || fail 'there were always enough descriptors'
unchanged 'too few descriptors'

# on a disk that can only be read: refused, and all that only looks works as before
on_read_only()
{
    unshare -m sh -c 'mount --bind dir dir && mount -o remount,ro,bind dir && exec "$@"' sh "$@"
}
fresh
if on_read_only true 2>mounting; then
    expect_code 6 on_read_only "$WEIR" run more.json
    expect_text err 'a context lasts in a directory that it can write to: dir/lock'
    expect_text err 'Read-only file system'
    unchanged 'a read-only disk'
    for look in stat verify 'dump log' 'dump batches' 'dump checkpoints' 'dump lineage' 'dump state' 'plan more.json'; do
        # shellcheck disable=SC2086 # two words
        expect_code 0 on_read_only "$WEIR" $look dir
    done
    expect_equal "$(count_of_be dir)" "$(count_of_be whole)"
    expect_code 0 "$WEIR" run more.json # and it goes on where it can
    rm -rf dir
    mkdir dir
    expect_code 6 on_read_only "$WEIR" run more.json
    expect_text err 'Read-only file system'
    [ -z "$(ls -A dir)" ] || fail 'something was made on a read-only disk'
else
    leave_out "a read-only disk, as nothing can be mounted here: $(cat mounting)"
fi

# two processes at once, where there is nothing yet: one has it, the other says who
cat >live.json <<'JOB'
{"batch_ms":50,"checkpoint":"dir","master":"local[1]","sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "outputs":[{"in":"lines","op":"count"}]}
JOB
for round in 1 2 3; do
    rm -rf dir
    : >err1
    : >err2
    "$WEIR" run live.json >/dev/null 2>err1 &
    run=$!
    "$WEIR" run live.json >/dev/null 2>err2 &
    other_run=$!
    wait_for grep -q 'is held by another process' err1 err2
    if grep -q 'is held by' err1; then # let $run be the one that has it
        first=$run
        run=$other_run
        other_run=$first
    fi
    wait "$other_run"
    expect_equal "round $round: $?" "round $round: 5"
    expect_equal "$(cat err1 err2 | grep -c 'is held by another process')" 1
    other_run=''
    wait_for sh -c 'ls dir/checkpoints/*/MANIFEST >/dev/null'
    expect_code 0 "$WEIR" verify dir
    kill_run
    expect_code 0 "$WEIR" verify dir
done

# a file where the directory should be
rm -rf dir
echo 'not a directory' >dir
expect_code 6 "$WEIR" run more.json
expect_text err 'dir'
rm dir

[ -n "$(count_of_be whole)" ] || fail 'the state of the whole directory cannot be read'
finish
