#!/bin/sh
# A library that ends the process, as RocksDB does where it gets no thread: it is said what that was and what to do.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >job.json <<'JOB'
{"batch_ms":20,"master":"local[1]","sources":[{"id":"q","op":"queue","default":[7]}],"outputs":[{"in":"q","op":"print"}]}
JOB
"$WEIR" run job.json >out 2>err &
run=$!
wait_for [ -s out ]
kill -ABRT "$run"
wait_for_end
expect_equal "$code" 134
expect_text err 'a library could not go on and has ended the process (abort)'
expect_text err 'ulimit -u'
expect_equal "$(grep -c abort err)" 1
finish
