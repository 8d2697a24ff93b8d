#!/bin/sh
# Installs weir to a scratch prefix, moves that elsewhere, and uses it as others would: with pkg-config, with CMake's
# find_package, and with `weir run` of a job that knows nothing but the prefix. tests/CMakeLists.txt sets WEIR_BUILD
# and WEIR_SOURCE.
set -eu
scratch="$WEIR_BUILD/packaging"
here="$WEIR_SOURCE/tests/packaging"
prefix="$scratch/moved"
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail()
{
    echo "packaging: $*" >&2
    exit 1
}

# `program` printed the frame, the doubled numbers, and an empty second batch.
check_program()
{
    echo "== $*"
    "$@" >output
    cat output
    grep -qx 6 output || fail "$1 did not print 6"
    grep -qx 8 output || fail "$1 did not print 8"
    [ "$(grep -c '^Time: ' output)" = 2 ] || fail "$1 did not print two batches"
}

cmake --install "$WEIR_BUILD" --prefix "$scratch/first" >install.log
mv first moved

config=$(find "$prefix" -name weir.pc)
[ -n "$config" ] || fail 'weir.pc was not installed'
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir weir)
grep -rl "$WEIR_SOURCE" "$libdir/cmake" "$libdir/pkgconfig" && fail 'an installed file names the source tree'

echo '== pkg-config'
strict='-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
# shellcheck disable=SC2046,SC2086  # flags are words
{
    $CC $strict "$here/program.c" -o program_shared $(pkg-config --cflags --libs weir) -Wl,-rpath,"$libdir"
    $CC $strict "$here/program.c" -o program_static $(pkg-config --cflags --static weir) "$libdir/libweir.a" \
        $(pkg-config --static --libs weir | sed 's/-lweir//')
    $CC $strict -shared -fPIC "$here/job.c" -o job.so $(pkg-config --cflags --libs weir)
}
check_program ./program_shared
check_program ./program_static
if [ -f "$libdir/pkgconfig/weir-sqlite.pc" ]; then
    # shellcheck disable=SC2046,SC2086
    $CC $strict "$WEIR_SOURCE/examples/sqlite_upsert.c" -o totals $(pkg-config --cflags --libs weir-sqlite) \
        -Wl,-rpath,"$libdir"
    echo 'one,1' >one
    [ "$(./totals totals_dir totals.db one)" = one,1 ] || fail 'the ledger for SQLite does not work'
    ldd "$libdir/libweir.so" | grep -q sqlite && fail 'libweir.so links SQLite'
fi
nm -D "$libdir/libweir.so" | awk '$2 == "T" && $3 !~ /^weir_/ { print; bad = 1 } END { exit bad }' ||
    fail 'libweir.so shows symbols that are not public'
if command -v c++ >/dev/null; then
    # shellcheck disable=SC2046
    echo '#include <weir/weir.h>' | c++ -fsyntax-only -x c++ -Wall -Wextra -Werror $(pkg-config --cflags weir) -
fi

echo '== find_package'
cmake -S "$here/find_package" -B user -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" >user.log
cmake --build user >>user.log || { cat user.log; fail 'the CMake project does not build'; }
check_program user/program_shared
check_program user/program_static

echo '== weir run'
echo 'the longest of these words' >words.txt
for job in ./job.so user/libjob.so; do
    "$prefix/bin/weir" run --batch-ms=1000 "$job" >output
    cat output
    grep -qx longest output || fail "weir run $job did not print the longest word"
done
