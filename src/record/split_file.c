/* The lines of a part of a text file.
 *
 * The file is read in pieces that stay in the processor's cache. What the buffer holds begins
 * at `start` of the file, always at the beginning of a line, and whole lines are pushed as
 * soon as they are there; the begin of the next one moves to the front. A line that grows
 * beyond the limit is given up and read past, so that memory and time are bounded whatever is
 * in the file: a split within one long line looks at its own bytes only.
 *
 * A file that is said to be empty, when it is chosen and when it is read, is read to its end all
 * the same: those of /proc have content, but no size. */
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "record/split.h"
#include "record/text.h"

enum {
    PIECE_BYTES = 128 << 10,
    TAIL_BYTES = 4 << 10, /* read behind `to` at first, for the end of the last line */
    BLOCK_KEEP = 4 << 20  /* a larger buffer is given back */
};

typedef struct line_reader {
    const file_split *split;
    task *task; /* its block holds the text; block.size bytes of it are there */
    int descriptor;
    int64_t to, size; /* of the split; without bound until the end of a file without size is met */
    bool is_unsized;
    int64_t start;   /* where the text of the block stands in the file */
    size_t searched; /* so much of the text has no line end but, perhaps, a CR at its end */
    bool at_end;     /* the text reaches the end of the file */
    range_hasher hasher;
} line_reader;

static size_t piece_size(const line_reader *reader)
{
    size_t held = reader->task->block.size;
    int64_t position = reader->start + (int64_t)held;
    int64_t wanted = position < reader->to ? reader->to - position : 0;
    wanted = wanted > PIECE_BYTES ? PIECE_BYTES : wanted + TAIL_BYTES;
    int64_t longer = held < PIECE_BYTES ? (int64_t)held : PIECE_BYTES; /* for a long line */
    if (wanted < longer) wanted = longer;
    int64_t left = reader->size - position;
    return (size_t)(wanted < left ? wanted : left);
}

/* Reads the next piece behind the text. false: failed. */
static bool read_piece(line_reader *reader)
{
    const file_split *split = reader->split;
    buffer *text = &reader->task->block;
    size_t size = piece_size(reader), got;
    int64_t position = reader->start + (int64_t)text->size;
    char *place = buffer_reserve(text, size + TEXT_PADDING);
    weir_status status =
        file_read_at(reader->descriptor, split->path, place, size, position, &got);
    if (status != WEIR_OK) {
        task_fail(reader->task, status, "%s", error_text());
        return false;
    }
    if (got < size && reader->is_unsized) {
        size = got;
        reader->to = reader->size = position + (int64_t)got;
    } else if (got < size) {
        task_fail(reader->task, WEIR_IO,
                  "%s: the file has become shorter: %lld bytes when it was chosen, now %lld; "
                  "files must not change after they appear",
                  split->path, (long long)split->chosen.size,
                  (long long)position + (long long)got);
        return false;
    }
    range_hasher_add(&reader->hasher, position, place, size);
    text->size += size;
    reader->at_end = position + (int64_t)size == reader->size;
    return true;
}

static void drop_text(line_reader *reader, size_t count)
{
    buffer *text = &reader->task->block;
    text->size -= count;
    memmove(text->bytes, text->bytes + count, text->size);
    reader->start += (int64_t)count;
    reader->searched = 0;
}

/* A CR at the end of the text: a line end, or half of one. */
static bool ends_in_cr(const line_reader *reader)
{
    const buffer *text = &reader->task->block;
    return !reader->at_end && text->size > 0 && text->bytes[text->size - 1] == '\r';
}

/* The end of the last whole line in the text; 0 if there is none. */
static size_t find_last_end(line_reader *reader)
{
    const buffer *text = &reader->task->block;
    if (reader->at_end) return text->size;
    size_t known = text->size - ends_in_cr(reader);
    for (size_t at = known; at > reader->searched; at--)
        if (text->bytes[at - 1] == '\n' || text->bytes[at - 1] == '\r') return at;
    reader->searched = known;
    return 0;
}

/* Moves on behind the first line end at or after `start`. false if nothing of the split is
 * left there, or failed. */
static bool skip_line(line_reader *reader)
{
    const buffer *text = &reader->task->block;
    while (reader->start < reader->to) {
        if (!read_piece(reader)) return false;
        size_t end = text_line_end(text->bytes, text->size, reader->searched);
        bool found = end < text->size || reader->at_end || text->bytes[text->size - 1] == '\n';
        drop_text(reader, found ? end : text->size - ends_in_cr(reader));
        if (found) return reader->start <= reader->to && reader->start < reader->size;
    }
    return false;
}

static void read_lines(line_reader *reader, sink *sink)
{
    const file_split *split = reader->split;
    task *task = reader->task;
    const buffer *text = &task->block;
    if (split->from > 0 && !skip_line(reader)) return;
    while (!task_is_failed(task) && read_piece(reader)) {
        size_t mark = (size_t)(reader->to - reader->start);
        size_t end = find_last_end(reader);
        bool is_last = end > mark || reader->at_end;
        if (end > mark) end = text_line_end(text->bytes, text->size, mark);
        split_push_text_at(task, sink, split->path, reader->start, text->bytes, end);
        if (is_last) return;
        if (end > 0) drop_text(reader, end);
        if (text->size - ends_in_cr(reader) <= task->max_record_bytes) continue;
        split_refuse_line(task, split->path, reader->start);
        if (!skip_line(reader)) return;
    }
}

static weir_status read_file(const split *base, task *task, sink *sink)
{
    const file_split *split = (const file_split *)base;
    line_reader reader = {.split = split, .task = task, .start = split->from,
                          .to = split->to, .size = split->chosen.size};
    bool is_empty;
    weir_status status =
        split_open_file(split->path, &split->chosen, task, &reader.descriptor, &is_empty);
    if (status != WEIR_OK) return status;
    reader.is_unsized = split->chosen.size == 0 && is_empty;
    if (reader.is_unsized) reader.to = reader.size = INT64_MAX;
    task->block.size = 0;
    range_hasher_begin(&reader.hasher, split->from, split->to, split->hash);
    read_lines(&reader, sink);
    range_hasher_end(&reader.hasher);
    (void)file_close(reader.descriptor, split->path); /* nothing was written that could be lost */
    if (task->block.capacity > BLOCK_KEEP) buffer_release(&task->block);
    return task->status;
}

static void free_file(split *base)
{
    file_split *split = (file_split *)base;
    free(split->hash);
    free(split->path);
    free(split);
}

const split_class file_split_class = {.name = "text file", .read = read_file, .free = free_file};
