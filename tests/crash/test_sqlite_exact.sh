#!/bin/sh
# Totals in SQLite stay exact: examples/sqlite_upsert is killed with -9 at random moments and started again until it has
# read all; then the table says what a program says that was never killed. The same without the ledger must be noticed.
set -u
example="$WEIR_BUILD/examples/sqlite_upsert"
[ -x "$example" ] || exit 77
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
failures=0

files=60
awk -v files=$files 'BEGIN { srand(5); for (f = 100; f < 100 + files; f++) for (i = 0; i < 40; i++)
    printf "name %d,%d\n", int(rand() * 25), int(rand() * 1000) >("in" f) }'
cat in* | LC_ALL=C awk -F, '{ sum[$1] += $2 } END { for (name in sum) print name "," sum[name] }' |
    LC_ALL=C sort >truth

# A number below N.
below()
{
    od -An -N2 -tu2 /dev/urandom | awk -v n="$1" '{ print $1 % n }'
}

# How long the example takes from its start to its end, here and now, if it is not held up: the moments of kills are
# within that.
measure()
{
    took_ms=''
    for _ in 1 2 3; do
        begun_ms=$(date +%s%3N)
        "$example" dir db in* >out 2>err || { echo "a whole run failed: $(cat err)"; exit 1; }
        this_ms=$(($(date +%s%3N) - begun_ms))
        if [ -z "$took_ms" ] || [ $this_ms -lt "$took_ms" ]; then took_ms=$this_ms; fi
        rm -rf dir db db-wal db-shm
    done
}

# One round: the job is killed up to 30 times, each time a little later at most.
kills=0
round()
{
    rm -rf dir db db-wal db-shm
    : >again
    times=0
    while [ $times -lt 30 ]; do
        times=$((times + 1))
        "$example" dir db in* >out 2>err &
        process=$!
        sleep "$(awk -v ms="$(below $((1 + took_ms / 4 + took_ms * times / 8)))" 'BEGIN { printf "%.3f", ms / 1000 }')"
        kill -9 $process 2>/dev/null
        wait $process 2>/dev/null
        code=$?
        grep 'there already' err >>again
        [ $code -eq 0 ] && break
        if [ $code -ne 137 ]; then
            echo "ended with $code: $(cat err)"
            failures=$((failures + 1))
            return
        fi
        kills=$((kills + 1))
    done
    "$example" dir db in* >out 2>err || echo "the last run failed: $(cat err)"
    grep 'there already' err >>again
    LC_ALL=C sort out >sorted
    if ! cmp -s sorted truth; then
        echo "after $times starts the totals are wrong:"
        diff sorted truth
        failures=$((failures + 1))
    fi
    echo "round: $times starts, $(wc -l <again) batches came again after they had been committed"
}

measure
for number in 1 2 3 4 5; do round; done
[ $kills -gt 0 ] || { echo "nothing was killed in the middle"; failures=$((failures + 1)); }
[ $failures -eq 0 ] || exit 1

# Whether a kill meets the moment that matters depends on the machine: rounds until one is noticed.
example="$WEIR_BUILD/tests/crash/sqlite_without_ledger"
measure
rounds=0
while [ $failures -eq 0 ] && [ $rounds -lt 20 ]; do
    round >canary.out
    rounds=$((rounds + 1))
done
grep -q 'the totals are wrong' canary.out && exit 0
echo "$rounds rounds without the ledger, and it was not noticed:"
cat canary.out
exit 1
