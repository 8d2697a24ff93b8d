#!/bin/sh
# A file that may not be read fails its batch, named, whether it is on a list or in a directory.
. "$WEIR_SOURCE/tests/commands/lib.sh"

# Nothing is unreadable for root.
as=
if [ "$(id -u)" = 0 ]; then
    as='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 .
    $as test -x "$WEIR" 2>/dev/null || exit 77
fi

mkdir in
echo a >open
echo b >closed
echo c >in/closed
chmod 000 closed in/closed

cat >list.json <<'JOB'
{"batch_ms":20,"sources":[{"id":"l","op":"textFiles","paths":["open","closed"]}],"outputs":[{"in":"l","op":"print"}]}
JOB
expect_code 1 $as "$WEIR" run list.json
expect_equal "$(grep -c '^a$' out)" 1
expect_text err 'batch 40 ms, output 0 (print, list.json:1:93): closed: cannot open the file: Permission denied'

cat >directory.json <<'JOB'
{"batch_ms":20,"sources":[{"id":"l","op":"textFileStream","directory":"in","newFilesOnly":false}],
"outputs":[{"in":"l","op":"print"}]}
JOB
expect_code 1 $as "$WEIR" run directory.json
expect_text err 'output 0 (print, directory.json:2:12): in/closed: cannot open the file: Permission denied'
finish
