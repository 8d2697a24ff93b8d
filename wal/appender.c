#include "wal/appender.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log_line.h"
#include "wal/directory.h"
#include "wal/newest.h"

/* Not in the log of another one, which may be where this one was. */
static void note_newest(wal_appender *appender)
{
    const char *directory = appender->options.directory;
    if (file_is_in_place(directory, appender->place))
        wal_newest_note(directory, appender->segment.number, &appender->noted);
}

static weir_status sync_segment(wal_appender *appender)
{
    appender->sync_due_us = 0;
    if (!appender->segment.path) return WEIR_OK;
    const bool was_named = appender->segment.is_named;
    weir_status status = wal_segment_sync(&appender->segment);
    if (status != WEIR_OK) return status;
    appender->syncs++;
    if (!was_named) note_newest(appender);
    return WEIR_OK;
}

static void note_lost(wal_appender *appender, weir_status status)
{
    appender->lost = status;
    (void)snprintf(appender->why, sizeof appender->why, "%s", error_text());
}

/* What was acknowledged and not synced is tried once more, unless it is a sync that has failed:
 * then another one that succeeds says nothing. */
void wal_appender_abandon(wal_appender *appender)
{
    wal_segment *segment = &appender->segment;
    bool is_owed = appender->sync_due_us != 0 && appender->lost == WEIR_OK;
    appender->sync_due_us = 0;
    if (appender->options.sync == WAL_SYNC_GROUP) {
        wal_segment_abandon(segment);
        return;
    }
    if (is_owed && segment->path) {
        weir_status status = sync_segment(appender);
        if (status != WEIR_OK) note_lost(appender, status);
    }
    wal_segment_close(segment);
}

bool wal_appender_sync_is_due(const wal_appender *appender)
{
    return appender->sync_due_us != 0 && clock_monotonic_us() >= appender->sync_due_us;
}

void wal_appender_sync_late(wal_appender *appender)
{
    weir_status status = sync_segment(appender);
    if (status == WEIR_OK) return;
    note_lost(appender, status);
    log_line(WEIR_ERROR, "%s; what was received since the sync before may be lost if the power "
             "fails; the log goes on in a new segment", appender->why);
    wal_appender_abandon(appender);
}

weir_status wal_appender_sync_all(wal_appender *appender)
{
    wal_appender_sync_late(appender);
    weir_status status = appender->lost;
    appender->lost = WEIR_OK;
    return status == WEIR_OK ? WEIR_OK : error_set(status, "%s", appender->why);
}

static void end_segment(wal_appender *appender)
{
    if (appender->options.sync == WAL_SYNC_INTERVAL) wal_appender_sync_late(appender);
    appender->sync_due_us = 0;
    wal_segment_close(&appender->segment);
}

void wal_appender_close(wal_appender *appender)
{
    end_segment(appender);
    if (appender->place >= 0) (void)file_close(appender->place, appender->options.directory);
}

weir_status wal_appender_open(wal_appender *appender, const wal_options *options)
{
    *appender = (wal_appender){.options = *options};
    appender->noted = wal_newest_read(options->directory);
    return file_open_place(options->directory, &appender->place);
}

weir_status wal_appender_check_place(const wal_appender *appender)
{
    const char *path = appender->options.directory;
    if (file_is_in_place(path, appender->place)) return WEIR_OK;
    return error_set(WEIR_IO,
                     "%s was moved or removed while it was in use: nothing is written to what is "
                     "there now; what was acknowledged is where it was moved to",
                     path);
}

static weir_status begin_segment(wal_appender *appender, uint64_t least)
{
    const wal_options *options = &appender->options;
    weir_status status = wal_appender_check_place(appender);
    if (status == WEIR_OK)
        status = wal_directory_can_follow(options->directory, appender->number);
    if (status != WEIR_OK) return status;
    wal_segment_header header = {.owner = options->owner, .number = ++appender->number};
    memcpy(header.context_id, options->context_id, WAL_CONTEXT_ID);
    header.first_sequence = appender->next_sequence;
    return wal_segment_create(&appender->segment, options->directory, &header,
                              options->segment_bytes, least,
                              options->sync == WAL_SYNC_GROUP);
}

weir_status wal_appender_begin(wal_appender *appender)
{
    weir_status status = begin_segment(appender, 0);
    if (status == WEIR_OK) status = sync_segment(appender);
    if (status == WEIR_OK) return WEIR_OK;
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    wal_segment_abandon(&appender->segment);
    return error_set(status, "%s", why);
}

static weir_status append(wal_appender *appender, wal_group *group)
{
    wal_segment *segment = &appender->segment;
    size_t pieces = wal_group_place(group, (wal_position){segment->number, segment->offset});
    return wal_segment_append(segment, group->pieces, pieces, group->bytes);
}

weir_status wal_appender_store(wal_appender *appender, wal_group *group)
{
    wal_segment *segment = &appender->segment;
    const wal_options *options = &appender->options;
    weir_status status = WEIR_OK;
    bool is_full = segment->path && group->bytes > segment->capacity - segment->offset;
    if (is_full) end_segment(appender);
    if (!segment->path) status = begin_segment(appender, group->bytes);
    if (status == WEIR_OK) status = append(appender, group);
    if (status == WEIR_OK && options->sync == WAL_SYNC_GROUP) status = sync_segment(appender);
    if (status != WEIR_OK) return status;
    if (options->sync == WAL_SYNC_INTERVAL && appender->sync_due_us == 0)
        appender->sync_due_us = clock_monotonic_us() + options->sync_ms * 1000;
    appender->next_sequence += group->count;
    return WEIR_OK;
}

void wal_appender_seal(wal_appender *appender)
{
    if (!appender->segment.path) return;
    wal_group group = {0};
    wal_request mark = {.kind = WAL_SEALED};
    wal_group_add(&group, &mark);
    wal_group_prepare(&group, appender->next_sequence, false);
    weir_status status = append(appender, &group);
    if (status == WEIR_OK) status = sync_segment(appender);
    if (status != WEIR_OK)
        log_line(WEIR_WARNING, "%s; the log could not be sealed", error_text());
    wal_group_release(&group);
}
