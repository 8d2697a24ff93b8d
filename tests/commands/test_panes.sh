#!/bin/sh
# The panes of windows: dump and stat show them, verify reads them, a restart goes on with them.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4 5 6; do printf 'to be or not to be\nf%snever\n' $i >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[2]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","name":"recent","op":"reduceByKeyAndWindow","in":["ones"],"fn":"sum",
           "window_ms":3000,"slide_ms":1000},
          {"id":"last","op":"window","in":["words"],"window_ms":2000,"slide_ms":1000}],
 "outputs":[{"in":"counts","op":"print","num":20},{"in":"last","op":"count"}]}
JOB
sed 's/"f4"/"f4","f5","f6"/' job.json >longer.json
expect_code 0 "$WEIR" run --checkpoint=dir job.json
expect_code 0 "$WEIR" verify dir
cp -a dir whole

# what the windows of the next batch can need: two of three panes, one of two
expect_code 0 "$WEIR" dump panes dir
expect_text out 'pane of (ms)'
expect_code 2 "$WEIR" dump state --space=recent dir
expect_text err 'is a window without state of keys; what it keeps is in its panes: weir dump panes'
expect_code 0 "$WEIR" dump panes --json --space=recent dir
expect_equal "$(wc -l <out)" 10
expect_text out '{"space":"recent","time":3000,"partition":0,"key":"be","value":2,"v":1}'
expect_equal "$(grep -c '"time":4000' out)" 5
expect_code 0 "$WEIR" dump panes --json --space=recent --prefix=f dir
expect_equal "$(wc -l <out)" 2
expect_code 0 "$WEIR" dump panes --json --space=last dir
expect_equal "$(wc -l <out)" 7
expect_equal "$(grep -c '"key"' out)" 0
expect_code 0 "$WEIR" dump panes --json --at=2000 dir
expect_text out '"time":1000'
expect_code 2 "$WEIR" dump panes --space=other dir
expect_text err 'there is "last", "recent"'
expect_code 0 "$WEIR" stat dir
expect_text out '2 panes of "recent", of 3000 to 4000 ms: 10 keys'
expect_text out '1 pane of "last", of 4000 to 4000 ms: 7 records'
touch -d '3 hours ago' dir/checkpoints/4000/MANIFEST
touch -d '10 days ago' dir/checkpoints/2000/MANIFEST
expect_code 0 "$WEIR" stat --json dir
expect_text out '"oldest_ms":3000'
mv out json
# number NAME: what the JSON object has by that name
number() { sed "s/.*\"$1\":\"\{0,1\}\([0-9a-f]*\).*/\1/" json; }
kib() { awk -v bytes="$(number "$1")" 'BEGIN { printf "%.1f KiB", bytes / 1024 }'; }
expect_code 0 "$WEIR" stat dir
id=$(number context)
expect_equal ${#id} 32
expect_text out "context      $id \"job\""
expect_text out "checkpoints  2, $(kib checkpoint_bytes); the newest, of 4000 ms, is 3.0 h old, the oldest 10.0 days"
expect_text out "log          1 segment, $(kib log_bytes)"
expect_text out "live state   $(kib live_bytes) more"

# a restart goes on as if it had never stopped; in which order keys stand is open
expect_code 0 "$WEIR" run --checkpoint=dir longer.json
cp out resumed
expect_code 0 "$WEIR" run --volatile-state longer.json
for time in 5000 6000; do
    expect_equal "$(sed -n "/^Time: $time/,/^\$/p" out | sort)" "$(sed -n "/^Time: $time/,/^\$/p" resumed | sort)"
done
expect_code 0 "$WEIR" verify dir

# a damaged block: told, by both
for table in whole/checkpoints/4000/state/*.sst; do
    grep -qa 'f4never' "$table" || continue
    at=$(grep -aob 'f4never' "$table" | head -n 1 | cut -d: -f1)
    cp "$table" scratch && rm "$table" && mv scratch "$table" # no longer shared with the other checkpoint
    printf 'X' | dd of="$table" bs=1 seek="$at" conv=notrunc 2>dd
done
expect_code 4 "$WEIR" verify whole
expect_code 4 "$WEIR" dump panes --at=4000 whole
expect_text err 'panes'
finish
