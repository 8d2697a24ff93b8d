#!/bin/sh
# Errors that are planted must be found: by kill9 a log that loses what was acknowledged; by the simulator each of its
# own, once by what is checked on the way, once by what came of it; by damage a key that is another, and a refusal
# without a word.
set -u
cd "$WEIR_BUILD/tests/crash" || exit 1
failures=0

# Whether a kill meets what is lost depends on the moment, and on how fast the machine is.
code=0
seed=1
while [ $code -eq 0 ] && [ $seed -lt 2000 ]; do
    ./kill9 --rounds 3 --seed $seed --canary >canary.out
    code=$?
    seed=$((seed + 100))
done
if [ $code -ne 1 ] || ! grep -q FAILED canary.out; then
    echo "kill9 --canary ended with $code; 1 was expected:"
    cat canary.out
    failures=1
fi

for name in $(./simulate --break 2>&1 | sed -n 's/^NAME: //p'); do
    # The first takes the journal from under the runner, which the thread sanitizer rightly refuses; with it nobody
    # takes turns, which the others need.
    case "$name ${WEIR_SANITIZE:-}" in forgotten-done*thread* | lost-signal*thread* | late-sync*thread*) continue ;; esac
    for how in "" --outcome; do
        ./simulate --runs 1000 --break "$name" $how >canary.out && continue
        echo "simulate --break $name $how did not find it:"
        cat canary.out
        failures=$((failures + 1))
    done
done

# With a sanitizer these take many minutes, and say nothing else: the checker is the same.
if grep -q -e __tsan_init -e __asan_init damage; then
    [ "$failures" -eq 0 ]
    exit
fi

# Each seed tries other files and other ways; one in seven meets the log in a way that loses something.
while read -r name what; do
    : >canary.out
    seed=1
    until [ $seed -gt 150 ] || grep -q ": $what\$" canary.out; do
        ./damage --every 12 --seed $seed --canary "$name" >canary.out
        code=$?
        seed=$((seed + 1))
    done
    if [ $code -ne 1 ] || ! grep -q ": $what\$" canary.out; then
        echo "damage --canary $name ended with $code; 1 was expected, and \"$what\":"
        cat canary.out
        failures=$((failures + 1))
    fi
done <<'END'
key the state is wrong
key something is lost, unsaid
mute refused without a reason
END
[ "$failures" -eq 0 ]
