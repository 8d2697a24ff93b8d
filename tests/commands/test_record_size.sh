#!/bin/sh
# A run that lasts takes no record that its log could not: a max_record_bytes for which there is no room in an entry of the
# log is refused, where something is received.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >received.json <<'JOB'
{"batch_ms":50,"master":"local[1]","sources":[{"id":"l","op":"socketTextStream","host":"127.0.0.1","port":9}],
 "outputs":[{"in":"l","op":"count"}]}
JOB
expect_code 2 "$WEIR" run --checkpoint=dir --max-record-bytes=1536M received.json
expect_text err 'max_record_bytes 1610612736: in a context that lasts'
expect_code 2 "$WEIR" run --checkpoint=dir --max-record-bytes=961M received.json
expect_code 2 "$WEIR" check --checkpoint=dir --max-record-bytes=961M received.json
expect_text err 'max_record_bytes 1007681536: in a context that lasts'
expect_code 0 "$WEIR" check --max-record-bytes=961M received.json

# runs OPTION...: it starts, and stops when it is told to.
runs()
{
    "$WEIR" run --progress=json "$@" >out 2>err </dev/null &
    run=$!
    wait_for grep -q '"event":"batch"' err
    kill -TERM "$run"
    wait_for_end
    expect_equal "$code" 0
}
runs --checkpoint=dir --max-record-bytes=960M received.json
sed '1s/{/{"max_record_bytes":1007681536,/' received.json >larger.json
expect_code 2 "$WEIR" plan larger.json dir
expect_text err 'max_record_bytes 1007681536: in a context that lasts'
expect_code 0 "$WEIR" plan received.json dir
runs --max-record-bytes=1536M received.json # no log

# Files are read, not logged.
echo a >f1
cat >read.json <<'JOB'
{"batch_ms":1000,"master":"local[1]","sources":[{"id":"l","op":"textFiles","paths":["f1"]}],
 "outputs":[{"in":"l","op":"count"}]}
JOB
expect_code 0 "$WEIR" run --checkpoint=other --max-record-bytes=1536M read.json
finish
