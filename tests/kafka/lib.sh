# What the cases of tests/kafka share: run.sh gives WEIR, FEED, BROKER (tests/kafka/broker), BROKER_DIR and ADDR.
. "$WEIR_SOURCE/tests/commands/lib.sh"
# Whatever happens, no job outlives its case, and no broker stays stopped. By a file: within $() a shell has no jobs.
end_jobs()
{
    jobs -p >jobs
    while read -r job; do kill -9 "$job" 2>/dev/null; done <jobs
    read -r broker _ <"$BROKER_DIR/pid" && kill -CONT "$broker" 2>/dev/null
}
trap 'end_jobs; rm -rf "$work"' EXIT

feed() { timeout 60 "$FEED" "$ADDR" "$@" || fail "feed $*"; }

# start_job FILE [OPTION...]: runs it in the background; $run is its number; ./out and ./err what it writes.
start_job()
{
    : >out
    "$WEIR" run "$@" >out 2>err &
    run=$!
}

kill_job()
{
    kill -9 "$run"
    wait "$run" 2>/dev/null
}

# stop_job CODE: asks it to stop, and wants that exit code.
stop_job()
{
    kill -TERM "$run"
    wait "$run"
    code=$?
    [ "$code" = "$1" ] || fail "the job ended with $code, not $1; it said: $(cat err)"
}

# await_text FILE TEXT: at most two minutes.
await_text()
{
    left=1200
    until grep -qF -e "$2" "$1"; do
        left=$((left - 1))
        [ $left -gt 0 ] && kill -0 "$run" 2>/dev/null ||
            { fail "no \"$2\" in $1: $(tail -n 30 "$1") $(tail -n 5 err)"; finish; }
        sleep 0.1
    done
}

# The sum of all counts in the state of a directory that no job uses.
sum_of_state() { "$WEIR" dump state --json "$1" | sed -n 's/.*"value":\([0-9]*\),.*/\1/p' | awk '{ n += $1 } END { print n + 0 }'; }
keys_of_state() { "$WEIR" dump state --json "$1" | grep -c '"key"'; }

# await_total N: until the job prints that sum as a line of its own; at most two minutes.
await_total()
{
    left=1200
    until grep -qx "$1" out; do
        left=$((left - 1))
        [ $left -gt 0 ] && kill -0 "$run" 2>/dev/null ||
            { fail "the sum is not $1: $(tail -n 8 out) $(tail -n 8 err)"; finish; }
        sleep 0.1
    done
}

# counting_job DIRECTORY SOURCE-FIELDS [MORE-OUTPUTS]: sums the values of each key, and prints the sum of all.
counting_job()
{
    cat <<JOB
{"batch_ms":100,"checkpoint":"$1","checkpoint_ms":400,"master":"local[2]","partitions":4,
 "sources":[{"id":"in","brokers":"$ADDR","form":"pair",$2}],
 "graph":[{"id":"ints","op":"mapValues","in":["in"],"fn":"parse_int"},
          {"id":"counts","op":"mapWithState","in":["ints"],"fn":"sum_no_emit"},
          {"id":"all","op":"stateSnapshots","in":["counts"]},
          {"id":"sums","op":"map","in":["all"],"fn":"value"},
          {"id":"total","op":"reduce","in":["sums"],"fn":"sum"}],
 "outputs":[{"in":"total","op":"print"},{"in":"counts","op":"count"}${3-}]}
JOB
}
