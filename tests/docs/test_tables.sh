#!/bin/sh
# Are the tables of docs/MANUAL.md those of the code, and is every operation of job files explained there?
#
#   WEIR_SOURCE=. WEIR_BUILD=build/release tests/docs/test_tables.sh --update    brings the tables up to date
#
# A table stands between the lines "<!-- table NAME -->" and "<!-- end -->"; tests/docs/tables.c prints it.
set -u
manual="$WEIR_SOURCE/docs/MANUAL.md"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for name in sources graph outputs functions options; do
    "$WEIR_BUILD/tests/docs/tables" $name >"$scratch/$name" || { echo "FAIL no table $name"; exit 1; }
done
awk -v from="$scratch" '
    /^<!-- end -->/ { inside = 0 }
    !inside { print }
    /^<!-- table / {
        inside = 1
        while ((getline line < (from "/" $3)) > 0) print line
    }' "$manual" >"$scratch/manual"
if [ "${1-}" = --update ]; then
    cp "$scratch/manual" "$manual"
    exit
fi
failures=0
diff "$manual" "$scratch/manual" || { echo 'FAIL: run it with --update'; failures=1; }

# Outside those tables each operation has a row of its own.
awk '/^<!-- end -->/ { inside = 0 } !inside { print } /^<!-- table / { inside = 1 }' "$manual" >"$scratch/rest"
sed -n 's/^| \(`[A-Za-z]*`\) |.*/\1/p' "$scratch/sources" "$scratch/graph" "$scratch/outputs" >"$scratch/ops"
[ -s "$scratch/ops" ] || { echo 'FAIL no operations'; exit 1; }
while read -r op; do
    grep -q "^| $op" "$scratch/rest" || { echo "FAIL $op is not explained"; failures=1; }
done <"$scratch/ops"
exit $failures
