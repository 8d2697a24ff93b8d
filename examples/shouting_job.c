/* A job as a shared object, with a function of its own: weir run shouting_job.so
 * Reads lines from localhost:9999 and counts the words that end in an exclamation mark. */
#include <weir/weir.h>

static bool shouts(weir_value key, weir_value word, weir_value arg)
{
    size_t length;
    const char *text = weir_bytes(&word, &length);
    (void)key;
    (void)arg;
    return length > 0 && text[length - 1] == '!';
}
WEIR_FILTER(shouts)

weir_status weir_job_main(weir_context *context)
{
    weir_stream *lines = weir_socket_text_stream(context, "localhost", 9999);
    weir_stream *words = weir_flat_map(lines, &weir_fn_split_ws, weir_null());
    weir_stream *shouted = weir_filter(words, &weir_fn_shouts, weir_null());
    weir_print(weir_count_by_value(shouted), 10);
    return weir_error(context);
}
