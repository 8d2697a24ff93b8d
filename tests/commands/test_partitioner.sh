#!/bin/sh
# A partitioner of state: it is shown, it is the same after a restart, and another one is refused.
. "$WEIR_SOURCE/tests/commands/lib.sh"

printf '01,1\n12,1\n25,1\n' >f1
printf '25,2\n03,2\n12,2\n' >f2
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint":"dir","checkpoint_ms":1000,"master":"local[2]",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1"]}],
 "graph":[{"id":"pairs","op":"map","in":["lines"],"fn":"parse_csv_kv"},
          {"id":"sums","op":"updateStateByKey","in":["pairs"],"fn":"sum_update","partitions":3,
           "partitioner":"by_bounds","partitioner_arg":["12","25"]},
          {"id":"parts","op":"glom","in":["sums"]}],
 "outputs":[{"in":"parts","op":"print"}]}
JOB
sed 's/"f1"/"f1","f2"/' job.json >longer.json
sed 's/\["12","25"\]/["12","26"]/' longer.json >moved.json
sed 's/"partitioner".*]},/"checkpoint_ms":1000},/' longer.json >hashed.json

expect_code 0 "$WEIR" check job.json
expect_text out '3 partitions, partitioner by_bounds([12, 25])'
expect_code 0 "$WEIR" run job.json
expect_equal "$(grep '^\[' out)" "[(01,1)]
[(12,1)]
[(25,1)]"
expect_code 0 "$WEIR" dump lineage dir
expect_text out '3 partitions, partitioner by_bounds([12, 25])'
expect_code 0 "$WEIR" dump lineage --json dir
expect_text out '"partitioner":"by_bounds","partitioner_arg":["12","25"]'
expect_code 0 "$WEIR" verify dir

for other in moved hashed; do
    expect_code 3 "$WEIR" plan $other.json dir
    expect_text out 'changed, refused'
    expect_code 3 "$WEIR" run $other.json
    expect_text err partitioner
done
expect_code 0 "$WEIR" run longer.json
expect_equal "$(grep '^\[' out | sort)" "[(01,1), (03,2)]
[(12,3)]
[(25,3)]"

sed 's/"by_bounds"/"sum_update"/' job.json >wrong.json
expect_code 2 "$WEIR" check wrong.json
expect_text err 'partitioner'
sed 's/"partitioner":"by_bounds",//' job.json >lonely.json
expect_code 2 "$WEIR" check lonely.json
expect_text err 'there is an argument for a partitioner, but no partitioner'
finish
