#!/bin/sh
# A seed of the simulator is the same run each time, call by call: among many or alone, at other addresses, on one
# processor or any. With threads of the machine's it is not, or this could not tell.
set -u
cd "$WEIR_BUILD/tests/crash" || exit 1
if grep -q __tsan_init simulate; then
    echo "with the thread sanitizer the simulator takes no turns"
    exit 77
fi
RUNS=300 ALONE=25
[ -n "${WEIR_SANITIZE:-}" ] && RUNS=60 ALONE=8
FIRST=$(($(date +%s) * 1000)) # others each time
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT

# What seeds did, by what they say and by their calls on the disk.
calls() { # file simulate...
    to=$1
    shift
    "$@" >/dev/null 2>"$directory/$to.all"
    grep -e '^seed' -e '^life' -e ' call ' -e digest "$directory/$to.all" >"$directory/$to"
}

is_same() { # what a b
    if [ ! -s "$directory/$2" ] || ! cmp -s "$directory/$2" "$directory/$3"; then
        echo "not the same twice, $1 (from seed $FIRST):"
        diff "$directory/$2" "$directory/$3" | head -n 20
        exit 1
    fi
}

calls once ./simulate --seed $FIRST --runs $RUNS --verbose
calls twice nice taskset -c "$(taskset -pc $$ | sed 's/.*[:,-] *//')" ./simulate --seed $FIRST --runs $RUNS --verbose
is_same "all messages" once.all twice.all
is_same "all calls" once twice

calls many ./simulate --seed $FIRST --runs $ALONE --verbose
: >"$directory/alone"
seed=$FIRST
while [ $seed -lt $((FIRST + ALONE)) ]; do
    calls one ./simulate --seed $seed --verbose
    cat "$directory/one" >>"$directory/alone"
    seed=$((seed + 1))
done
is_same "alone and among others" many alone

calls once ./simulate --seed $FIRST --runs $RUNS --verbose --threads
calls twice ./simulate --seed $FIRST --runs $RUNS --verbose --threads
if cmp -s "$directory/once" "$directory/twice"; then
    echo "with threads of the machine's it is the same twice: nothing was compared"
    exit 1
fi
