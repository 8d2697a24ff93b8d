#!/bin/sh
# Compiles every C example and checks every job of the pages and public headers, and runs those that are whole:
# programs, and jobs, that read port 9999 are fed through a real socket and must count words.
# tests/CMakeLists.txt sets WEIR, WEIR_BUILD, WEIR_SOURCE and CC.
set -u
scratch="$WEIR_BUILD/docs"
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
flags="-std=c11 -Wall -Wextra -Wpedantic -Wno-unused-parameter -Werror -I$WEIR_SOURCE/src/include"
link="-L$WEIR_BUILD -lweir -Wl,-rpath,$WEIR_BUILD"
examples=0
failures=0

fail()
{
    echo "FAIL $*"
    failures=$((failures + 1))
}

# A line server that sends words for three seconds to whoever connects; its port is in the file port.
start_feeder()
{
    rm -f port
    "$WEIR_BUILD/tools/demo-feeder" port 3 &
    feeder=$!
    until [ -f port ]; do
        kill -0 $feeder 2>/dev/null || return 1
        sleep 0.1
    done
}

# Does the command, which reads that port, print batches with those words?
counts_words()
{
    timeout -s INT 5 "$@" >output 2>errors </dev/null
    kill $feeder 2>/dev/null
    wait $feeder 2>/dev/null
    grep -q '^Time: ' output && grep -q '^(the,[0-9]*)$' output
}

check_program()
{
    if grep -q 9999 "$1"; then
        start_feeder
        sed "s/9999/$(cat port)/" "$1" >program.c
    else
        cp "$1" program.c
    fi
    # shellcheck disable=SC2086
    if ! $CC $flags program.c -o program $link; then
        fail "$1 does not compile"
    elif grep -q 9999 "$1"; then
        counts_words ./program || { cat output errors; fail "$1 does not count words"; }
    else
        timeout 20 ./program >output 2>&1 </dev/null || { cat output; fail "$1 fails"; }
    fi
}

check_job()
{
    "$WEIR" check "$1" >output 2>&1 || { cat output; fail "weir check refuses $1"; return; }
    if grep -q 9999 "$1"; then
        start_feeder
        sed "s/9999/$(cat port)/" "$1" >job.json
        counts_words "$WEIR" run job.json || { cat output errors; fail "$1 does not count words"; }
    fi
}

check_example()
{
    examples=$((examples + 1))
    case $1 in
    *.json)
        if grep -q '"sources"' "$1"; then check_job "$1"; fi
        ;;
    *)
        if grep -q 'int main(' "$1"; then
            check_program "$1"
            return
        fi
        { grep -q '#include <weir/' "$1" || echo '#include <weir/weir.h>'; cat "$1"; } >definitions.c
        # shellcheck disable=SC2086
        if ! $CC $flags -shared -fPIC definitions.c -o "$1.so" $link; then
            fail "$1 does not compile"
        elif grep -q weir_job_main "$1"; then
            "$WEIR" check "$1.so" >output 2>&1 || { cat output; fail "weir check refuses $1"; }
        fi
        ;;
    esac
}

for page in "$WEIR_SOURCE"/*.md "$WEIR_SOURCE"/docs/*.md "$WEIR_SOURCE"/src/include/weir/*.h; do
    place=${page##*/}
    mkdir -p "$place"
    awk -v to="$place" -f "$WEIR_SOURCE/tests/docs/extract.awk" "$page"
    for example in "$place"/*.*; do
        [ -f "$example" ] || continue
        echo "== $example"
        check_example "$example"
    done
done
echo "$examples examples, $failures failures"
[ "$examples" -gt 0 ] && [ "$failures" -eq 0 ]
