#!/bin/sh
# A reader of standard output that has gone ends the run quietly.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo "$endless_job" >endless.json
{
    timeout 100 "$WEIR" run endless.json 2>err
    echo $? >code
} | head -n 3 >out
expect_equal "$(cat code)" 0
expect_equal "$(wc -l <out)" 3
expect_empty err

# Started without any standard stream: refused like an output that cannot be written.
echo '{"batch_ms":20,"sources":[{"id":"l","op":"textFiles","paths":["endless.json"]}],
"outputs":[{"in":"l","op":"print"}]}' >bounded.json
timeout 100 "$WEIR" run bounded.json <&- 2>err >&-
expect_equal $? 6
expect_text err "standard output cannot be written"
timeout 100 "$WEIR" run bounded.json <&- 2>&- >&-
expect_equal $? 6

# The same of a device that is full; whoever reads JSON still gets the summary.
if [ -c /dev/full ]; then
    timeout 100 "$WEIR" run --progress=json bounded.json 2>err >/dev/full
    expect_equal $? 6
    expect_equal "$(grep -vc '^{"v":1,"event":"' err)" 0
    tail -n 1 err | grep -q '"event":"summary".*"failed":1' || fail "no summary at the end: $(cat err)"
fi
finish
