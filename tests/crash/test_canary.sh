#!/bin/sh
# A log that loses what was acknowledged must be found out.
set -u
cd "$WEIR_BUILD/tests/crash" || exit 1
./kill9 --rounds 3 --canary >canary.out
code=$?
if [ $code -ne 1 ] || ! grep -q FAILED canary.out; then
    echo "kill9 --canary ended with $code; 1 was expected:"
    cat canary.out
    exit 1
fi
