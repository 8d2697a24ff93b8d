#!/bin/sh
# Keys that come and go for minutes: memory and disk stay as they are. Not their time: that is for a quiet machine.
set -u
bench="$WEIR_BUILD/bench/bench"
[ -x "$bench" ] || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$bench" soak --seconds 150 --json >"$work/results" || exit 1
for what in memory disk; do
    grep -q "\"what\":\"$what, last / second\".*\"met\":true" "$work/results" && continue
    echo "$what was not flat:" >&2
    grep "\"what\":\"$what" "$work/results" >&2
    exit 1
done
