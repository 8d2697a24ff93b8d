#!/bin/sh
# What `weir dump lineage` says of outputs, and of looks for timeouts.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >mine.c <<'CODE'
#include "weir/weir.h"

static weir_status pass(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    (void)arg;
    return WEIR_OK;
}
WEIR_FOREACH(pass)
CODE
"${CC:-cc}" -std=c11 -shared -fPIC -I"$WEIR_SOURCE/src/include" mine.c -o mine.so || fail 'cannot build mine.c'
echo 'a b' >f1
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[1]","partitions":2,"checkpoint":"dir","library":["mine.so"],
 "sources":[{"id":"lines","op":"textFiles","paths":["f1"]}],
 "graph":[{"id":"ones","op":"map","in":["lines"],"fn":"pair_with_one"},
          {"id":"seen","op":"mapWithState","in":["ones"],"fn":"count_report_timeout","timeout_ms":3000,"timeout_scan_ms":2000}],
 "outputs":[{"in":"seen","op":"print","num":3},
            {"in":"seen","op":"count"},
            {"in":"seen","op":"saveAsTextFiles","prefix":"saved/to","suffix":"txt"},
            {"in":"ones","op":"saveAsTextFiles","prefix":"","name":"bare"},
            {"in":"seen","op":"foreachRDD","fn":"pass","arg":[1,"x"],"name":"ledger"}]}
JOB
expect_code 0 "$WEIR" run job.json
expect_code 0 "$WEIR" dump lineage dir
tr -s ' ' <out >rows
expect_text rows 'state "seen", timeout 3000 ms, looked for every 2000 ms'
expect_text rows 'output 0 print 3 <- seen'
expect_text rows 'output 1 count <- seen'
expect_text rows 'output 2 saveAsTextFiles saved/to-TIME.txt <- seen'
expect_text rows 'output 3 saveAsTextFiles TIME, named bare <- ones'
expect_text rows 'output 4 foreachRDD pass([1, x]), named ledger <- seen'
expect_code 0 "$WEIR" dump lineage --json dir
expect_text out '"kind":"foreachRDD","in":2,"name":"ledger","fn":"pass","arg":[1,"x"]'
expect_text out '"kind":"print","in":2,"name":null'
finish
