#!/bin/sh
# What weir plan says is what weir run does: both end with the same code, plan touches nothing, and says once what there is
# to say of each state, source and output.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for file in f1 f2 f3 x; do echo "$file" >$file; done
cat >job.json <<'JOB'
{"name":"sums","batch_ms":1000,"checkpoint_ms":60000,"master":"local[1]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","gone"]}],
 "graph":[{"id":"ones","op":"map","in":"lines","fn":"pair_with_one"},
          {"id":"sums","op":"updateStateByKey","in":"ones","fn":"sum_update"}],
 "outputs":[{"in":"sums","op":"print"},{"in":"sums","op":"count","name":"total"}]}
JOB
# variant WHAT BY: what the job has, replaced
variant() { sed "s/$1/$2/" job.json >other.json; }
# list FILES
list() { variant '"f1","f2","gone"' "$1"; }

# two batches behind checkpoint 0: the third has no file
expect_code 1 "$WEIR" run --checkpoint=dir job.json
mv dir whole
fresh() { rm -rf dir && cp -a whole dir; }

# ends_with CODE [OPTION...]: a start of other.json; then ./out and ./err are what plan says, ./run_err what run said
ends_with()
{
    wanted=$1
    shift
    fresh
    expect_code "$wanted" "$WEIR" run --checkpoint=dir "$@" other.json
    mv err run_err
    fresh
    expect_code "$wanted" "$WEIR" plan "$@" other.json dir
    diff -r whole dir >differences || fail "plan has changed the directory: $(cat differences)"
}
# has_row WHAT NAME VERDICT: plan said so
has_row() { grep -Eq "^$1 +$2 +$3( |\$)" out || fail "no $1 $2 $3: $(cat out)"; }

list '"f1","f2","f3"'
ends_with 0
has_row state sums kept
has_row source lines kept
has_row output total kept
has_row output 'print < sums' kept
expect_text out 'goes on from 0 ms: 2 batches from the log'
expect_empty err

# another list: what of it the log has stands behind the checkpoint
for files in '"x","f2","f3"' '"f1","x","f3"' '"f1"'; do
    list "$files"
    ends_with 3
    has_row source lines 'changed, refused'
    expect_text out 'files are not those that were read before'
    expect_text run_err 'files are not those that were read before'
done

# a file of a batch is gone, or changed
list '"f1","f2","f3"'
cp -p f1 f1.kept
rm f1
ends_with 6
expect_text err 'f1 is missing since the batch of 1000 ms took it'
has_row source lines kept
ends_with 0 --missing-files skip
expect_text err 'f1 is missing since the batch of 1000 ms took it; left out'
echo longer >f1
ends_with 6
expect_text err 'f1 has changed since the batch of 1000 ms took it'
cp -p f1.kept f1

# options that are not sound
variant '"checkpoint_ms":60000' '"checkpoint_ms":500'
ends_with 2
expect_text err 'checkpoint_ms is 500; give a multiple of the batch interval, 1000 ms'
list '"f1","f2","f3"'
ends_with 2 --skip-batch=7000
expect_text err 'there is no batch of 7000 ms to give up'

# an output of another name is another one to whoever counts batches by it: nothing is refused, but it is seen
list '"f1","f2","f3"'
sed 's/"total"/"all"/' other.json >named.json
mv named.json other.json
ends_with 0
has_row output total gone
has_row output all new
has_row output 'print < sums' kept
expect_code 0 "$WEIR" plan --json other.json dir
expect_text out '"what":"output","name":"all","verdict":"new"'

# the directory of a job of another name
list '"f1","f2","f3"'
sed 's/"name":"sums"/"name":"totals"/' other.json >named.json
mv named.json other.json
ends_with 0
said='the directory is of the job "sums", this is "totals"'
expect_equal "$(grep -cF "$said" run_err)" 1
expect_equal "$(grep -cF "$said" err)" 1

# why it is not the newest checkpoint is said once
sed 's/"gone"/"f3"/; s/60000/1000/' job.json >good.json
expect_code 0 "$WEIR" run --checkpoint=two good.json
cp -a two newer
cp -a two rotten
echo more >>two/checkpoints/3000/MANIFEST
for file in rotten/checkpoints/3000/state/MANIFEST-*; do # of as many bytes: only who opens the state sees it
    dd if=/dev/zero of=scratch bs=1 count="$(wc -c <$file)" 2>/dev/null
    mv scratch $file
done
for directory in two rotten; do
    for command in "plan good.json $directory" "stat $directory" "run --checkpoint=$directory good.json"; do
        # shellcheck disable=SC2086
        expect_code 0 "$WEIR" $command
        times=$(grep -c 'the checkpoint of 3000 ms cannot be used' err)
        [ "$times" = 1 ] || fail "$command says it $times times: $(cat err)"
        cat out err >said
        grep -Eq '(goes on|resumed) from (the checkpoint of )?2000 ms' said || fail "not from 2000 ms: $(cat said)"
    done
done

# a newer weir has written it: no start takes the one before, and nobody says that it would
printf '\002' | dd of=newer/checkpoints/3000/MANIFEST bs=1 seek=8 conv=notrunc 2>/dev/null
for command in 'run --checkpoint=newer good.json' 'plan good.json newer' 'stat newer'; do
    # shellcheck disable=SC2086
    expect_code 3 "$WEIR" $command
    cat out err >said
    expect_text said '/3000/MANIFEST has format version 2'
    expect_no_text said 'the one before'
    expect_no_text said 'goes on from'
done
finish
