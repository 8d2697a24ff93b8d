#!/bin/sh
# Every thread of a run that lasts has a name that says what it does, as `top -H` shows it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

mkdir in
cat >job.json <<'JOB'
{"batch_ms":20,"checkpoint_ms":100,"master":"local[2]","checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFileStream","directory":"in"}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
names() { cat /proc/"$run"/task/*/comm 2>/dev/null | sort -u >names; }
has() { names && grep -qx "$1" names; }
"$WEIR" run job.json >out 2>err &
run=$!
for name in weir weir-loop weir-batches weir-work-1 weir-log weir-checkpoint weir-control weir-stop weir-signals; do
    wait_for has "$name"
done
# The libraries name theirs, or they are named as the thread that began them.
! grep -vE '^(weir(-[a-z0-9-]+)?|rocksdb:.*|libuv.*)$' names >others || fail "other names: $(cat others)"
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
finish
