#!/bin/sh
# Where the streams and outputs of a job are defined: in its lineage, and in the error of a batch that fails; and that no
# call of C is without its macro.
. "$WEIR_SOURCE/tests/commands/lib.sh"

cat >job.json <<'JOB'
{"batch_ms":20,
 "sources":[{"id":"q","op":"queue","pushes":[[[1]],[[-1]]]}],
 "graph":[{"id":"é","op":"map","in":"q","fn":"identity"}, {"id":"m","op":"map","in":"é","fn":"fail_on_negative"}],
 "outputs":[
   {"op":"print","in":"m"}]}
JOB
expect_code 0 "$WEIR" check job.json
expect_text out 'job.json:2:13'
expect_text out '<- q  job.json:3:11'
expect_text out '<- é  job.json:3:59'
expect_text out '<- m  job.json:5:4'
expect_code 1 "$WEIR" run job.json
expect_text err 'output 0 (print, job.json:5:4): job.json:3:59: function fail_on_negative: '

for name in $(cat "$WEIR_SOURCE"/src/include/weir/*.h | tr '\n' ' ' |
    grep -oE 'WEIR_API (weir_stream \*weir_[a-z_]*\(|weir_status weir_[a-z_]*\(weir_stream \*in)' |
    grep -oE 'weir_[a-z_]*\(' | tr -d '('); do
    case $name in
    weir_cache | weir_persist | weir_checkpoint_every | weir_name | weir_name_output | weir_place_stream | weir_stream_slice) ;;
    *) grep -q "^#define $name(" "$WEIR_SOURCE/src/include/weir/places.h" || fail "weir/places.h lacks $name" ;;
    esac
done
finish
