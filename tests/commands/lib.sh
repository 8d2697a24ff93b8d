# What the tests of the command share. WEIR is the command; each test works in a folder of its own.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail()
{
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# expect_code CODE COMMAND...: runs it, keeps what it writes in ./out and ./err.
expect_code()
{
    expected=$1
    shift
    "$@" >out 2>err </dev/null
    code=$?
    [ "$code" = "$expected" ] || fail "$*: exit code $code, not $expected; it said: $(cat err)"
}

# expect_text FILE TEXT: the file has a line with that text.
expect_text() { grep -qF -e "$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"; }
expect_no_text() { if grep -qF -e "$2" "$1"; then fail "\"$2\" in $1: $(cat "$1")"; fi; }
expect_empty() { [ ! -s "$1" ] || fail "$1 is not empty: $(cat "$1")"; }
expect_equal() { [ "$1" = "$2" ] || fail "\"$1\" is not \"$2\""; }

# wait_for COMMAND...: until it succeeds, at most 20 s.
wait_for()
{
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 400 ] || { fail "waited in vain for: $*"; return 1; }
        sleep 0.05
    done
}

finish()
{
    [ "$failures" = 0 ] || exit 1
    exit 0
}

# A job that runs for ever: each batch has one record.
endless_job='{"batch_ms":20,"master":"local[1]","sources":[{"id":"q","op":"queue","default":[7]}],
"graph":[{"id":"m","op":"map","in":"q","fn":"identity"}],
"outputs":[{"in":"m","op":"print"},{"in":"m","op":"count"}]}'
