#!/bin/sh
# Files of another context, in a directory that is whole but for them: times and numbers are alike in both, the ids are
# not. Checkpoints that are not of the log's context are passed over as damaged ones are, and so are those whose state is
# another one's; a log that is of none of them is not read.
. "$WEIR_SOURCE/tests/commands/lib.sh"

# job NAME WORD: one that keeps a count of that word, run in two steps, so that there are two checkpoints behind 0
job()
{
    mkdir "in-$1"
    for i in 1 2 3 4 5 6; do printf '%s %s\n' "$2" "$2" >"in-$1/f$i"; done
    (
        cd "in-$1" || exit 1
        "$WEIR" run --checkpoint=../"$1" ../job.json >../out 2>../err
    ) || fail "the job of $1: $(cat err)"
}
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
sed 's/"f4"/"f4","f5"/' job.json >more.json
job own mine
job other theirs
expect_code 0 "$WEIR" verify own
expect_equal "$(ls own/checkpoints other/checkpoints | tr '\n' ' ')" 'other/checkpoints: 2000 4000  own/checkpoints: 2000 4000 '
id_of() { "$WEIR" stat --json "$1" | sed 's/.*"context":"\([0-9a-f]*\)".*/\1/'; }
own_id=$(id_of own)
other_id=$(id_of other)
[ "$own_id" != "$other_id" ] || fail 'two contexts have one id'
fresh() { rm -rf dir; cp -a own dir; }
# in_own CODE COMMAND...: where the files of the job are.
in_own()
{
    cd in-own || exit 1
    expect_code "$@"
    mv out err ..
    cd .. || exit 1
}
# runs_on WORDS: a run goes on from the checkpoint of 2000 ms, and has so many words of its own and no others in the end.
runs_on()
{
    in_own 0 "$WEIR" run --checkpoint=../dir ../more.json
    expect_text err 'the checkpoint of 4000 ms cannot be used'
    expect_text err "is of another context (id $other_id) than segment 1 of the log (id $own_id)"
    expect_text err 'resumed from the checkpoint of 2000 ms'
    expect_text err 'the checkpoint of 4000 ms is set aside'
    [ -d dir/checkpoints/quarantine/4000 ] || fail "it is not in quarantine: $(ls -R dir/checkpoints)"
    expect_code 0 "$WEIR" dump state --json dir
    expect_text out "\"key\":\"mine\",\"value\":$1,"
    expect_no_text out theirs
    expect_code 0 "$WEIR" verify dir
}
# refused WHERE: all of them refuse, say which is of which, and leave everything as it is.
refused()
{
    cp -a dir before
    for of in "run --checkpoint=../dir ../more.json" "plan ../more.json ../dir" "stat ../dir" "verify ../dir"; do
        in_own 4 "$WEIR" $of
        cat out err >said
        expect_text said "is of another context (id $1) than segment 1 of the log (id $2)"
    done
    rm -rf before/lock before/live dir/lock dir/live
    diff -r before dir >changed || fail "something in dir was changed: $(cat changed)"
    rm -rf before
}

# the newest checkpoint came from elsewhere: the one before is taken
fresh
rm -r dir/checkpoints/4000
cp -a other/checkpoints/4000 dir/checkpoints/
expect_code 4 "$WEIR" verify dir
expect_text out "dir/checkpoints/4000 is of another context (id $other_id) than segment 1 of the log (id $own_id)"
in_own 0 "$WEIR" plan ../more.json ../dir
expect_text err 'the checkpoint of 4000 ms cannot be used'
expect_text out '2000'
expect_code 0 "$WEIR" stat dir
expect_text out '1 cannot be used'
expect_text out "$own_id"
expect_code 4 "$WEIR" dump state dir
expect_no_text out theirs
in_own 4 "$WEIR" run --checkpoint=../dir --from=4000 ../more.json
expect_text err "is of another context (id $other_id)"
runs_on 10

# only its MANIFEST did, or a newer one that never was in this directory
fresh
cp other/checkpoints/4000/MANIFEST dir/checkpoints/4000/
runs_on 10
# only its state did, of which each file has the size of ours; or only the tables of that, or all but them
job alike mint
for files in '*' '*.sst' 'MANIFEST-*'; do
    fresh
    for file in alike/checkpoints/4000/state/$files; do
        rm "dir/checkpoints/4000/state/${file##*/}"
        cp -a "$file" dir/checkpoints/4000/state/
    done
    expect_equal "$(ls -l dir/checkpoints/4000/state | awk '{ print $5, $9 }')" \
        "$(ls -l own/checkpoints/4000/state | awk '{ print $5, $9 }')"
    expect_code 4 "$WEIR" verify dir
    in_own 0 "$WEIR" run --checkpoint=../dir ../more.json
    expect_text err 'the checkpoint of 4000 ms cannot be used'
    expect_text err 'resumed from the checkpoint of 2000 ms'
    expect_code 0 "$WEIR" dump state --json dir
    expect_text out '"key":"mine","value":10,'
    expect_no_text out mint
done
# an older one is passed by without harm
fresh
rm -r dir/checkpoints/2000
cp -a other/checkpoints/2000 dir/checkpoints/
expect_code 4 "$WEIR" verify dir
in_own 0 "$WEIR" run --checkpoint=../dir ../more.json
expect_text err 'resumed from the checkpoint of 4000 ms'

# no other checkpoint is left, or the log is not theirs
fresh
rm -r dir/checkpoints/*
cp -a other/checkpoints/4000 dir/checkpoints/
refused "$other_id" "$own_id"
fresh
rm -r dir/log
cp -a other/log dir/
refused "$own_id" "$other_id"

# without a log nothing tells which is the right one, but that they differ is damage
fresh
rm -r dir/checkpoints/2000 dir/log/*
cp -a other/checkpoints/2000 dir/checkpoints/
expect_code 4 "$WEIR" verify dir
expect_text out "dir/checkpoints/2000 is of another context (id $other_id) than the checkpoint of 4000 ms (id $own_id)"

finish
