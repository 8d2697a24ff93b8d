#include "batch/done_mark.h"

#include "record/codec.h"
#include "record/value.h"

enum { MARK_VERSION = 1, MARK_PARTS = 6, READ = 5 };

void done_mark_encode(const done_mark *mark, buffer *to)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_value *counts = arena_alloc(&room, mark->outputs * sizeof *counts);
    for (size_t i = 0; i < mark->outputs; i++)
        counts[i] = weir_int((int64_t)mark->output_records[i]);
    weir_value times[] = {weir_int(mark->scheduling_us), weir_int(mark->processing_us)};
    weir_value parts[MARK_PARTS] = {weir_int(MARK_VERSION),
                                    weir_int(mark->time_ms),
                                    weir_int((int64_t)mark->records),
                                    weir_list(counts, mark->outputs),
                                    weir_list(times, 2),
                                    mark->read};
    codec_encode(to, weir_list(parts, MARK_PARTS));
    arena_set_current(before);
    arena_release(&room);
}

weir_value done_mark_read(const char *bytes, size_t size)
{
    weir_value whole;
    size_t count = 0;
    const char *at = bytes;
    bool is_read = size > 0 && codec_decode(&at, bytes + size, arena_current(), &whole);
    const weir_value *part = is_read ? weir_items(whole, &count) : NULL;
    bool has_read = count > READ && weir_is_int(part[0]) && weir_as_int(part[0]) == MARK_VERSION &&
                    weir_kind_of(part[READ]) == WEIR_LIST;
    return has_read ? part[READ] : weir_null();
}
