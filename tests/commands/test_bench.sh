#!/bin/sh
# Every benchmark runs, on tiny inputs, and finds what its ceiling finds.
set -u
bench="$WEIR_BUILD/bench/bench"
[ -x "$bench" ] || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$bench" --list >"$work/list" && "$bench" --help | grep -q 'bench all --quick' || exit 1
"$bench" all --quick --json >"$work/results" || exit 1
cut -d ' ' -f 1 "$work/list" | while read -r name; do
    case $name in kafka-*) continue ;; esac # tests/kafka/case_bench.sh has a broker for them
    grep -q "^{\"bench\":\"$name\",\"what\":\".*\"median\":[0-9]" "$work/results" && continue
    echo "bench $name reported nothing" >&2
    exit 1
done || exit 1

"$bench" no-such-bench 2>/dev/null
[ $? -eq 2 ] || { echo 'an unknown benchmark is no wrong command line' >&2; exit 1; }
