#!/bin/sh
# Help, version, and command lines that are wrong: exit code 2, one message, nothing on stdout.
. "$WEIR_SOURCE/tests/commands/lib.sh"

for command in '' run check functions sources sinks plan stat dump verify checkpoint; do
    # shellcheck disable=SC2086  # none is no argument
    expect_code 0 "$WEIR" $command --help
    expect_empty err
    expect_equal "$(head -n 1 out)" 'Examples:'
    expect_text out "weir ${command:-run}"
done
expect_code 0 "$WEIR" help --help
expect_text out 'Usage: weir COMMAND'
expect_code 0 "$WEIR" help run
expect_text out '--progress=MODE'
for option in master batch-ms partitions memory stop-timeout-ms; do expect_text out "--$option="; done
expect_code 0 "$WEIR" --help
expect_text out 'show its state, panes, checkpoints'
for code in 0 1 2 3 4 5 6 130; do grep -q "^  $code  " out || fail "exit code $code is not in --help"; done
expect_code 0 "$WEIR" --version
grep -Eq '^weir [0-9]+\.[0-9]+\.[0-9]+$' out || fail "--version: $(cat out)"

# wrong TEXT ARGUMENT...
wrong()
{
    text=$1
    shift
    expect_code 2 "$WEIR" "$@"
    expect_empty out
    expect_text err "$text"
    expect_text err 'Try `weir'
}
: >a.json
wrong 'which command?'
wrong 'there is no command "rnu"; did you mean "run"?' rnu job.json
wrong 'there is no command "a.json"; `weir run JOB` runs a job' a.json
wrong 'there is no option "--verison"' --verison
wrong 'there is no command "x"' help x
wrong 'which job?' run
wrong 'which job? Give it behind the options and their values' run --checkpoint job.json
wrong 'which job?' check
wrong 'which job, and which directory?' plan job.json
wrong 'which directory?' stat
wrong 'which directory?' verify
wrong 'dump what, of which directory?' dump state
wrong 'weir run does not take "b" as well' run a b
wrong 'weir run has no option "--bach-ms"; did you mean "--batch-ms"?' run --bach-ms=3 a
wrong 'the option "--batch-ms" needs a value' run a --batch-ms
wrong '--batch-ms is "0.5"; give a whole number' run --batch-ms 0.5 a
wrong '--master is "yarn"; give local' run --master=yarn a
wrong '--progress is "much"; give auto, line, json or none' run --progress=much a
wrong 'no kind of function is called "mapp"; did you mean "map"?' functions mapp
wrong 'no kind of function is called "pair_with_one"; it is a function for map' functions pair_with_one
wrong 'no kind of function is called "x"; the kinds are map, flatMap, ' functions x
expect_text err ', foreachRDD, foreachPartition'

expect_code 2 "$WEIR" run missing.json
expect_text err 'missing.json: cannot read the job: No such file or directory'
expect_code 2 "$WEIR" check .
expect_text err '.: cannot read the job: Is a directory'
finish
