# TLS, by librdkafka's own properties: a direct stream and a sink go through it; who does not trust the broker is told so.
. "$WEIR_SOURCE/tests/kafka/lib.sh"
tls=$("$BROKER" tls "$BROKER_DIR")
trust='"properties":{"security.protocol":"ssl","ssl.ca.location":"CERT"}'
feed topic sealed 2
feed topic sealed-copy 1
feed count sealed 500 10
counting_job over-tls '"op":"kafkaDirectStream","topics":["sealed"],"start":"earliest","group":"sealed","properties":'"${trust#*:}" \
    ',{"in":"ints","op":"saveToKafka","brokers":"'"$ADDR"'","topic":"sealed-copy",'"$trust}" | sed "s/$ADDR/$tls/" >any.json

sed "s|CERT|$BROKER_DIR/tls/cert.pem|" any.json >job.json
start_job job.json
await_total 500
stop_job 0
feed get sealed-copy >seen
expect_equal "$(awk '{ n += $4 } END { print n }' seen)" 500

# a certificate that nobody has vouched for; a file that is not there
"$BROKER" certify other || fail 'no other certificate'
rm -rf over-tls
sed "s|CERT|$work/other/cert.pem|" any.json >job.json
expect_code 6 "$WEIR" run job.json
expect_text err 'the brokers refuse this client'
expect_text err 'certificate verify failed'
sed "s|CERT|$work/none.pem|" any.json >job.json
expect_code 2 "$WEIR" run job.json
expect_text err 'ssl.ca.location'
finish
