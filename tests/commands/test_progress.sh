#!/bin/sh
# --progress=json: an object a batch, the summary as the last line; no status line where no terminal is.
. "$WEIR_SOURCE/tests/commands/lib.sh"

printf 'a b\nc\n' >one
printf 'a\n' >two
cat >words.json <<'JOB'
{"sources":[{"id":"lines","op":"textFiles","paths":["one","two","one"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"}],
 "outputs":[{"in":"words","op":"count"},{"in":"lines","op":"count"}]}
JOB
expect_code 0 "$WEIR" run words.json
expect_empty out
expect_empty err

expect_code 0 "$WEIR" run --progress=json words.json
expect_empty out
expect_equal "$(wc -l <err)" 4
expect_equal "$(grep -c '"event":"batch"' err)" 3
expect_text err '"time_ms":2000,"records":1,'
tail -n 1 err >summary
expect_text summary '"batches":3,"failed":0,"records":5,"seconds":'
expect_text summary '"outputs":[7,5]}'
grep -Eq '"seconds":[0-9]+\.[0-9]+,"cpu_seconds":[0-9]+\.[0-9]+,"max_rss_bytes":[1-9][0-9]+,' summary ||
    fail "the summary: $(cat summary)"

# a failed batch: its error is an object too, the summary still the last line
rm two
expect_code 1 "$WEIR" run --progress=json words.json
expect_equal "$(grep -vc '^{"v":1,"event":"' err)" 0
expect_text err '"status":"input/output error","error":"batch 2000 ms'
tail -n 1 err | grep -q '"event":"summary".*"failed":1' || fail "no summary at the end: $(cat err)"

# on a terminal: a line that is written over, and gone at the end
if command -v script >/dev/null; then
    printf 'a\n' >two
    TERM=xterm script -qec "$WEIR run --progress=line words.json" /dev/null >terminal </dev/null
    tr '\r' '\n' <terminal | grep -q '^batch [0-9]*: .* records/s' || fail 'no status line'
    expect_equal "$(grep -c . terminal)" 1
    expect_equal "$(tail -c 4 terminal | od -An -c | tr -d ' \n')" '\r033[K'
fi
finish
