#!/bin/sh
# A file that the system says is empty is read to its end all the same.
. "$WEIR_SOURCE/tests/commands/lib.sh"
[ -r /proc/version ] && [ "$(stat -c %s /proc/version)" = 0 ] || exit 77
echo '{"batch_ms":1000,"sources":[{"id":"l","op":"textFiles","paths":["/proc/version","/dev/null"]}],
"outputs":[{"op":"print","in":"l"}]}' >job.json
expect_code 1 "$WEIR" run job.json
expect_text out "$(cat /proc/version)"
expect_text err '/dev/null is not a regular file'
finish
