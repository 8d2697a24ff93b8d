#!/bin/sh
# Jobs and function libraries that are shared objects.
. "$WEIR_SOURCE/tests/commands/lib.sh"

build() { "${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -I"$WEIR_SOURCE/src/include" "$@" || fail "cannot build $*"; }

mkdir jobs
cat >jobs/mine.c <<'CODE'
#include <stdio.h>
#include "weir/weir.h"

static void add_arg(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                    weir_value *out_value)
{
    *out_key = key;
    *out_value = weir_int(weir_as_int(value) + weir_as_int(arg));
    if (weir_as_int(value) == 13) weir_fail("13 is bad luck");
}
WEIR_MAP(add_arg)

static weir_status say(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    weir_status status = weir_dataset_count(in, &count);
    if (status == WEIR_OK)
        printf("%lld: %llu\n", (long long)(time_ms + weir_as_int(arg)), (unsigned long long)count);
    return status;
}
WEIR_FOREACH(say)
CODE
build jobs/mine.c -o jobs/mine.so
printf '1\n2\n' >one
cat >jobs/mine.json <<'JOB'
{"library":["mine.so"],"sources":[{"id":"lines","op":"textFiles","paths":["one"]}],
 "graph":[{"id":"numbers","op":"map","in":"lines","fn":"parse_int"},
          {"id":"more","op":"map","in":"numbers","fn":"add_arg","arg":40}],
 "outputs":[{"in":"more","op":"print"},{"in":"more","op":"foreachRDD","fn":"say","arg":5}]}
JOB
expect_code 0 "$WEIR" run jobs/mine.json
expect_equal "$(tail -n +4 out | tr '\n' ' ')" '41 42  1005: 2 '
expect_code 0 "$WEIR" check jobs/mine.json
expect_text out 'add_arg(40)'

# a function that fails, fails its batch
printf '13\n' >one
expect_code 1 "$WEIR" run jobs/mine.json
expect_text err 'add_arg'
expect_text err '13 is bad luck'

# a name that is taken
cat >taken.c <<'CODE'
#include "weir/function.h"
static weir_value sum(weir_value a, weir_value b, weir_value arg) { (void)b, (void)arg; return a; }
WEIR_REDUCE(sum, 0)
CODE
build taken.c -o taken.so
sed 's/mine.so/..\/taken.so/' jobs/mine.json >jobs/taken.json
expect_code 2 "$WEIR" run jobs/taken.json
expect_text err 'jobs/taken.json:1:13: the shared object jobs/../taken.so: '
expect_text err 'another reduce function is registered as "sum"'

# a whole job in C
cat >job.c <<'CODE'
#include "weir/weir.h"
weir_status weir_job_main(weir_context *context)
{
    const char *paths[] = {"one"};
    weir_stream *lines = weir_text_files(context, paths, 1);
    weir_print(weir_map(lines, &weir_fn_parse_int, weir_null()), 10);
    return weir_error(context);
}
CODE
build job.c -o job.so
expect_code 0 "$WEIR" run job.so
expect_equal "$(tail -n +4 out | tr '\n' ' ')" '13  '
expect_code 0 "$WEIR" check ./job.so
expect_text out 'parse_int'
expect_text out ' job.c:5'
expect_text out ' job.c:6'
build -DWEIR_NO_PLACES job.c -o placeless.so
expect_code 0 "$WEIR" check ./placeless.so
expect_no_text out 'job.c'

# objects that are no jobs, and a job that does not build
expect_code 2 "$WEIR" run taken.so
expect_text err 'another reduce function'
build jobs/mine.c -o no_job.so
expect_code 2 "$WEIR" run no_job.so
expect_text err 'no_job.so is no job: it lacks'
sed 's/weir_print(.*/weir_print(weir_map(lines, NULL, weir_null()), 10);/' job.c >wrong.c
build wrong.c -o wrong.so
expect_code 2 "$WEIR" run wrong.so
expect_text err 'wrong.so: weir_job_main failed: map on'
printf '\177ELF' >broken.so
expect_code 2 "$WEIR" run broken.so
expect_text err 'cannot load the shared object'
finish
