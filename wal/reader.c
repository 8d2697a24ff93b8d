#include "wal/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "wal/directory.h"
#include "wal/newest.h"
#include "wal/view.h"

struct wal_reader {
    char *directory;
    wal_segment_list list;
    size_t next; /* index of the segment to open when `view` is closed */
    wal_position from;
    bool is_start_missing; /* and it was not reported yet */
    wal_view view;
    uint64_t offset;   /* where to look in it */
    uint64_t expected; /* number of the next entry; 0: not known */
    uint64_t proven;   /* everything in the segment before that number had been synced */
    uint64_t noted;    /* newest segment that is known to have been there, with its header */
    const char *wrong; /* with its header, in words; NULL: nothing, or an entry of it is right */
    bool is_emptied;   /* the segment, as if it had just been begun, but its header was there */
    char what[80];     /* room for that */
    bool has_context;
    uint8_t context_id[WAL_CONTEXT_ID];
    wal_end end;
};

weir_status wal_reader_open(wal_reader **made, const char *directory, wal_position from,
                            uint64_t sequence)
{
    if (from.offset % WAL_STEP != 0)
        return error_set(WEIR_DAMAGED,
                         "%s: no entry can be at byte %" PRIu64 " of segment %" PRIu64, directory,
                         from.offset, from.segment);
    wal_reader *reader = memory_zero_alloc(1, sizeof *reader);
    reader->directory = memory_copy_text(directory);
    reader->from = from;
    reader->expected = sequence;
    reader->end.tail = from; /* if there is no segment from there on */
    reader->noted = wal_newest_read(directory); /* before the list: what it names is in it */
    weir_status status = wal_directory_list(directory, &reader->list);
    if (status != WEIR_OK) {
        wal_reader_free(reader);
        return status;
    }
    while (reader->next < reader->list.count && reader->list.numbers[reader->next] < from.segment)
        reader->next++;
    bool is_there = reader->next < reader->list.count &&
                    reader->list.numbers[reader->next] == from.segment;
    /* With a number to begin with, the number that is found tells how much is missing. */
    /* Early logs were opened without a segment: that the one to come was never made is no loss. */
    bool is_end = from.offset == WAL_SEGMENT_HEADER && reader->next == reader->list.count;
    reader->is_start_missing = from.offset > 0 && !is_there && !is_end && sequence == 0;
    *made = reader;
    return WEIR_OK;
}

void wal_reader_free(wal_reader *reader)
{
    if (!reader) return;
    wal_view_close(&reader->view);
    wal_segment_list_release(&reader->list);
    free(reader->directory);
    free(reader);
}

void wal_reader_expect(wal_reader *reader, const uint8_t *context_id)
{
    memcpy(reader->context_id, context_id, WAL_CONTEXT_ID);
    reader->has_context = true;
}

wal_end wal_reader_end(const wal_reader *reader)
{
    wal_end end = reader->end;
    end.next_sequence = reader->expected ? reader->expected : 1;
    return end;
}

/* --- Saying what is wrong -------------------------------------------------------------------- */

/* Damage from `offset` to `end`; the next number that is there is `found`, 0 if nobody knows. */
static void report_damage(wal_reader *reader, wal_item *item, uint64_t offset, uint64_t end,
                          uint64_t found, const char *what)
{
    item->found = WAL_FOUND_DAMAGE;
    item->place = (wal_position){reader->view.number, offset};
    item->end = end;
    item->what = what;
    if (found == 0) return;
    item->is_whole = reader->expected && found <= reader->expected;
    if (reader->expected && found > reader->expected) {
        item->first_missing = reader->expected;
        item->missing = found - reader->expected;
    }
    if (found > reader->expected) reader->expected = found;
}

static void leave_segment(wal_reader *reader, uint64_t tail)
{
    reader->end.tail = (wal_position){reader->view.number, tail};
    wal_view_close(&reader->view);
}

static bool is_last(const wal_reader *reader) { return reader->next == reader->list.count; }

/* --- Entering a segment ---------------------------------------------------------------------- */

/* The first header that is right says whose log it is. */
static bool is_foreign(const wal_reader *reader)
{
    const wal_view *view = &reader->view;
    return reader->has_context && (view->has_header || view->is_misnamed) &&
           memcmp(reader->context_id, view->header.context_id, WAL_CONTEXT_ID) != 0;
}

/* A header that a crash cannot have left is damage, whatever is behind it. */
static void judge_header(wal_reader *reader)
{
    wal_view *view = &reader->view;
    reader->wrong = NULL;
    reader->is_emptied = !view->has_header && !view->is_misnamed &&
                         view->number == reader->noted && wal_view_is_beginning(view);
    if (view->has_header && !reader->has_context) {
        memcpy(reader->context_id, view->header.context_id, WAL_CONTEXT_ID);
        reader->has_context = true;
    }
    if (view->has_header) return;
    if (view->is_misnamed) {
        (void)snprintf(reader->what, sizeof reader->what,
                       "the segment's header says that it is segment %" PRIu64 "%s",
                       view->header.number, is_foreign(reader) ? " of another context" : "");
        reader->wrong = reader->what;
    } else if (reader->is_emptied) {
        reader->wrong = "the segment has lost what it had";
    } else if (!wal_view_is_beginning(view)) {
        reader->wrong = "the segment's header is damaged";
    }
}

/* Numbers that may stand in the end of a log that cannot be read are not given again. */
static void pass_numbers(wal_reader *reader, uint64_t offset)
{
    if (is_last(reader)) reader->expected += (reader->view.size - offset) / WAL_STEP;
}

static void enter(wal_reader *reader, wal_item *item)
{
    const wal_view *view = &reader->view;
    bool is_from = view->number == reader->from.segment && reader->from.offset > 0;
    reader->proven = 0;
    reader->offset = view->has_header ? WAL_SEGMENT_HEADER : 0;
    if (is_from) reader->offset = reader->from.offset;
    judge_header(reader);
    if (view->has_header && is_foreign(reader)) {
        report_damage(reader, item, 0, view->size, 0, "a segment of another context");
        pass_numbers(reader, 0);
        leave_segment(reader, view->size);
    } else if (is_from && reader->offset > view->size) {
        report_damage(reader, item, view->size, view->size, 0, "the segment ends too early");
    } else if (view->has_header && reader->offset == WAL_SEGMENT_HEADER) {
        uint64_t first = view->header.first_sequence;
        if (reader->expected == 0) reader->expected = first;
        if (first > reader->expected)
            report_damage(reader, item, 0, 0, first, "entries are missing before the segment");
    }
    if (view->number >= WAL_SEGMENT_MAX && item->found == WAL_FOUND_END)
        report_damage(reader, item, 0, 0, 0, "no segment can follow one of the highest number");
}

static weir_status open_next(wal_reader *reader, wal_item *item)
{
    uint64_t number = reader->list.numbers[reader->next++];
    weir_status status = wal_view_open(&reader->view, reader->directory, number);
    if (status == WEIR_OK) {
        enter(reader, item);
        return WEIR_OK;
    }
    char *path = wal_directory_segment(reader->directory, number);
    /* Dropped since it was listed. Where we may not look, nobody knows. */
    bool is_gone = !error_is_denied() && !file_exists(path);
    free(path);
    return is_gone ? WEIR_OK : status;
}

static void report_missing_start(wal_reader *reader, wal_item *item)
{
    item->found = WAL_FOUND_DAMAGE;
    item->place = reader->from;
    item->end = reader->from.offset;
    item->what = "the segment to begin with is missing";
    reader->is_start_missing = false;
}

/* --- What is not an entry -------------------------------------------------------------------- */

/* The number that the next segment begins with; 0 if nobody knows. */
static uint64_t next_first(const wal_reader *reader)
{
    wal_view next = {0};
    uint64_t first = 0;
    if (is_last(reader)) return 0;
    uint64_t number = reader->list.numbers[reader->next];
    if (wal_view_open(&next, reader->directory, number) != WEIR_OK) return 0;
    if (next.has_header) first = next.header.first_sequence;
    wal_view_close(&next);
    return first;
}

/* Where reading begins at what is no entry, the entry before tells which number is expected. */
static void learn_expected(wal_reader *reader)
{
    wal_view *view = &reader->view;
    bool is_from = view->number == reader->from.segment && reader->offset == reader->from.offset;
    if (reader->expected || !is_from || reader->offset < WAL_SEGMENT_HEADER) return;
    wal_entry entry = {.place = {view->number, 0}};
    uint64_t offset = WAL_SEGMENT_HEADER;
    while (offset < reader->offset && wal_view_find(view, offset, &entry)) {
        offset = wal_view_after(&entry);
        if (offset == reader->offset) reader->expected = entry.header.sequence + 1;
    }
}

static uint64_t group_of(const wal_entry *entry)
{
    uint64_t sequence = entry->header.sequence;
    return sequence > entry->header.in_group ? sequence - entry->header.in_group : 0;
}

/* The first valid entry from `offset` on that was not read yet. */
static bool find_new(wal_reader *reader, uint64_t offset, wal_entry *entry)
{
    while (wal_view_find(&reader->view, offset, entry)) {
        if (entry->header.sequence >= reader->expected) return true;
        offset = wal_view_after(entry);
    }
    return false;
}

/* Is there an entry of a later group from `offset` on? Else counts the valid ones. */
static bool is_proven(wal_reader *reader, uint64_t offset, uint64_t *valid)
{
    wal_entry entry;
    if (reader->proven > reader->expected) return true;
    *valid = 0;
    while (find_new(reader, offset, &entry)) {
        if (group_of(&entry) > reader->proven) reader->proven = group_of(&entry);
        if (reader->proven > reader->expected) return true;
        (*valid)++;
        offset = wal_view_after(&entry);
    }
    return false;
}

/* Where nobody knows which number is expected, entries that are still there make it damage. */
static bool is_torn(wal_reader *reader, uint64_t rest, uint64_t *valid)
{
    if (!is_last(reader) || reader->wrong || is_proven(reader, rest, valid)) return false;
    return !reader->view.is_unreadable && (reader->expected || *valid == 0);
}

/* What was looked at may have been read before it was written: an entry of a later group, read
 * since, says that it is written now. */
static bool is_there_now(wal_reader *reader)
{
    wal_entry entry;
    wal_view_read_again(&reader->view);
    return wal_view_entry(&reader->view, reader->offset, &entry) == WAL_VIEW_ENTRY;
}

/* Room that was not used, or nothing; but not where entries may have been, which no later segment
 * would miss. */
static bool is_rest_unused(wal_reader *reader)
{
    wal_view *view = &reader->view;
    if (reader->offset > view->size) return true;
    if (reader->is_emptied && next_first(reader) == 0) return false;
    return reader->offset == view->size || wal_view_is_zero(view, reader->offset);
}

/* Goes on behind the place `offset`, where no entry is; what could be the next is at `rest`. */
static void pass(wal_reader *reader, wal_item *item, uint64_t rest, const char *what)
{
    wal_view *view = &reader->view;
    wal_entry entry;
    uint64_t valid = 0, offset = reader->offset;
    if (!is_last(reader)) learn_expected(reader); /* else what is torn would look otherwise */
    if (is_rest_unused(reader)) {
        leave_segment(reader, offset);
        return;
    }
    uint64_t first = next_first(reader);
    bool is_stray = reader->wrong && view->is_misnamed; /* no sync has left it behind */
    if (!is_stray && reader->expected && first && first <= reader->expected) {
        leave_segment(reader, offset);
    } else if (is_torn(reader, rest, &valid)) {
        item->found = WAL_FOUND_TORN_TAIL;
        item->place = (wal_position){view->number, offset};
        item->end = view->size;
        reader->end.is_torn = true;
        reader->end.torn_entries = valid;
        leave_segment(reader, offset);
    } else if (is_there_now(reader)) {
        return; /* it is looked at once more */
    } else if (find_new(reader, rest, &entry)) {
        learn_expected(reader);
        report_damage(reader, item, offset, entry.place.offset, entry.header.sequence, what);
        reader->offset = entry.place.offset;
    } else {
        report_damage(reader, item, offset, view->size, first, what);
        pass_numbers(reader, offset);
        leave_segment(reader, view->size);
    }
}

/* --- Reading --------------------------------------------------------------------------------- */

/* Numbers that were read before are passed over; those that are missing, reported. */
static void take(wal_reader *reader, wal_item *item, const wal_entry *entry)
{
    uint64_t sequence = entry->header.sequence, offset = entry->place.offset;
    if (reader->expected && sequence > reader->expected) {
        report_damage(reader, item, offset, offset, sequence, "entries are missing");
        return;
    }
    reader->offset = wal_view_after(entry);
    reader->wrong = NULL;
    if (reader->expected && sequence < reader->expected) return;
    reader->expected = sequence + 1;
    if (entry->header.kind == WAL_SEALED) return;
    item->found = WAL_FOUND_ENTRY;
    item->place = entry->place;
    item->entry = *entry;
}

/* What is wrong where no entry is. */
static const char *describe(const wal_reader *reader)
{
    if (reader->wrong) return reader->wrong;
    return reader->offset < WAL_SEGMENT_HEADER ? "the segment's header is damaged"
                                               : "no entry is where one should be";
}

static weir_status step(wal_reader *reader, wal_item *item)
{
    if (!reader->view.path) return open_next(reader, item);
    wal_entry entry;
    switch (wal_view_entry(&reader->view, reader->offset, &entry)) {
    case WAL_VIEW_ENTRY: take(reader, item, &entry); break;
    case WAL_VIEW_BAD_PAYLOAD:
        pass(reader, item, wal_view_after(&entry), "an entry's payload is damaged");
        break;
    case WAL_VIEW_NOTHING: pass(reader, item, reader->offset + WAL_STEP, describe(reader)); break;
    }
    return WEIR_OK;
}

weir_status wal_reader_next(wal_reader *reader, wal_item *item)
{
    *item = (wal_item){0};
    weir_status status = WEIR_OK;
    if (reader->is_start_missing) report_missing_start(reader, item);
    while (status == WEIR_OK && item->found == WAL_FOUND_END) {
        if (!reader->view.path && is_last(reader)) return WEIR_OK;
        status = step(reader, item);
    }
    return status;
}

weir_status wal_reader_skip_to_end(wal_reader *reader, wal_end *end)
{
    wal_item item;
    weir_status status;
    do {
        status = wal_reader_next(reader, &item);
    } while (status == WEIR_OK && item.found != WAL_FOUND_END);
    *end = wal_reader_end(reader);
    return status;
}
