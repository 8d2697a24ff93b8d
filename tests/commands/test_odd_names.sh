#!/bin/sh
# Names and paths that are not UTF-8: every command that writes JSON Lines writes all of its lines, with U+FFFD in place of
# the bytes that are none.
. "$WEIR_SOURCE/tests/commands/lib.sh"

odd=$(printf 'caf\351')
mended=$(printf 'caf\357\277\275')
if ! mkdir "$odd" 2>mkdir_err; then
    leave_out "no folder here can have such a name: $(cat mkdir_err)"
    finish
fi

# expect_json FILE: each line is an object. A job file has to be JSON, so the command itself tells, and knows no field of these.
expect_json()
{
    [ -s "$1" ] || fail "$1 is empty"
    while IFS= read -r line; do
        printf '%s\n' "$line" >line.json
        "$WEIR" check line.json >checked 2>&1 </dev/null
        grep -q "unknown field" checked || fail "$1: no object of JSON: $line: $(cat checked)"
    done <"$1"
}
# has COMMAND...: it ends with $expected_code, in JSON with the mended name.
has()
{
    expect_code "$expected_code" "$WEIR" "$@"
    expect_json out
    expect_text out "$mended"
}
printf '{"v":1,"name":"%s"}\n' "$odd" >wrong
"$WEIR" check wrong >checked 2>&1 # what expect_json stands on
expect_text checked 'not JSON'

cat >"$odd/job.c" <<'JOB'
#include "weir/weir.h"

#define ODD "caf\351"

weir_status weir_job_main(weir_context *context)
{
    static const char *const paths[] = {ODD "/1", ODD "/2", ODD "/3"};
    const weir_function *one = weir_find_function(WEIR_KIND_MAP, "pair_with_one");
    const weir_function *sum = weir_find_function(WEIR_KIND_UPDATE, "sum_update");
    const weir_function *reduce = weir_find_function(WEIR_KIND_REDUCE, "sum");
    weir_state_options state = {.name = ODD};
    weir_window_options window = {.name = ODD "s"};
    weir_stream *pairs = weir_map(weir_text_files(context, paths, 3), one, weir_null());
    weir_stream *counts = weir_update_state_by_key(pairs, sum, weir_null(), &state);
    weir_stream *recent = weir_reduce_by_key_and_window(pairs, reduce, NULL, weir_null(), 2000,
                                                        1000, &window);
    weir_name(counts, ODD);
    weir_count_output(counts);
    weir_name_output(counts, ODD);
    weir_count_output(recent);
    weir_save_as_text_files(recent, ODD "/out", ODD);
    return weir_error(context);
}
JOB
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -I"$WEIR_SOURCE/src/include" "$odd/job.c" -o "$odd/$odd.so" ||
    fail 'job.c does not compile'
for i in 1 2 3; do printf 'a %s\nb\n' $i >"$odd/$i"; done
dir=$odd/dir
job=./$odd/$odd.so
expect_code 0 "$WEIR" run --batch-ms=1000 --checkpoint="$dir" --progress=json "$job"
expect_json err

expected_code=0
has stat --json "$dir"
expect_text out "\"name\":\"$mended\""
expect_text out "\"space\":\"$mended\""
expect_text out "\"space\":\"${mended}s\""
has plan --json "$job" "$dir"
for what in lineage checkpoints state panes; do has dump "$what" --json "$dir"; done
for what in batches log; do
    expect_code 0 "$WEIR" dump "$what" --json "$dir"
    expect_json out
done

# the problems of such a place: in findings, in the lines of a checkpoint, in messages of a run
newest=$(ls "$dir/checkpoints" | sort -n | tail -n 1)
printf x >>"$dir/checkpoints/$newest/lineage"
expected_code=4
has verify --json "$dir"
has dump checkpoints --json "$dir"
expect_text out "$mended/dir/checkpoints"
expect_code 0 "$WEIR" run --batch-ms=1000 --checkpoint="$dir" --progress=json "$job"
expect_json err
expect_text err "$mended/dir/checkpoints"
rm -r "$dir"/checkpoints/*
expect_code 4 "$WEIR" stat --json "$dir"
expect_json out
expect_text out "$mended/dir"

# a job file of such a name
cat >job.json <<'JOB'
{"batch_ms":1000,"sources":[{"id":"lines","op":"textFiles","paths":["one"]}],"outputs":[{"in":"lines","op":"count"}]}
JOB
echo a >one
mv job.json "$odd.json"
expect_code 0 "$WEIR" run --checkpoint=other --progress=json "$odd.json"
expect_json err
expected_code=0
has stat --json other
has dump checkpoints --json other
finish
