#!/bin/sh
# Keys that come and go for three minutes: memory and disk stay as they are. Not their time: that is for a quiet machine.
set -u
bench="$WEIR_BUILD/bench/bench"
[ -x "$bench" ] || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$bench" soak --seconds 180 --json >"$work/results" || exit 1

# The number of a line of results, as an integer.
figure() { sed -n "s/.*\"what\":\"$1\".*\"median\":\([0-9]*\).*/\1/p" "$work/results"; }

# It moves between 26 and 44 MB, as allocators and files of the database come and go, also within an hour. Where other
# tests want the processors, what waits to be computed comes on top.
most_mb=96
for what in memory disk; do
    grep -q "\"what\":\"$what, last / second\".*\"met\":true" "$work/results" && continue
    [ "$what" = memory ] && [ "$(figure 'memory, last quarter')" -le "$most_mb" ] && continue
    echo "$what was not flat:" >&2
    grep "\"what\":\"$what" "$work/results" >&2
    exit 1
done
