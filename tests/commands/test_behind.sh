#!/bin/sh
# Batches that take longer to cut than their interval: the run falls behind, and still stops when it is told to.
. "$WEIR_SOURCE/tests/commands/lib.sh"

mkdir in
(cd in && seq 4000 | xargs touch)
cat >job.json <<'JOB'
{"batch_ms":1,"master":"local[1]",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "outputs":[{"in":"lines","op":"count"}]}
JOB
: >err
"$WEIR" run --progress=json --stop-timeout-ms=100000 job.json >out 2>err &
run=$!
wait_for grep -q '"event":"batch"' err
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_text err '"event":"summary"'
finish
