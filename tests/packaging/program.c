/* What a user of the installed library writes: two batches of a queue on a manual clock,
 * printed. */
#include <stdio.h>
#include <weir/weir.h>

static void doubled(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                    weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = weir_int(2 * weir_as_int(value));
}
WEIR_MAP(doubled)

int main(void)
{
    weir_options options = {
        .app_name =
            "packaging", .master = "local[2]", .batch_interval_ms = 1000, .manual_clock = true};
    weir_context *context = NULL;
    weir_status status = weir_context_create(&context, &options);
    if (status == WEIR_OK) {
        weir_stream *numbers = weir_queue_stream(context, true, weir_absent());
        weir_print(weir_map(numbers, &weir_fn_doubled, weir_null()), 10);
        weir_value items[] = {weir_int(3), weir_int(4)};
        weir_queue_push(numbers, weir_list(items, 2), 1);
        status = weir_start(context);
    }
    if (status == WEIR_OK) status = weir_advance(context, 2000);
    if (status == WEIR_OK) status = weir_stop(context, true);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status != WEIR_OK;
}
