#!/bin/sh
# weir run: a bounded job from end to end; the command line goes over the file; a failed batch.
. "$WEIR_SOURCE/tests/commands/lib.sh"

printf 'to be or not to be\n' >one
printf 'be\nto\n' >two
cat >words.json <<'JOB'
{"batch_ms":1000,"master":"local[2]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["one","two"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"reduceByKey","in":["ones"],"fn":"sum"},
          {"id":"sorted","op":"transform","in":["counts"],"fn":"sort_by_key"}],
 "outputs":[{"in":"sorted","op":"print","num":3},
            {"in":"counts","op":"saveAsTextFiles","prefix":"saved/p","suffix":"txt"}]}
JOB
mkdir saved
"$WEIR" run words.json >printed 2>err || fail "the job: $(cat err)"
expect_empty err
line=-------------------------------------------
cat >expected <<OUTPUT
$line
Time: 1000 ms
$line
(be,2)
(not,1)
(or,1)
...

$line
Time: 2000 ms
$line
(be,1)
(to,1)

OUTPUT
diff expected printed || fail 'another output'
expect_equal "$(cat saved/p-1000.txt/part-* | sort | tr '\n' ' ')" '(be,2) (not,1) (or,1) (to,2) '
expect_equal "$(cat saved/p-2000.txt/part-* | sort | tr '\n' ' ')" '(be,1) (to,1) '
expect_equal "$(ls -d saved/p-1000.txt/part-* | wc -l)" 2
[ -e saved/p-1000.txt/_SUCCESS ] || fail 'no _SUCCESS'
rm -r saved/p-*

expect_code 0 "$WEIR" run --batch-ms=250 --partitions 3 words.json
expect_text out 'Time: 250 ms'
expect_equal "$(ls -d saved/p-250.txt/part-* | wc -l)" 3

# state that no output needs is not computed, and said to be so
cat >idle.json <<'JOB'
{"batch_ms":1000,"sources":[{"id":"lines","op":"textFiles","paths":["one"]}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"sums","op":"mapWithState","in":["ones"],"fn":"sum_no_emit"}],
 "outputs":[{"in":"ones","op":"count"}]}
JOB
expect_code 0 "$WEIR" run --volatile-state idle.json
expect_text err 'idle.json:3:11: sums keeps state, but no output needs it'

# a file that is not there fails its batch, and so the run
rm two
expect_code 1 "$WEIR" run words.json
expect_text out '(not,1)'
expect_text err 'two'
expect_equal "$(grep -c 'error: ' err)" 1

# standard output that cannot be written
[ ! -w /dev/full ] || {
    printf 'be\n' >two
    "$WEIR" run words.json >/dev/full 2>err && fail 'a full disk went unnoticed'
    expect_text err 'standard output cannot be written'
}
finish
