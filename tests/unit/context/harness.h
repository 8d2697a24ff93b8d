/* A context with a queue on a manual clock, and an output that notes what it is given. */
#ifndef UNIT_CONTEXT_HARNESS_H
#define UNIT_CONTEXT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/context.h"
#include "weir/dataset.h"
#include "weir/source.h"

/* What the output `note` was given: the text of each batch, one after another. */
static char noted[1 << 16];

/* Notes "TIME:[records] "; fails if a record is the int -1. */
static weir_status note(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)arg;
    weir_value list;
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    size_t count;
    const weir_value *items = weir_items(list, &count);
    for (size_t i = 0; i < count; i++)
        if (weir_is_int(items[i]) && weir_as_int(items[i]) == -1) weir_fail("met -1");
    size_t length = strlen(noted);
    if (sizeof noted - length < 1024) weir_fail("there is no room for more notes");
    length += (size_t)snprintf(noted + length, sizeof noted - length, "%lld:", (long long)time_ms);
    length += weir_format(list, noted + length, sizeof noted - length);
    snprintf(noted + length, sizeof noted - length, " ");
    return WEIR_OK;
}
WEIR_FOREACH(note)

static const weir_options manual = {
    .app_name = "test", .master = "local[2]", .batch_interval_ms = 1000, .manual_clock = true};

static inline void quiet(weir_level level, const char *text, void *user)
{
    (void)level;
    if (user) snprintf(user, 1024, "%s", text);
}

static inline int setup(void **state)
{
    (void)state;
    noted[0] = '\0';
    weir_set_log(quiet, NULL, WEIR_INFO);
    return 0;
}

static inline weir_context *create(const weir_options *options)
{
    weir_context *context = NULL;
    assert_int_equal(weir_context_create(&context, options), WEIR_OK);
    return context;
}

/* A context with a queue whose datasets go to `note`. */
static inline weir_context *create_with_queue(const weir_options *options, weir_stream **queue)
{
    weir_context *context = create(options);
    *queue = weir_queue_stream(context, true, weir_absent());
    assert_non_null(*queue);
    assert_int_equal(weir_foreach_rdd(*queue, &weir_fn_note, weir_null()), WEIR_OK);
    return context;
}

static inline void push(weir_stream *queue, int64_t number)
{
    weir_value item = weir_int(number);
    assert_int_equal(weir_queue_push(queue, weir_list(&item, 1), 1), WEIR_OK);
}

#endif
