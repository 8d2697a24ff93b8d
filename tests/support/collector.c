#include "support/collector.h"

static void push(sink *sink, task *task, const weir_vector *vector)
{
    (void)task;
    collector *to = (collector *)sink;
    to->pushes++;
    records_append_vector(&to->records, &to->arena, vector);
}

static void push_text(sink *sink, task *task, const char *text, size_t length)
{
    (void)task;
    collector *to = (collector *)sink;
    arena *before = arena_set_current(&to->arena);
    to->pushes++;
    for (size_t from = 0, at = 0; at < length; from = at) {
        while (at < length && text[at] != '\n' && text[at] != '\r') at++;
        weir_value line = weir_string(text + from, at - from);
        records_append(&to->records, &to->arena, weir_absent(), line);
        if (at < length && text[at] == '\r' && at + 1 < length && text[at + 1] == '\n') at++;
        if (at < length) at++;
    }
    arena_set_current(before);
}

void collector_init(collector *collector, bool takes_text)
{
    memset(collector, 0, sizeof *collector);
    collector->sink.push = push;
    collector->sink.push_text = takes_text ? push_text : NULL;
    arena_init(&collector->arena, NULL);
}

void collector_clear(collector *collector)
{
    memset(&collector->records, 0, sizeof collector->records);
    collector->pushes = 0;
    arena_reset(&collector->arena, (size_t)1 << 20);
}

void collector_release(collector *collector)
{
    arena_release(&collector->arena);
}
