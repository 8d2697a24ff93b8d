#!/bin/sh
# The runner of vectors must notice everything: each case of canary.json expects something wrong, of another kind, and
# has to fail for that very reason. And what the runner says and answers at the edges.
set -u
here="$WEIR_SOURCE/tests/conformance"
runner="$WEIR_BUILD/tests/conformance"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "$*"
    failures=$((failures + 1))
}

# canary OPTION...: each line expected is the beginning of the line that came.
canary()
{
    "$runner" "$@" "$here/canary.json" >"$work/all"
    [ $? -eq 1 ] || fail "canary $*: the exit code of failed cases is not 1"
    grep -v 'restarted after every batch$' "$work/all" >"$work/got"
    awk 'NR == FNR { expected[FNR] = $0; count = FNR; next }
         substr($0, 1, length(expected[FNR])) != expected[FNR] || FNR > count {
             print "canary: expected was: " expected[FNR]; print "canary: it says:       " $0; bad = 1 }
         END { if (FNR != count) { print "canary: " FNR " lines, expected were " count; bad = 1 }; exit bad }' \
        "$here/canary.expected" "$work/got" || fail "canary $*: a wrong expectation was not seen, or not for its reason"
    grep '^ok ' "$work/got" && fail "canary $*: a case passes"
}
canary
canary --restarts

# A restart that forgets all must be noticed in every case that is restarted.
"$runner" --forget "$WEIR_SOURCE"/tests/vectors/basic.json "$WEIR_SOURCE"/tests/vectors/print.json >"$work/got"
[ $? -eq 1 ] || fail 'the exit code of cases that forgot is not 1'
restarted=$(sed -n 's/ cases were restarted after every batch$//p' "$work/got")
[ "$restarted" -ge 36 ] || fail "$restarted cases were restarted only"
[ "$(grep -c '^FAIL ' "$work/got")" = "$restarted" ] || fail "forgotten, and not noticed: $(grep '^ok ' "$work/got")"

# check WHAT STATUS LAST-LINE WORD...
check()
{
    what=$1 status=$2 last=$3
    shift 3
    "$runner" "$@" >"$work/out" 2>"$work/err"
    [ $? -eq "$status" ] || fail "$what: the exit code is not $status"
    [ "$(tail -n 1 "$work/out")" = "$last" ] || fail "$what: the last line is: $(tail -n 1 "$work/out")"
}

check 'no such file' 1 '0 passed, 0 failed, 0 skipped' "$work/nothing.json"
[ -s "$work/err" ] || fail 'nothing is said about a file that is not there'
echo '{"format":"weir-conformance-1","cases":[]}' >"$work/empty.json"
check 'no case' 1 '0 passed, 0 failed, 0 skipped' "$work/empty.json"
echo '{"format":"another","cases":[]}' >"$work/format.json"
check 'another format' 1 '0 passed, 0 failed, 0 skipped' "$work/format.json"
echo '{"format":' >"$work/broken.json"
check 'no JSON' 1 '0 passed, 0 failed, 0 skipped' "$work/broken.json"

cat >"$work/kinds.json" <<'END'
{"format":"weir-conformance-1","spark":"3.5","cases":[
{"name":"fine","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[{"id":"a","op":"count","in":["s"]}],"outputs":["a"],"run_batches":1,
 "expected":{"a":[{"batch":1,"records":[1]}]}},
{"name":"same","quirk":true,"batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[{"id":"a","op":"count","in":["s"]}],"outputs":["a"],"run_batches":1,
 "expected":{"a":[{"batch":1,"records":[1]}]}},
{"name":"other","quirk":true,"batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[{"id":"a","op":"count","in":["s"]}],"outputs":["a"],"run_batches":1,
 "expected":{"a":[{"batch":1,"records":[2]}]}},
{"name":"later","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[{"id":"a","op":"telepathy","in":["s"]}],"outputs":["a"],"run_batches":1,"expected":{"a":[]}}]}
END
check 'the kinds of lines' 0 '1 passed, 0 failed, 3 skipped' "$work/kinds.json"
cat >"$work/kinds.expected" <<'END'
ok fine
quirk same: same
quirk other: differs
skip later: operator telepathy is not there yet
1 passed, 0 failed, 3 skipped
END
diff "$work/kinds.expected" "$work/out" || fail 'the lines are not as they should be'
check 'one operator' 0 '0 passed, 0 failed, 1 skipped' --only telepathy,map "$work/kinds.json"
check 'an operator that no case has' 1 '0 passed, 0 failed, 0 skipped' --only map "$work/kinds.json"
check 'no file' 2 '' --only map
check 'help' 0 "$("$runner" --help | tail -n 1)" --help

# What is saved beside a checkpoint directory, and the default of a queue, cut as a source cuts a batch.
cat >"$work/cuts.json" <<'END'
{"format":"weir-conformance-1","spark":"3.5","cases":[
{"name":"save","batch_ms":10,"checkpoint":true,"partitions":2,"sources":[{"id":"s","batches":[[1,2]]}],
 "graph":[],"outputs":["s"],"save":[{"in":"s","prefix":"p"}],"run_batches":1,
 "expected":{"s":[{"batch":1,"records":[1,2]}]},"expected_files":{"p-10":["1","2"]}},
{"name":"default","batch_ms":10,"partitions":3,
 "sources":[{"id":"s","kind":"queue","one_at_a_time":true,"pushes":[],"default":[1,2,3,4]}],
 "graph":[{"id":"a","op":"glom","in":["s"]}],"outputs":["a"],"compare":{"a":"ordered"},"run_batches":1,
 "expected":{"a":[{"batch":1,"records":[[1],[2],[3,4]]}]}}]}
END
check 'what is saved, and cut' 0 '2 passed, 0 failed, 0 skipped' "$work/cuts.json"

# A prefix with a directory in it; steps that recover, and that set a checkpoint interval: before the start it needs a
# directory, behind it it is too late.
cat >"$work/steps.json" <<'END'
{"format":"weir-conformance-1","spark":"3.5","cases":[
{"name":"deep","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1],[2]]}],
 "graph":[],"outputs":[],"save":[{"in":"s","prefix":"a/b/p"},{"in":"s","prefix":"a/q","suffix":"x"}],"run_batches":2,
 "expected_files":{"a/b/p-10":["1"],"a/b/p-20":["2"],"a/q-10.x":["1"],"a/q-20.x":["2"]}},
{"name":"recover","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1],[2],[3]]}],
 "graph":[],"outputs":["s"],"batches_with_output":3,"steps":[
 {"do":"create","raises":false},{"do":"set_checkpoint_dir","raises":false},{"do":"build","raises":false},
 {"do":"checkpoint_stream","raises":false},
 {"do":"start","raises":false},{"do":"advance","raises":false},{"do":"advance","raises":false},
 {"do":"checkpoint_stream","raises":true,"class":"java.lang.UnsupportedOperationException"},
 {"do":"stop","raises":false},{"do":"recover","raises":false},{"do":"start","raises":false},
 {"do":"get_state","raises":false,"state":"ACTIVE"},{"do":"advance","raises":false}]},
{"name":"nothing to recover","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[],"outputs":["s"],"batches_with_output":0,"steps":[
 {"do":"create","raises":false},{"do":"recover","raises":true}]},
{"name":"interval","batch_ms":10,"partitions":1,"sources":[{"id":"s","batches":[[1]]}],
 "graph":[],"outputs":["s"],"batches_with_output":0,"steps":[
 {"do":"create","raises":false},{"do":"build","raises":false},{"do":"checkpoint_stream","raises":false},
 {"do":"start","raises":true,"class":"java.lang.IllegalArgumentException"}]}]}
END
check 'steps that recover' 0 '4 passed, 0 failed, 0 skipped' "$work/steps.json"

[ "$failures" -eq 0 ]
