#!/bin/sh
# A directory of format version 1 with panes of windows, as a killed job left it, opens for ever: panes and state are
# what they were, it is clean, and the windows go on from either checkpoint. README.md here says what is in it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4 5 6 7 8; do printf 'to be or not to be\nf%snever\n' $i >f$i; done
touch -d @1795826000 f? # as the log has them
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4","f5","f6","f7","f8"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"recent","op":"reduceByKeyAndWindow","in":["ones"],"fn":"sum","window_ms":3000,"slide_ms":1000},
          {"id":"going","op":"reduceByKeyAndWindow","in":["ones"],"fn":"sum","inverse":"difference",
           "window_ms":3000,"slide_ms":1000},
          {"id":"last","op":"window","in":["words"],"window_ms":2000,"slide_ms":1000},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"recent","op":"print","num":20},{"in":"going","op":"print","num":20},
            {"in":"last","op":"print","num":20},{"in":"counts","op":"print","num":20}]}
JOB
fresh()
{
    rm -rf directory
    cp -R "$WEIR_SOURCE/tests/formats/v1/windows" directory
}

# state_of SPACE: key=value of each of its keys, sorted
state_of()
{
    "$WEIR" dump state --json --space="$1" directory |
        sed 's/.*"key":"\([a-z0-9]*\)","value":\([0-9]*\),.*/\1=\2/' | sort | tr '\n' ' '
}

# panes_of SPACE [OPTION...]: time:key=value, or time:value, of each record of its panes, sorted
panes_of()
{
    "$WEIR" dump panes --json --space="$@" directory | sed 's/.*"time":\([0-9]*\),[^}]*"key":"\([a-z0-9]*\)",/\1:\2=/
        s/.*"time":\([0-9]*\),"partition":[0-9]*,/\1:/; s/"value":"\{0,1\}\([a-z0-9]*\).*/\1/' | sort | tr '\n' ' '
}
# pane TIME FILE: what a pane of counts has of that batch
pane() { echo "$1:be=2 $1:f$2never=1 $1:not=1 $1:or=1 $1:to=2 " | tr -d '\n'; }

fresh
expect_code 0 "$WEIR" verify directory
expect_text out 'clean'
expect_equal "$(panes_of recent)" "$(pane 3000 3)$(pane 4000 4)"
expect_equal "$(panes_of going)" "$(pane 2000 2)$(pane 3000 3)$(pane 4000 4)"
expect_equal "$(panes_of last)" '4000:be 4000:be 4000:f4never 4000:not 4000:or 4000:to 4000:to '
expect_equal "$(panes_of recent --at=2000)" "$(pane 1000 1)$(pane 2000 2)"
expect_equal "$(state_of counts)" 'be=8 f1never=1 f2never=1 f3never=1 f4never=1 not=4 or=4 to=8 '
expect_equal "$(state_of going)" 'be=6 f1never=0 f2never=1 f3never=1 f4never=1 not=3 or=3 to=6 '
expect_code 0 "$WEIR" stat directory
expect_text out '2 panes of "recent", of 3000 to 4000 ms: 10 keys'
expect_text out '1 pane of "last", of 4000 to 4000 ms: 7 records'
expect_code 0 "$WEIR" dump lineage directory
expect_text out 'reduceByKeyAndWindow'
expect_code 0 "$WEIR" plan job.json directory
expect_text out 'goes on from 4000 ms: 3 batches from the log, 1 of them without outputs'

# from either checkpoint as if nobody had killed it; in which order keys stand is open
expect_code 0 "$WEIR" run --volatile-state job.json
mv out unbroken
batch_of() { sed -n "/^Time: $1 ms/,/^\$/p" "$2" | sort; }
for from in 2000 4000; do
    fresh
    expect_code 0 "$WEIR" run --checkpoint=directory --from=$from job.json
    expect_text err "resumed from the checkpoint of $from ms"
    for time in 6000 7000 8000; do
        expect_text out "Time: $time ms"
        expect_equal "$(batch_of $time out)" "$(batch_of $time unbroken)"
    done
    expect_equal "$(state_of counts)" "be=16 f1never=1 f2never=1 f3never=1 f4never=1 f5never=1 f6never=1 f7never=1 \
f8never=1 not=8 or=8 to=16 "
    expect_equal "$(panes_of recent)" "$(pane 7000 7)$(pane 8000 8)"
    expect_code 0 "$WEIR" verify directory
done
finish
