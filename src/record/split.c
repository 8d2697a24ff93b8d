#include "record/split.h"

#include "base/error.h"
#include "record/out.h"
#include "record/text.h"

/* --- Records in memory ----------------------------------------------------------------------- */

static weir_status read_records(const split *base, task *task, sink *sink)
{
    const records_split *split = (const records_split *)base;
    const records *records = split->records;
    for (size_t at = 0; at < records->count && !task_is_failed(task); at += WEIR_VECTOR_SIZE) {
        size_t left = records->count - at;
        size_t count = left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE;
        weir_vector vector = records_vector(records, at, count);
        if (split->counts) task->records_in += vector.count;
        sink->push(sink, task, &vector);
    }
    return task->status;
}

const split_class records_split_class = {.name = "records", .read = read_records};

/* --- Text ------------------------------------------------------------------------------------ */

typedef struct line_out {
    out out;
    task *task;
    sink *sink;
} line_out;

static void flush_lines(out *base)
{
    line_out *out = (line_out *)base;
    weir_vector lines = {NULL, base->base.values, base->base.count};
    base->base.count = 0;
    if (lines.count && !task_is_failed(out->task)) out->sink->push(out->sink, out->task, &lines);
}

static void push_vectors(task *task, sink *sink, const char *text, size_t length, bool has_cr)
{
    weir_value keys[WEIR_VECTOR_SIZE], values[WEIR_VECTOR_SIZE];
    line_out to = {{{keys, values, 0, WEIR_VECTOR_SIZE}, flush_lines}, task, sink};
    text_emit_lines(text, length, has_cr, &to.out.base);
    flush_lines(&to.out);
}

static void push_valid(task *task, sink *sink, const char *text, size_t length, bool has_cr)
{
    if (sink->push_text) sink->push_text(sink, task, text, length);
    else push_vectors(task, sink, text, length, has_cr);
}

/* Lines none of which is too long. */
static void push_lines(task *task, sink *sink, const char *text, size_t length,
                       const text_facts *facts)
{
    if (length == 0 || task_is_failed(task)) return;
    task->records_in += facts->lines;
    if (facts->is_ascii || text_is_utf8(text, length)) {
        push_valid(task, sink, text, length, facts->has_cr);
        return;
    }
    buffer repaired = {0};
    size_t size = text_replace_bad_utf8(text, length, NULL);
    text_replace_bad_utf8(text, length, buffer_reserve(&repaired, size + TEXT_PADDING));
    push_valid(task, sink, repaired.bytes, size, facts->has_cr);
    buffer_release(&repaired);
}

void split_refuse_line(task *task, const char *name, int64_t offset)
{
    task->refused++;
    log_damped(&task->refusals, WEIR_WARNING,
               "%s: the line at byte %lld is longer than %zu bytes and is refused; "
               "raise max_record_bytes to take it",
               name ? name : "text", (long long)offset, task->max_record_bytes);
}

/* The length of the line text[0, end), its end (LF, CR or CRLF) not counted. */
static size_t line_length(const char *text, size_t end)
{
    bool has_lf = end > 0 && text[end - 1] == '\n';
    if (has_lf) end--;
    bool has_cr = end > 0 && text[end - 1] == '\r';
    return has_cr ? end - 1 : end;
}

/* Up to here a line fits into a string, whatever is in it: a bad byte becomes three. */
enum { SURELY_FITS = UINT32_MAX / 3 };

static bool is_too_long(const task *task, const char *line, size_t length)
{
    if (length > task->max_record_bytes) return true;
    return length > SURELY_FITS && text_replace_bad_utf8(line, length, NULL) > UINT32_MAX;
}

static void push_scanned(task *task, sink *sink, const char *text, size_t length)
{
    text_facts facts = text_scan(text, length);
    push_lines(task, sink, text, length, &facts);
}

weir_status split_push_text_at(task *task, sink *sink, const char *name, int64_t offset,
                               const char *text, size_t length)
{
    text_facts facts = text_scan(text, length);
    if (facts.longest <= task->max_record_bytes && facts.longest <= SURELY_FITS) {
        push_lines(task, sink, text, length, &facts);
        return task->status;
    }
    size_t pushed = 0;
    for (size_t at = 0, end; at < length; at = end) {
        end = text_line_end(text, length, at);
        if (!is_too_long(task, text + at, line_length(text + at, end - at))) continue;
        push_scanned(task, sink, text + pushed, at - pushed);
        split_refuse_line(task, name, offset + (int64_t)at);
        pushed = end;
    }
    push_scanned(task, sink, text + pushed, length - pushed);
    return task->status;
}

weir_status split_push_text(task *task, sink *sink, const char *text, size_t length)
{
    return split_push_text_at(task, sink, NULL, 0, text, length);
}

/* --- Files ----------------------------------------------------------------------------------- */

/* NULL: nothing that matters. A file without size (of /proc) has another time at each look. */
static const char *find_change(const file_info *chosen, const file_info *now)
{
    bool is_unsized = chosen->size == 0 && now->size == 0;
    bool is_alike = chosen->size == now->size && chosen->modified_ms == now->modified_ms;
    if (chosen->inode == 0 || is_unsized || is_alike) return NULL;
    if (chosen->inode != now->inode || chosen->device != now->device) return "was replaced";
    if (now->size < chosen->size) return "has become shorter";
    return now->size == chosen->size ? "has changed" : NULL;
}

weir_status split_open_file(const char *path, const file_info *chosen, task *task, int *descriptor,
                            bool *is_empty)
{
    file_info now = {0};
    weir_status status = file_open_read(path, descriptor);
    if (status != WEIR_OK) return task_fail(task, status, "%s", error_text());
    status = file_stat_open(*descriptor, path, &now);
    const char *change = status == WEIR_OK ? find_change(chosen, &now) : NULL;
    *is_empty = now.size == 0;
    if (status == WEIR_OK && !change) return WEIR_OK;
    if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
    else
        task_fail(task, WEIR_IO,
                  "%s: the file %s since it was chosen: %lld bytes, modified at %lld ms, then; "
                  "%lld bytes, %lld ms now; files must not change after they appear: put the old "
                  "one back, and move new data in under another name",
                  path, change, (long long)chosen->size, (long long)chosen->modified_ms,
                  (long long)now.size, (long long)now.modified_ms);
    (void)file_close(*descriptor, path); /* nothing was written that could be lost */
    return task->status;
}
