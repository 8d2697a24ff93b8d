#include "outputs/text_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "operators/dataset.h"
#include "record/value.h"

enum { ROOM_BYTES = 64 << 10 };

/* One part while it is written. */
typedef struct part {
    sink base;
    task *task;
    char *path;
    int descriptor; /* -1: not there */
    char *room;     /* ROOM_BYTES */
    size_t used;
    uint64_t records;
} part;

typedef struct parts {
    stage base;
    const char *directory;
    part *all; /* one for each partition */
} parts;

char *text_parts_path(const char *directory, size_t partition)
{
    size_t size = strlen(directory) + 32;
    char *path = memory_alloc(size);
    snprintf(path, size, "%s/part-%05zu", directory, partition);
    return path;
}

/* Keeps the failure of a call on the file in the task. */
static bool check(part *part, weir_status status)
{
    if (status != WEIR_OK) task_fail(part->task, status, "%s", error_text());
    return status == WEIR_OK;
}

static void flush(part *part)
{
    if (part->used == 0 || task_is_failed(part->task)) return;
    check(part, file_write(part->descriptor, part->path, part->room, part->used));
    part->used = 0;
}

/* After a failure nothing is gathered any more: nobody would empty the room. */
static void write_piece(void *user, const char *text, size_t length)
{
    part *part = user;
    if (length > ROOM_BYTES - part->used) flush(part);
    if (task_is_failed(part->task)) return;
    if (length > ROOM_BYTES) {
        check(part, file_write(part->descriptor, part->path, text, length));
        return;
    }
    memcpy(part->room + part->used, text, length);
    part->used += length;
}

static void write_record(part *part, weir_value key, weir_value value)
{
    if (weir_is_absent(key)) {
        value_write(value, write_piece, part);
    } else {
        write_piece(part, "(", 1);
        value_write(key, write_piece, part);
        write_piece(part, ",", 1);
        value_write(value, write_piece, part);
        write_piece(part, ")", 1);
    }
    write_piece(part, "\n", 1);
}

static void push(sink *base, task *task, const weir_vector *vector)
{
    part *part = (struct part *)base;
    for (size_t i = 0; i < vector->count && !task_is_failed(task); i++)
        write_record(part, vector->keys ? vector->keys[i] : weir_absent(), vector->values[i]);
    part->records += vector->count;
}

static sink *begin_part(stage *base, task *task, size_t partition)
{
    parts *parts = (struct parts *)base;
    part *part = &parts->all[partition];
    part->base.push = push;
    part->task = task;
    part->path = text_parts_path(parts->directory, partition);
    part->room = memory_alloc(ROOM_BYTES);
    check(part, file_create(part->path, &part->descriptor));
    return &part->base;
}

static void release(part *part)
{
    if (part->descriptor >= 0) (void)file_close(part->descriptor, part->path);
    part->descriptor = -1;
    free(part->path);
    free(part->room);
    part->path = part->room = NULL;
}

static void end_part(stage *base, task *task, size_t partition, sink *sink)
{
    (void)base;
    (void)partition;
    part *part = (struct part *)sink;
    flush(part);
    if (!task_is_failed(task)) check(part, file_sync(part->descriptor, part->path));
    int descriptor = part->descriptor;
    part->descriptor = -1;
    if (descriptor >= 0) check(part, file_close(descriptor, part->path));
    release(part);
}

weir_status text_parts_write(weir_dataset *dataset, const char *directory, uint64_t *records)
{
    size_t count = dataset->partitions;
    parts parts = {{begin_part, end_part}, directory, memory_zero_alloc(count, sizeof(part))};
    for (size_t i = 0; i < count; i++) parts.all[i].descriptor = -1;
    weir_status status = dataset_run(dataset, &parts.base, 0, count);
    *records = 0;
    for (size_t i = 0; i < count; i++) {
        *records += parts.all[i].records;
        release(&parts.all[i]); /* of partitions that failed in the middle */
    }
    free(parts.all);
    return status;
}
