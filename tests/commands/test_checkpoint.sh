#!/bin/sh
# weir run --checkpoint: goes on where it stopped; a finished job; longer and other lists; changed jobs; what is refused.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for i in 1 2 3 4; do printf 'to be or not to be\nf%s\n' $i >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[2]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"mapWithState","in":["ones"],"fn":"running_count_emit"},
          {"id":"all","op":"stateSnapshots","in":["counts"]},
          {"id":"sorted","op":"transform","in":["all"],"fn":"sort_by_key"}],
 "outputs":[{"in":"sorted","op":"print","num":20}]}
JOB
sed 's/"f3"/"f3","f4"/' job.json >longer.json
sed 's/"f1",//' job.json >other.json
sed 's/running_count_emit/running_sum_emit/' job.json >changed.json
sed 's/"id":"counts"/"id":"counts","name":"tally"/' job.json >renamed.json

# without a directory it is refused, or loses its state on purpose
expect_code 2 "$WEIR" run job.json
expect_text err 'needs a checkpoint directory'
expect_text err '`--volatile-state`'

# a directory that cannot be one
: >taken
for dir in taken taken/below; do
    expect_code 6 "$WEIR" run --checkpoint=$dir job.json
    expect_text err "$dir is in the way: it, or what it is to be in, is no directory"
done
[ -f taken ] && [ ! -s taken ] || fail 'a file that was in the way is not as it was'
expect_code 0 "$WEIR" run --volatile-state job.json
expect_text out '(to,6)'

expect_code 0 "$WEIR" run --progress=json --checkpoint=dir job.json
expect_text out '(to,6)'
expect_text err '"event":"summary"'
grep -q '"checkpoints":[1-9]' err || fail "no checkpoints: $(cat err)"
expect_equal "$("$WEIR" dump state --json dir | wc -l)" 7

# it was finished
expect_code 0 "$WEIR" run --checkpoint=dir job.json
expect_empty out
expect_text err 'this job has finished before'
expect_code 0 "$WEIR" run --progress=json --checkpoint=dir job.json
expect_text err '"finished":true'

# a longer list goes on, another one is refused; the plan says so beforehand
expect_code 0 "$WEIR" plan longer.json dir
expect_code 3 "$WEIR" plan other.json dir
expect_text out 'changed, refused'
expect_code 3 "$WEIR" run --checkpoint=dir other.json
expect_text err 'the first 3 files are not those that were read before'
expect_code 0 "$WEIR" run --checkpoint=dir longer.json
expect_text err 'resumed from the checkpoint of 3000 ms'
expect_equal "$(grep -c '^Time:' out)" 1
expect_text out '(to,8)'
expect_text out '(f1,1)'

# another function, another name: refused, unless the state is given up
for job in changed renamed; do
    sed -i 's/"f3"/"f3","f4"/' $job.json
    expect_code 3 "$WEIR" plan $job.json dir
    expect_text err 'would be refused'
    expect_code 3 "$WEIR" run --checkpoint=dir $job.json
    expect_text err 'the state "counts" does not fit the program'
    expect_text err 'give the state up with --drop-state=counts'
done
expect_code 3 "$WEIR" plan changed.json dir
expect_text out 'its function was "running_count_emit", it is "running_sum_emit"'
expect_code 3 "$WEIR" plan renamed.json dir
grep -q '^state *counts *gone, refused' out || fail "not gone: $(cat out)"
grep -q '^state *tally *new' out || fail "not new: $(cat out)"
expect_code 0 "$WEIR" plan --drop-state=counts renamed.json dir
grep -q '^state *counts *dropped' out || fail "not dropped: $(cat out)"
expect_code 2 "$WEIR" plan --drop-state=other renamed.json dir
expect_code 0 "$WEIR" plan --ignore-state --json changed.json dir
expect_text out '"verdict":"dropped"'
cp -a dir copy
sed -i 's/"f4"/"f4","f1"/' renamed.json
expect_code 0 "$WEIR" run --checkpoint=copy --drop-state=counts renamed.json
expect_text out '(be,2)'
expect_equal "$("$WEIR" dump state --json copy | grep -c '"space":"tally"')" 5
expect_equal "$("$WEIR" dump state --json copy | wc -l)" 5

# once from an older checkpoint: its last batch is computed again
rm -rf copy
cp -a dir copy
expect_code 2 "$WEIR" run --checkpoint=copy --from=17 longer.json
expect_text err 'has no checkpoint of 17 ms'
expect_code 0 "$WEIR" run --checkpoint=copy --from=3000 longer.json
expect_equal "$("$WEIR" dump state --json copy)" "$("$WEIR" dump state --json dir)"

# what is part of the meaning stays
expect_code 0 "$WEIR" run --checkpoint=dir --partitions=5 longer.json
expect_text err 'partitions stay 2'

# a source that cannot last
cat >queue.json <<'JOB'
{"sources":[{"id":"q","op":"queue","default":[1]}],"outputs":[{"in":"q","op":"count"}]}
JOB
expect_code 2 "$WEIR" run --checkpoint=queued queue.json
expect_text err "doesn't support checkpointing"

# directories that will not do
: >file
expect_code 6 "$WEIR" run --checkpoint=file/dir job.json
expect_text err 'file/dir'
mkdir lost
cp -a dir/log lost
expect_code 4 "$WEIR" run --checkpoint=lost job.json
expect_text err 'has a log but no checkpoint'
expect_code 4 "$WEIR" verify lost
rm -rf copy
cp -a dir copy
for manifest in copy/checkpoints/*/MANIFEST; do printf '\377' | dd of="$manifest" bs=1 seek=8 conv=notrunc 2>dd; done
expect_code 3 "$WEIR" run --checkpoint=copy longer.json
expect_text err 'use a newer weir'
expect_code 3 "$WEIR" dump state copy
expect_text err 'use a newer weir'
rm -rf copy

# a job built from C
cat >job.c <<'JOB'
#include <weir/weir.h>
weir_status weir_job_main(weir_context *context)
{
    const char *const paths[] = {"f1", "f2"};
    weir_stream *words = weir_flat_map(weir_text_files(context, paths, 2), &weir_fn_split_ws, weir_null());
    weir_stream *ones = weir_map(words, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.name = "tally"};
    return weir_print(weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options), 10);
}
JOB
${CC:-cc} -std=c11 -shared -fPIC -I"$WEIR_SOURCE/src/include" ${WEIR_SANITIZE:+-fsanitize="$WEIR_SANITIZE"} job.c -o job.so ||
    fail 'the job does not compile'
expect_code 0 "$WEIR" run --checkpoint=built ./job.so
expect_code 0 "$WEIR" dump state --space=tally --prefix=be built
expect_text out 'be'
expect_text out ' 4 '
expect_code 0 "$WEIR" run --checkpoint=built ./job.so
expect_text err 'finished before'

# options with a wrong value
expect_code 2 "$WEIR" run --down-batches=some job.json
expect_text err '--down-batches is "some"; give all or skip'
expect_code 2 "$WEIR" run --missing-files=no job.json
expect_code 2 "$WEIR" run --skip-batch=x job.json
expect_code 2 "$WEIR" run --keep=1 job.json
expect_code 2 "$WEIR" run --log-compress=perhaps job.json
expect_text err 'give yes or no'
expect_code 2 "$WEIR" run --checkpoint=odd --checkpoint-ms=1500 job.json
expect_text err 'a multiple of the batch interval'
finish
