#!/bin/sh
# A directory whose path is longer than a file's name may be keeps state as any; one that leaves no room is refused.
. "$WEIR_SOURCE/tests/commands/lib.sh"

part=$(printf '%0199d' 7)
long=$part/$part/$part
[ ${#long} = 599 ] || fail "it has ${#long} bytes"
for i in 1 2 3; do printf 'to be or not to be\nf%s\n' $i >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":1000,"master":"local[2]","partitions":2,
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"recent","op":"reduceByKeyAndWindow","in":["ones"],"fn":"sum","window_ms":2000},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"print","num":20},{"in":"recent","op":"count"}]}
JOB
sed 's/"f2"/"f2","f3"/' job.json >longer.json

# by a path from the root, and from where it is started
for dir in "$work/$long" "$long"; do
    rm -rf "$part"
    expect_code 0 "$WEIR" run --checkpoint="$dir" job.json
    expect_text out '(to,4)'
    expect_empty err
    expect_code 0 "$WEIR" run --checkpoint="$dir" longer.json
    expect_text out '(to,6)'
    expect_text err 'resumed from the checkpoint of 2000 ms'
    expect_code 0 "$WEIR" verify "$dir"
    expect_code 0 "$WEIR" stat "$dir"
    expect_code 0 "$WEIR" dump panes "$dir"
    expect_equal "$("$WEIR" dump state --prefix=be --json "$dir" | sed 's/.*"value":\([0-9]*\),.*/\1/')" 6
    [ -z "$(find "$dir" -name '*LOG*')" ] || fail "the log of the database is on the disk: $(find "$dir" -name '*LOG*')"
done

# damage is told by the names that the user knows
for file in "$long"/checkpoints/3000/state/*.sst; do
    printf '\377\377\377\377' | dd of="$file" bs=1 seek=40 conv=notrunc 2>dd
done
expect_code 4 "$WEIR" dump state "$long"
expect_text err "$long/checkpoints/3000/state"
expect_no_text err /proc/self

# no room for what is put there
far=.
while [ ${#far} -lt 3800 ]; do far=$far/$part; done
far=$far/
while [ ${#far} -lt 3968 ]; do far=${far}x; done
expect_code 2 "$WEIR" run --checkpoint="$far" job.json
expect_text err 'the path of the directory is too long: it has 3968 bytes, and 3967 are the most'
[ ! -d "./$part/$part/$part/$part" ] || fail 'something was made nevertheless'
rm -rf "$part"
expect_code 0 "$WEIR" run --checkpoint="${far%x}" job.json
expect_text out '(to,4)'
expect_code 0 "$WEIR" verify "${far%x}"
finish
