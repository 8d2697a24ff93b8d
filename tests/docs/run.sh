#!/bin/sh
# Compiles every C example and checks every job of the pages and public headers, and runs those that are whole:
# programs, and jobs, that read port 9999 are fed through a real socket and must count words.
# Named blocks ("```json words.json") become files side by side. There the commands of console blocks are run, and must
# print what the page shows; and each line "weir ..." of an sh block is run for some seconds, must end with 0, and
# finds words on port 9999.
# tests/CMakeLists.txt sets WEIR, WEIR_BUILD, WEIR_SOURCE and CC.
set -u
scratch="$WEIR_BUILD/docs"
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
flags="-std=c11 -Wall -Wextra -Wpedantic -Wno-unused-parameter -Werror -I$WEIR_SOURCE/src/include"
link="-L$WEIR_BUILD -lweir -Wl,-rpath,$WEIR_BUILD"
[ -n "${WEIR_SANITIZE-}" ] && flags="$flags -fsanitize=$WEIR_SANITIZE"
PATH="${WEIR%/*}:$PATH"
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
    : >output
    "$@" >output 2>errors </dev/null &
    counter=$!
    tries=0
    until grep -q '^(the,[0-9]*)$' output || [ $tries -eq 600 ] || ! kill -0 $counter 2>/dev/null; do
        sleep 0.1
        tries=$((tries + 1))
    done
    for process in $counter $feeder; do
        kill $process 2>/dev/null
        wait $process 2>/dev/null
    done
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
        timeout 120 ./program >output 2>&1 </dev/null || { cat output; fail "$1 fails"; }
    fi
}

check_job()
{
    job=$1
    name=$([ -f "${1%/*}/names" ] && sed -n "s/^${1##*/} //p" "${1%/*}/names")
    [ -n "$name" ] && job=${1%/*}/files/$name
    "$WEIR" check --volatile-state "$job" >output 2>&1 || { cat output; fail "weir check refuses $1"; return; }
    if grep -q 9999 "$job"; then
        start_feeder
        sed "s/9999/$(cat port)/" "$job" >"${job%/*}/.job.json"
        counts_words "$WEIR" run "${job%/*}/.job.json" || { cat output errors; fail "$1 does not count words"; }
    fi
}

check_example()
{
    examples=$((examples + 1))
    case $1 in
    *.text) ;;
    *.sh) check_commands "$1" ;;
    *.console) check_console "$1" ;;
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
            "$WEIR" check --volatile-state "$1.so" >output 2>&1 || { cat output; fail "weir check refuses $1"; }
        fi
        ;;
    esac
}

# The named blocks of a page as files; C ones compiled too, to X or, without main, to X.so.
make_files()
{
    mkdir -p "$1/files" "$1/live"
    [ -f "$1/names" ] || return
    while read -r block name; do
        cp "$1/$block" "$1/files/$name"
        case $name in
        *.c)
            how='-shared -fPIC' to=${name%.c}.so
            if grep -q 'int main(' "$1/$block"; then how='' to=${name%.c}; fi
            # shellcheck disable=SC2086
            $CC $flags $how "$1/files/$name" -o "$1/files/$to" $link -lpthread
            ;;
        esac
    done <"$1/names"
}

# Does a console block print what it shows?
check_console()
{
    rm -rf console
    mkdir -p console
    awk -v to=console -f "$WEIR_SOURCE/tests/docs/console.awk" "$1"
    out=$PWD/console
    (cd "${1%/*}/files" && out=$out timeout 300 sh "$out/script") || echo "a command ended with $?"
    i=0
    while [ $((i += 1)) -le "$(cat console/count)" ]; do
        if [ -f console/$i.cut ]; then
            head -n "$(wc -l <console/$i.expected)" console/$i.out >console/$i.head
            mv console/$i.head console/$i.out
        fi
        diff console/$i.expected console/$i.out || fail "$1: command $i prints something else"
    done
}

# Runs each weir command of an sh block; the others are left to the reader.
check_commands()
{
    grep '^weir ' "$1" >commands
    while read -r line; do
        for seconds in 3 30; do # 130: the signal came before weir listened for it
            cp "${1%/*}/files"/* "${1%/*}/live/" 2>/dev/null
            start_feeder
            sed -i "s/9999/$(cat port)/" "${1%/*}"/live/*.json
            (cd "${1%/*}/live" &&
                timeout --preserve-status -s INT $seconds sh -c "exec $line" >../../output 2>../../errors </dev/null)
            status=$?
            kill $feeder 2>/dev/null
            wait $feeder 2>/dev/null
            [ $status -eq 130 ] || break
        done
        [ $status -eq 0 ] || { cat output errors; fail "$1: \`$line\` ends with $status"; }
    done <commands
}

for page in "$WEIR_SOURCE"/*.md "$WEIR_SOURCE"/docs/*.md "$WEIR_SOURCE"/src/include/weir/*.h; do
    place=${page##*/}
    mkdir -p "$place"
    awk -v to="$place" -f "$WEIR_SOURCE/tests/docs/extract.awk" "$page"
    make_files "$place"
    for example in "$place"/*.*; do
        [ -f "$example" ] || continue
        echo "== $example"
        check_example "$example"
    done
done
echo "$examples examples, $failures failures"
[ "$examples" -gt 0 ] && [ "$failures" -eq 0 ]
