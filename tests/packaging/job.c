/* A job of a user as a shared object: words of a file that stands in the working directory. */
#include <weir/weir.h>

static weir_value longer(weir_value a, weir_value b, weir_value arg)
{
    size_t a_length = 0;
    size_t b_length = 0;
    (void)arg;
    weir_bytes(&a, &a_length);
    weir_bytes(&b, &b_length);
    return b_length > a_length ? b : a;
}
WEIR_REDUCE(longer, WEIR_EXACT)

weir_status weir_job_main(weir_context *context)
{
    const char *paths[] = {"words.txt"};
    weir_stream *lines = weir_text_files(context, paths, 1);
    const weir_function *split = weir_find_function(WEIR_KIND_FLAT_MAP, "split_ws");
    weir_stream *words = weir_flat_map(lines, split, weir_null());
    weir_print(weir_reduce(words, &weir_fn_longer, weir_null()), 10);
    return weir_error(context);
}
