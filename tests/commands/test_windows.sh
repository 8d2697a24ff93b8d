#!/bin/sh
# Windows of jobs that last: the lineage shows them, stat counts neutral keys, a changed one is refused with how it
# changed, and can be given up.
. "$WEIR_SOURCE/tests/commands/lib.sh"

printf 'to be or not\n' >f1
printf 'to be that\n' >f2
printf 'question\n' >f3
printf 'to\n' >f4
cat >job.json <<'JOB'
{"batch_ms":1000,"sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"going","op":"reduceByKeyAndWindow","in":["ones"],"fn":"sum","inverse":"difference","window_ms":2000}],
 "outputs":[{"in":"going","op":"print","num":20}]}
JOB
sed 's/"f3"/"f3","f4"/' job.json >longer.json

# it needs a place for state; with one, keys stay with 0, and stat counts them
expect_code 2 "$WEIR" run job.json
expect_text err 'going (reduceByKeyAndWindow) keeps state and needs a checkpoint directory'
expect_code 0 "$WEIR" run --checkpoint=dir job.json
expect_equal "$(sed -n '/^Time: 3000/,$p' out | grep -c ',0)')" 2
expect_code 0 "$WEIR" stat dir
expect_text out '6 keys of "going" in 8 partitions, 2 of them neutral: without a record in the window'
expect_code 0 "$WEIR" stat --json dir
expect_text out '"neutral":2'
expect_code 0 "$WEIR" dump lineage dir
expect_text out 'sum, window of 2000 ms every 1000 ms, inverse difference, state "going"'
expect_code 0 "$WEIR" dump lineage --json dir
expect_text out '"window_ms":2000,"inverse":"difference","filter":null'

# plan says how it has changed, and run refuses and touches nothing
expect_change()
{
    sed "$1" longer.json >changed.json
    expect_code 3 "$WEIR" plan changed.json dir
    tr -s ' ' <out >rows
    expect_text rows "state going changed, refused $2"
    expect_code 3 "$WEIR" run --checkpoint=dir changed.json
    expect_text err "the state \"going\" does not fit the program: $2; nothing was touched"
}
expect_change 's/2000/4000/' 'its length was 2000 ms, it is 4000 ms'
expect_change 's/"window_ms":2000/"window_ms":2000,"slide_ms":2000/' 'its slide was 1000 ms, it is 2000 ms'
expect_change 's/"sum"/"product"/' 'its function was "sum", it is "product"'
expect_change 's/,"inverse":"difference"//' 'it had the inverse "difference", it has none'
expect_change 's/"inverse"/"filter":"value_gt_1","inverse"/' 'it had no filter, it has "value_gt_1"'
expect_change 's/"inverse"/"arg":2,"inverse"/' 'its function "sum" has another argument'
expect_change 's/"inverse"/"drop_neutral":true,"inverse"/' 'it kept neutral keys, it is to drop them'
expect_change 's/"inverse"/"partitions":3,"inverse"/' 'it had 8 partitions, it has 3'

# given up, it begins anew, with what the batch brings
cp -a dir copy
sed 's/2000/4000/' longer.json >changed.json
expect_code 0 "$WEIR" plan --drop-state=going changed.json copy
grep -q '^state *going *dropped' out || fail "not dropped: $(cat out)"
expect_code 0 "$WEIR" run --checkpoint=copy --drop-state=going changed.json
expect_equal "$(grep '^(' out)" '(to,1)'

# the same program goes on; what a filter does not keep is forgotten
expect_code 0 "$WEIR" run --checkpoint=dir longer.json
expect_equal "$(grep '^(' out | sort | tr '\n' ' ')" '(be,0) (not,0) (or,0) (question,1) (that,0) (to,1) '
sed 's/"inverse"/"drop_neutral":true,"inverse"/' longer.json >dropping.json
expect_code 0 "$WEIR" run --checkpoint=dropping dropping.json
expect_code 0 "$WEIR" stat dropping
expect_text out '2 keys of "going" in 8 partitions, 0 of them neutral'

# an inverse that does not undo, named with its key, its window, and where that is
sed 's/"inverse":"difference"/"inverse":"max","check_inverse":true/' longer.json >wrong.json
expect_code 1 "$WEIR" run --checkpoint=wrong wrong.json
expect_text err ': window going: the inverse max does not undo sum: key '
expect_text err 'wrong.json:'

# a filter that fails is told as such, not as what it filters
sed 's/"inverse"/"filter":"matches_glob","inverse"/' longer.json >failing.json
expect_code 1 "$WEIR" run --checkpoint=failing failing.json
expect_text err 'function matches_glob: '
finish
