# A cooperative rebalance takes from a receiver only what the other one gets; a direct stream fetches ahead within bounds.
. "$WEIR_SOURCE/tests/kafka/lib.sh"

# The program shows what the library says while partitions are dealt out.
cat >member.c <<'C2'
#include <weir/weir.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static void say(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)user;
    if (strncmp(text, "librdkafka", 10) != 0) fprintf(stderr, "%s\n", text);
}
int main(int count, char **argument)
{
    weir_context *context = NULL;
    (void)count;
    weir_set_log(say, NULL, WEIR_DEBUG);
    weir_status status = weir_recover(&context, argument[1], NULL, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    while (status == WEIR_OK && access(argument[2], F_OK) != 0) {
        status = weir_await_termination(context, 100);
        if (status == WEIR_TIMEOUT) status = WEIR_OK;
    }
    if (status == WEIR_OK) status = weir_stop(context, true);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status != WEIR_OK;
}
C2
"$CC" -std=gnu11 -I"$WEIR_SOURCE/src/include" member.c -o member -L"$WEIR_BUILD" -lweir -Wl,-rpath,"$WEIR_BUILD" ||
    { fail 'member.c does not compile'; finish; }

# await_line FILE TEXT: at most two minutes, whoever writes it.
await_line()
{
    left=1200
    until grep -qF -e "$2" "$1"; do
        left=$((left - 1))
        [ $left -gt 0 ] || { fail "no \"$2\" in $1: $(cat "$1")"; finish; }
        sleep 0.1
    done
}

feed topic dealt 4
for name in one two; do
    counting_job $name '"op":"kafkaStream","topics":{"dealt":1},"group":"dealers","start":"earliest","properties":{
        "heartbeat.interval.ms":"500","partition.assignment.strategy":"cooperative-sticky"}' >$name.json
done
# a first run makes the directory, and what is received in it
feed count dealt 1000 100
start_job one.json
await_total 1000
stop_job 0
start_job two.json
await_text out 'Time: '
stop_job 0
./member one stop-one 2>one.err >one.out &
one=$!
await_line one.err '4 partitions are dealt out to it'
./member two stop-two 2>two.err >two.out &
two=$!
await_line one.err '2 partitions are taken back'
await_line two.err '2 partitions are dealt out to it'
expect_no_text one.err '4 partitions are taken back'
feed count dealt 4000 100
touch stop-two
wait $two
expect_equal "$?" 0
await_line one.err '2 partitions are dealt out to it'
feed count dealt 4000 100
left=1200
until feed committed dealers dealt >committed; [ "$(awk '{ n += $2 } END { print n }' committed)" = 9000 ] || [ $left = 0 ]; do
    left=$((left - 1))
    sleep 0.1
done
touch stop-one
wait $one
expect_equal "$?" 0
expect_equal $(($(sum_of_state one) + $(sum_of_state two))) 9000
[ "$(sum_of_state two)" -gt 0 ] || fail 'the second receiver received nothing'

# 192 MB in eight partitions: 128 of them are fetched ahead. A message a batch is taken of each
feed topic heavy 8
feed fill heavy 384 500000
cat >heavy.json <<JOB
{"batch_ms":500,"sources":[{"id":"in","op":"kafkaDirectStream","brokers":"$ADDR","topics":["heavy"],"start":"earliest",
 "maxRatePerPartition":1}],"outputs":[{"in":"in","op":"count"}]}
JOB
start_job heavy.json
most=0
same=0
begun_s=$(date +%s)
until [ $same = 8 ] && { [ $most -gt 100000 ] || is_past $DEADLINE_S; }; do # half a second each: until it grows no more
    sleep 0.5
    now=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$run/status")
    if [ "$now" -gt $((most + 1000)) ]; then most=$now same=0; else same=$((same + 1)); fi
done
[ $most -gt 100000 ] || fail "only $most KB are held: nothing to see of a bound"
[ $most -lt 190000 ] || fail "$most KB are held"
stop_job 0
feed delete heavy
finish
