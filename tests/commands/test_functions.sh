#!/bin/sh
# weir functions: all kinds, one kind, by the name of an operation, as JSON.
. "$WEIR_SOURCE/tests/commands/lib.sh"

expect_code 0 "$WEIR" functions
expect_empty err
for name in identity split_ws pair_with_one sum to_list distinct parse_csv_kv; do
    grep -Eq "^[a-zA-Z]+ +$name( |\$)" out || fail "no function $name"
done

expect_code 0 "$WEIR" functions reduce
expect_equal "$(awk '{print $1}' out | sort -u)" reduce
grep -Eq '^reduce +sum ' out || fail 'no reduce sum'
cp out reduces
expect_code 0 "$WEIR" functions reduceByKey
cmp out reduces || fail 'reduceByKey takes other functions than reduce'

"$WEIR" functions >all
expect_code 0 "$WEIR" functions --json
expect_equal "$(wc -l <out)" "$(wc -l <all)"
expect_equal "$(grep -Evc '^\{"v":1,"kind":"[a-zA-Z]+","name":"[a-z_0-9]+","flags":\[' out)" 0
grep -F '"name":"sum"' out | grep -qF '"commutative"' || fail 'sum is not commutative'

"$WEIR" functions | head -n 1 >/dev/null || fail 'functions into head'
finish
