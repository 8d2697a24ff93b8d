/* Counts the words that arrive on a socket, second by second: word_count [HOST PORT]
 * Try it with `nc -lk 9999` in another terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <weir/weir.h>

static void split(weir_value key, weir_value line, weir_value arg, weir_out *out)
{
    size_t length;
    const char *text = weir_bytes(&line, &length);
    (void)arg;
    for (size_t from = 0, to; from < length; from = to + 1) {
        for (to = from; to < length && text[to] != ' '; to++) continue;
        if (to > from) weir_emit(out, key, weir_slice(&line, from, to - from));
    }
}
WEIR_FLAT_MAP(split)

static weir_value add(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_int(weir_as_int(a) + weir_as_int(b));
}
WEIR_REDUCE(add, WEIR_COMMUTATIVE | WEIR_EXACT)

int main(int count, char **arguments)
{
    weir_options options = {.app_name = "word count", .master = "local[2]",
                            .batch_interval_ms = 1000};
    const char *host = count > 2 ? arguments[1] : "localhost";
    weir_context *context = NULL;
    weir_status status = weir_context_create(&context, &options);
    if (status == WEIR_OK) {
        weir_stream *lines = weir_socket_text_stream(context, host,
                                                     count > 2 ? atoi(arguments[2]) : 9999);
        weir_stream *words = weir_flat_map(lines, &weir_fn_split, weir_null());
        weir_stream *ones = weir_map(words, &weir_fn_pair_with_one, weir_null());
        weir_print(weir_reduce_by_key(ones, &weir_fn_add, weir_null(), 0), 10);
        status = weir_start(context); /* reports what went wrong above, too */
    }
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status != WEIR_OK;
}
