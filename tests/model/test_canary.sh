#!/bin/sh
# Each error that can be planted in the model must be found.
set -u
failures=0
for canary in 1 2 3 4 5 6 7; do
    "$WEIR_BUILD/tests/model" --canary $canary >/dev/null
    [ $? -eq 1 ] && continue
    echo "error $canary, planted in the model, was not found"
    failures=$((failures + 1))
done
[ "$failures" -eq 0 ]
