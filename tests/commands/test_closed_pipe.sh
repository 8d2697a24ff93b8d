#!/bin/sh
# A reader of standard output that has gone ends the run quietly.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo "$endless_job" >endless.json
{
    timeout 20 "$WEIR" run endless.json 2>err
    echo $? >code
} | head -n 3 >out
expect_equal "$(cat code)" 0
expect_equal "$(wc -l <out)" 3
expect_empty err
finish
