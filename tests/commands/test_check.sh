#!/bin/sh
# weir check: draws right jobs, and names what is wrong with others, once.
. "$WEIR_SOURCE/tests/commands/lib.sh"

expect_code 0 "$WEIR" check "$WEIR_SOURCE/examples/word_count.json"
expect_empty err
expect_equal "$(awk '{print $1}' out | tr '\n' ' ')" 'lines words ones counts output '
expect_text out 'socketTextStream'
expect_text out 'localhost:9999'
expect_text out 'split_ws'
grep -Eq '^counts +reduceByKey .*<- ones  +.*word_count\.json:[0-9]+:[0-9]+$' out || fail 'no place of counts'

echo "$endless_job" >job.json
expect_code 0 "$WEIR" check job.json
"$WEIR" check - <job.json >from_stdin || fail 'check from standard input'
sed 's/job\.json:/standard input:/' out | cmp - from_stdin || fail 'the job from standard input looks otherwise'

for job in "$WEIR_SOURCE"/examples/*.json; do expect_code 0 "$WEIR" check --volatile-state "$job"; done

# wrong JOB TEXT: the job is refused by check and by run, with one line that has the text.
wrong()
{
    printf '%s\n' "$1" >wrong.json
    for command in check run; do
        expect_code 2 "$WEIR" $command wrong.json
        expect_empty out
        expect_text err "$2"
        expect_equal "$(wc -l <err)" 1
    done
}
wrong '{"sources":[,]}' 'wrong.json:1:13: not JSON: '
wrong '{"batch_ms":"fast"}' 'wrong.json:1:13: "batch_ms" must be a whole number'
wrong '{"sources":[{"id":"a","op":"queue"}],"outputs":[{"op":"print","in":"b"}]}' \
    'wrong.json:1:68: outputs[0]: unknown input "b"'
wrong '{"sources":[{"id":"a","op":"queue"}],
"graph":[{"id":"counts","op":"reduceByKey","in":["a"],"fn":"summ"}],
"outputs":[{"op":"print","in":"counts"}]}' \
    'wrong.json:2:60: graph[0] "counts": unknown function "summ" for reduceByKey; did you mean "sum"?'
wrong '{"library":["./gone.so"],"sources":[{"id":"a","op":"queue"}],"outputs":[{"op":"print","in":"a"}]}' \
    'wrong.json:1:13: cannot load the shared object: ./gone.so'
wrong '{"sources":[{"id":"a","op":"queue"}],
"graph":[{"id":"counts","op":"updateStateByKey","in":["a"],"fn":"sum_update"}],
"outputs":[{"op":"print","in":"counts"}]}' 'counts (updateStateByKey) keeps state and needs a checkpoint directory'
sed 's/"queue"/"textFileStream","directory":"."/' wrong.json >lasts.json
expect_code 0 "$WEIR" check --checkpoint=dir lasts.json
expect_code 2 "$WEIR" check --checkpoint=dir wrong.json
expect_text err "queueStream doesn't support checkpointing"
[ ! -e dir ] || fail 'weir check made the directory'
# a name from outside cannot send commands to the terminal
wrong '{"\u001b[31mred":1}' 'unknown field " [31mred"'
finish
