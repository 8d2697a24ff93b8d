#!/bin/sh
# "filter" of a job's directory: which files it takes, where it is shown, what it must be, and that a checkpoint has it.
. "$WEIR_SOURCE/tests/commands/lib.sh"
mkdir in
printf 'one\n' >in/a.csv
printf 'two\n' >in/a.txt

# job FIELDS: counts the lines of what the directory gives.
job()
{
    echo '{"batch_ms":20,"sources":[{"id":"l","op":"textFileStream","directory":"in","newFilesOnly":false'"$1"',"minRemember_ms":3600000}],
"graph":[{"id":"m","op":"map","in":"l","fn":"pair_with_one"},
 {"id":"sums","op":"updateStateByKey","in":"m","fn":"sum_update","checkpoint_ms":40}],
"outputs":[{"in":"sums","op":"print"}]}' >job.json
}

printf 'half\n' >in/.b.csv # being written

job ',"filter":"matches_glob","filter_arg":"*.csv"'
expect_code 0 "$WEIR" check --volatile-state job.json
expect_text out 'in, filter matches_glob("*.csv")'
expect_text out 'sum_update, checkpoint every 40 ms'

"$WEIR" run --checkpoint=dir job.json >printed 2>err &
run=$!
wait_for grep -q one printed
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_no_text printed two
expect_no_text printed half
expect_code 0 "$WEIR" dump lineage dir
expect_text out 'in, filter matches_glob(*.csv)'
expect_text out 'state "sums", checkpoint every 40 ms'
expect_code 0 "$WEIR" dump lineage --json dir
expect_text out '"filter":"matches_glob","filter_arg":"*.csv"'
expect_text out '"checkpoint_ms":40'

# A pattern that is none fails, and takes no file without a word.
job ',"filter":"matches_glob"'
expect_code 1 "$WEIR" run --volatile-state job.json
expect_text err 'matches_glob: its argument must be a pattern'
expect_text err 'job.json:1:27: textFileStream in'
expect_text err ', asked about in/'

# Another filter is no other source: the state goes on, and no file is taken again.
job ',"filter":"always"'
"$WEIR" run --checkpoint=dir job.json >printed 2>err &
run=$!
wait_for grep -qF '(two,1)' printed
kill -TERM "$run"
wait_for_end
expect_equal "$code" 0
expect_text printed '(one,1)'
expect_no_text printed '(one,2)'

# wrong FIELDS TEXT
wrong()
{
    job "$1"
    for command in check run; do
        expect_code 2 "$WEIR" $command --volatile-state job.json
        expect_text err "$2"
        expect_equal "$(wc -l <err)" 1
    done
}
wrong ',"filter":"matches_blob"' \
    'job.json:1:106: sources[0] "l": unknown function "matches_blob" for filter; did you mean "matches_glob"?'
wrong ',"filter":"split_ws"' 'unknown function "split_ws" for filter (it is a function for flatMap)'
wrong ',"filter":7' '"filter" is 7; it must be the name of a function'
wrong ',"filter_arg":"*.csv"' 'there is an argument for a filter, but no filter'
wrong ',"filters":"always"' 'unknown field "filters"; did you mean "filter"?'
finish
