#!/bin/sh
# weir sources, weir sinks: what jobs can read from and write to.
. "$WEIR_SOURCE/tests/commands/lib.sh"

expect_code 0 "$WEIR" sources
expect_empty err
for name in socketTextStream textFiles kafkaDirectStream kafkaStream queue; do
    grep -Eq "^$name +" out || fail "no source $name"
done
grep -Eq '^kafkaDirectStream .* brokers\*  topics  pattern ' out || fail 'no fields'
expect_no_text out saveToKafka

expect_code 0 "$WEIR" sinks
for name in print saveAsTextFiles saveToKafka foreachRDD; do
    grep -Eq "^$name( |\$)" out || fail "no sink $name"
done
expect_no_text out queue

expect_code 0 "$WEIR" sinks --json
expect_text out '{"v":1,"op":"saveAsTextFiles","fields":[{"name":"prefix","required":true},{"name":"suffix","required":false}]}'
expect_code 2 "$WEIR" sources kafka
finish
