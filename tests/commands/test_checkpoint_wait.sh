#!/bin/sh
# weir checkpoint: its wait has an end, whoever else waits and whatever the run does; what it waits for is a boundary.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >job.json <<'JOB'
{"batch_ms":600000,"checkpoint_ms":600000,"master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "outputs":[{"in":"lines","op":"count"}]}
JOB
mkdir in
dir=waits$$ # a name that no other test uses at the same time
# have_asked COUNT: are so many connected? The kernel lists their ends and the one that is listened at.
have_asked() { [ "$(grep -c "[/ ]$dir/control\$" /proc/net/unix)" -gt "$1" ]; }

expect_code 0 "$WEIR" checkpoint --help
expect_text out 'up'
expect_text out 'to a batch interval away'
expect_code 6 "$WEIR" checkpoint --wait-ms=50 $dir

"$WEIR" run --progress=none --checkpoint=$dir job.json >seen 2>said </dev/null &
run=$!
wait_for test -S $dir/control

# one that is killed, and one that goes on waiting, behind whom others have their own time
"$WEIR" checkpoint $dir >/dev/null 2>&1 </dev/null &
first=$!
"$WEIR" checkpoint $dir >last 2>&1 </dev/null &
last=$!
wait_for have_asked 2
expect_code 1 "$WEIR" checkpoint --wait-ms=50 $dir
expect_text err 'no checkpoint was published in the time given'
expect_text err 'batches are cut every 600000 ms'
kill -9 $first
expect_code 1 "$WEIR" checkpoint --wait-ms=50 $dir

# a run that is halted answers nobody
kill -STOP "$run"
expect_code 1 "$WEIR" checkpoint --wait-ms=50 $dir
expect_text err 'no checkpoint was published in the time given'
kill -CONT "$run"

# the checkpoint of a graceful stop is an answer
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
wait $last || fail "who waited was told: $(cat last)"
[ -d "$dir/checkpoints/$(cat last)" ] || fail "no checkpoint of $(cat last)"
finish
