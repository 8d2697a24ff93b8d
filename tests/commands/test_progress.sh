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

# why it failed is said once, also if no later batch is computed: in a job that lasts, and where streams keep state
sed 's/\[{"id":"words".*\]/[{"id":"words","op":"map","in":["lines"],"fn":"pair_with_one"},{"id":"sums","op":"updateStateByKey","in":["words"],"fn":"sum_update"}]/; s/{"in":"words"/{"in":"sums"/' words.json >keeps.json
for options in 'words.json' '--checkpoint=lasts words.json' '--volatile-state keeps.json' '--checkpoint=kept keeps.json'; do
    expect_code 1 "$WEIR" run --progress=json $options
    grep '"event":"message"' err >messages
    expect_equal "$(grep -c 'two: cannot look at it' messages)" 1
    [ "$(grep -c 'no later batch is computed' messages)" -le 1 ] || fail "said twice: $(cat messages)"
done

# messages below a warning are objects too: a file that is too old is named
mkdir in
printf 'a\n' >in/old
touch -d '2020-01-01' in/old
cat >old.json <<'JOB'
{"batch_ms":20,"sources":[{"id":"in","op":"textFileStream","directory":"in"}],"outputs":[{"in":"in","op":"count"}]}
JOB
: >err
"$WEIR" run --progress=json old.json >out 2>err &
run=$!
wait_for grep -q '"event":"message","level":"info".*in/old' err
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_equal "$(grep -c 'in/old' err)" 1
expect_equal "$(grep -vc '^{"v":1,"event":"' err)" 0
tail -n 1 err | grep -q '"event":"summary"' || fail "no summary at the end: $(cat err)"

# what a bounded run does not read of a queue is told
cat >left.json <<'JOB'
{"sources":[{"id":"lines","op":"textFiles","paths":["one"]},
            {"id":"news","op":"queue","pushes":[[[1]],[[2],[3,4]],[[]]]}],
 "outputs":[{"in":"lines","op":"count"},{"in":"news","op":"count"}]}
JOB
expect_code 0 "$WEIR" run left.json
expect_text err 'news: the run is over, and what was pushed was not all read: datasets left: 2, with 3 records'

# on a terminal: a line that is written over, and gone at the end
if command -v script >/dev/null; then
    printf 'a\n' >two
    TERM=xterm script -qec "$WEIR run --progress=line words.json" /dev/null >terminal </dev/null
    tr '\r' '\n' <terminal | grep -q '^batch [0-9]*: .* records/s' || fail 'no status line'
    expect_equal "$(grep -c . terminal)" 1
    expect_equal "$(tail -c 4 terminal | od -An -c | tr -d ' \n')" '\r033[K'
fi
finish
