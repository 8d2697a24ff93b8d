#include "recovery/log_walk.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "recovery/facts.h"
#include "wal/directory.h"
#include "wal/newest.h"
#include "wal/view.h"

enum { WRITER_PAUSE_MS = 20 }; /* in which a write that was seen in part is surely complete */

uint64_t log_newest(const char *log_directory, const manifest *manifest)
{
    uint64_t noted = wal_newest_read(log_directory);
    return noted > manifest->log_newest ? noted : manifest->log_newest;
}

weir_status log_walk_open(log_walk *walk, const char *directory, wal_position from)
{
    *walk = (log_walk){.directory = directory};
    return wal_reader_open(&walk->reader, directory, from, 0);
}

void log_walk_close(log_walk *walk)
{
    wal_reader_free(walk->reader);
    walk->reader = NULL;
}

void log_walk_expect(log_walk *walk, const manifest *manifest)
{
    walk->context_id = manifest->context_id;
    wal_reader_expect(walk->reader, walk->context_id);
}

/* Was everything before this segment dropped, as nobody needs it any more? */
static bool is_first_now(const log_walk *walk, uint64_t segment)
{
    wal_segment_list list = {0};
    bool is_first = wal_directory_list(walk->directory, &list) == WEIR_OK && list.count > 0 &&
                    list.numbers[0] == segment;
    wal_segment_list_release(&list);
    return is_first;
}

/* Reads once more from the place of a damage on. What is found there now counts, and reading goes
 * on from it. */
static weir_status look_again(log_walk *walk, wal_item *item)
{
    wal_reader *again;
    clock_sleep_ms(WRITER_PAUSE_MS);
    weir_status status =
        wal_reader_open(&again, walk->directory, item->place, item->first_missing);
    if (status != WEIR_OK) return status;
    wal_reader_free(walk->reader);
    walk->reader = again;
    if (walk->context_id) wal_reader_expect(again, walk->context_id);
    return wal_reader_next(again, item);
}

static weir_status next(log_walk *walk, wal_item *item)
{
    weir_status status = wal_reader_next(walk->reader, item);
    if (status != WEIR_OK || item->found != WAL_FOUND_DAMAGE || walk->is_still) return status;
    if (item->first_missing == 0) return WEIR_OK; /* it could not be told apart */
    bool is_gap = item->place.offset == item->end;
    if (is_gap && item->end == 0 && is_first_now(walk, item->place.segment))
        return wal_reader_next(walk->reader, item);
    return look_again(walk, item);
}

/* Nothing is known of what would have come behind `place`. */
static void tell_short(log_walk *walk, wal_item *item, wal_position place, uint64_t end)
{
    const log_known *known = &walk->known;
    walk->is_short_told = true;
    walk->is_segment_missing = place.segment < known->end.segment;
    if (walk->is_segment_missing) {
        place = (wal_position){known->end.segment, 0};
        end = 0;
    }
    snprintf(walk->what, sizeof walk->what,
             "the segment %s: the checkpoint of %" PRId64 " ms knows of it up to offset %" PRIu64,
             walk->is_segment_missing ? "is missing" : "ends too early", known->end_ms,
             known->end.offset);
    *item = (wal_item){
        .found = WAL_FOUND_DAMAGE, .place = place, .end = end, .what = walk->what};
}

/* Of the segment that is known nothing is left, so that it is short, too. */
static bool is_all_lost(const log_walk *walk, const wal_item *item)
{
    return item->found == WAL_FOUND_DAMAGE && item->place.segment == walk->known.end.segment &&
           item->place.offset == 0 && item->missing == 0 && item->end < walk->known.end.offset;
}

static void tell_missing(log_walk *walk, wal_item *item)
{
    walk->is_short_told = walk->is_segment_missing = true;
    *item = (wal_item){.found = WAL_FOUND_DAMAGE,
                       .place = {walk->known.newest, 0},
                       .what = "the segment is missing, which was there"};
}

/* Does the log end before that segment? Not if a context that runs has dropped meanwhile all that
 * was listed when the walk began: there are later ones then. */
static bool ends_before(const log_walk *walk, wal_position tail, uint64_t segment)
{
    return tail.segment < segment && !facts_is_end_there(walk->directory, segment);
}

static bool is_short(const log_walk *walk, wal_position tail)
{
    const wal_position known = walk->known.end;
    if (tail.segment < known.segment) return ends_before(walk, tail, known.segment);
    return position_is_before(tail, known);
}

weir_status log_walk_next(log_walk *walk, wal_item *item)
{
    weir_status status = next(walk, item);
    if (status != WEIR_OK || walk->is_short_told) return status;
    bool is_torn = item->found == WAL_FOUND_TORN_TAIL;
    walk->is_short_told = is_all_lost(walk, item);
    if (!is_torn && item->found != WAL_FOUND_END) return status;
    wal_position place = is_torn ? item->place : wal_reader_end(walk->reader).tail;
    if (is_short(walk, place))
        tell_short(walk, item, place, is_torn ? item->end : place.offset);
    else if (!is_torn && ends_before(walk, place, walk->known.newest))
        tell_missing(walk, item);
    return WEIR_OK;
}

/* A first start writes a header, and a seal if it comes to its end. */
static weir_status is_only_begun(const char *log, bool *is_nothing)
{
    wal_view view;
    weir_status status = wal_view_open(&view, log, 1);
    *is_nothing = status == WEIR_OK && wal_view_is_zero(&view, WAL_SEGMENT_HEADER);
    wal_view_close(&view);
    return status;
}

weir_status log_is_unbegun(const char *log, bool *is_nothing)
{
    wal_segment_list list = {0};
    wal_reader *reader;
    wal_item item;
    weir_status status = wal_directory_list(log, &list);
    bool is_empty = list.count == 0;
    *is_nothing = is_empty || (list.count == 1 && list.numbers[0] == 1);
    wal_segment_list_release(&list);
    if (status != WEIR_OK || is_empty || !*is_nothing) return status;
    status = wal_reader_open(&reader, log, (wal_position){0}, 0);
    if (status != WEIR_OK) return status;
    status = wal_reader_next(reader, &item);
    *is_nothing = item.found == WAL_FOUND_END;
    wal_reader_free(reader);
    return item.found == WAL_FOUND_TORN_TAIL ? is_only_begun(log, is_nothing) : status;
}
