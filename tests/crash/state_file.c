#include "crash/state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/codec.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store.h"

static const char file_name[] = "state.bin";
enum { MAX_SPACES = 8, MAX_PANES = 8 };

struct state_frozen {
    uint64_t boundary;
    buffer bytes;
};

/* The store in memory, and what was read from the file. */
typedef struct file_store {
    state_store base;
    state_store *inner;
    state_space *spaces[MAX_SPACES];
    size_t count;
    pane_set *panes[MAX_PANES];
    size_t pane_count;
    buffer read;
    arena arena;
    uint64_t boundary;
} file_store;

bool state_file_is_late;
static char late_path[1100];
static buffer late_bytes;

static file_store *store_of(state_store *base) { return (file_store *)base; }

/* --- the file: (boundary, (space, begun, partitions, ((partition, key, value, changed) ...)) ...,
 * null, (panes, expired, panes, ((time, partitions, ((records, (key, value) ...)) ...)) ...)
 * after 8 bytes of XXH3 ----------------------------------------------------------------------- */

static void encode_table(const state_table *table, size_t partition, buffer *to)
{
    for (size_t i = 0; i < table->count; i++) {
        const state_entry *entry = &table->entries[i];
        if (weir_is_absent(entry->value)) continue;
        codec_encode(to, weir_int((int64_t)partition));
        codec_encode(to, entry->key);
        codec_encode(to, entry->value);
        codec_encode(to, weir_int((int64_t)entry->changed));
    }
    codec_encode(to, weir_null());
}

static void encode_panes(const pane_set *set, buffer *to)
{
    codec_encode(to, weir_text(set->name));
    codec_encode(to, weir_int(set->final_expired_ms));
    codec_encode(to, weir_int((int64_t)set->final_count));
    for (size_t i = 0; i < set->final_count; i++) {
        const pane *pane = set->slots[i].data;
        codec_encode(to, weir_int(pane->time_ms));
        codec_encode(to, weir_int((int64_t)pane->part_count));
        for (size_t j = 0; j < pane->part_count; j++) {
            const records *records = &pane->parts[j].records;
            codec_encode(to, weir_int((int64_t)records->count));
            for (size_t k = 0; k < records->count; k++) {
                codec_encode(to, records_key(records, k));
                codec_encode(to, records->values[k]);
            }
        }
    }
}

static void encode_all(const file_store *store, uint64_t boundary, buffer *to)
{
    buffer_append(to, "\0\0\0\0\0\0\0\0", 8);
    codec_encode(to, weir_int((int64_t)boundary));
    for (size_t i = 0; i < store->count; i++) {
        const state_space *space = store->spaces[i];
        codec_encode(to, weir_text(space->name));
        codec_encode(to, weir_int((int64_t)space->begun));
        codec_encode(to, weir_int((int64_t)space->partitions));
        for (size_t j = 0; j < space->partitions; j++)
            encode_table(&space->tables[j], j, to);
    }
    codec_encode(to, weir_null());
    for (size_t i = 0; i < store->pane_count; i++) encode_panes(store->panes[i], to);
    uint64_t hash = XXH3_64bits(to->bytes + 8, to->size - 8);
    memcpy(to->bytes, &hash, sizeof hash);
}

static weir_value take(file_store *store, const char **at)
{
    weir_value value = weir_null();
    (void)codec_decode(at, store->read.bytes + store->read.size, &store->arena, &value);
    return value;
}

/* Passes over a space, or puts its entries into `space`. */
static void take_entries(file_store *store, const char **at, size_t partitions, state_space *space)
{
    for (size_t ended = 0; ended < partitions;) {
        weir_value partition = take(store, at);
        if (!weir_is_int(partition)) {
            ended++;
            continue;
        }
        weir_value key = take(store, at), value = take(store, at), changed = take(store, at);
        if (space)
            state_table_insert(&space->tables[weir_as_int(partition)], key, value,
                               (uint64_t)weir_as_int(changed));
    }
}

static bool is_text(weir_value value, const char *text)
{
    size_t length;
    const char *bytes = weir_bytes(&value, &length);
    return strlen(text) == length && memcmp(text, bytes, length) == 0;
}

/* Where the panes begin; puts the entries of `space` (or NULL) into it on the way. */
static const char *pass_spaces(file_store *store, state_space *space)
{
    const char *at = store->read.bytes + 8;
    (void)take(store, &at);
    for (;;) {
        weir_value name = take(store, &at);
        if (!weir_is_string(name)) return at;
        uint64_t begun = (uint64_t)weir_as_int(take(store, &at));
        size_t partitions = (size_t)weir_as_int(take(store, &at));
        bool is_it = space && is_text(name, space->name);
        if (is_it) space->begun = begun;
        take_entries(store, &at, partitions, is_it ? space : NULL);
    }
}

static void load_space(file_store *store, state_space *space)
{
    if (store->read.size > 0) (void)pass_spaces(store, space);
}

static pane *take_pane(file_store *store, const char **at)
{
    int64_t time_ms = weir_as_int(take(store, at));
    size_t parts = (size_t)weir_as_int(take(store, at));
    pane *taken = pane_create(time_ms, parts, true, NULL);
    for (size_t i = 0; i < parts; i++) {
        pane_part *part = &taken->parts[i];
        for (int64_t left = weir_as_int(take(store, at)); left > 0; left--) {
            weir_value key = take(store, at), value = take(store, at);
            records_append(&part->records, &part->memory, key, value);
        }
    }
    return taken;
}

/* They are final; all of them stay in memory. */
static void load_panes(file_store *store, pane_set *set)
{
    if (store->read.size == 0) return;
    const char *at = pass_spaces(store, NULL), *end = store->read.bytes + store->read.size;
    while (at < end) {
        bool is_it = is_text(take(store, &at), set->name);
        int64_t expired_ms = weir_as_int(take(store, &at));
        if (is_it) pane_set_expire(set, expired_ms);
        for (int64_t left = weir_as_int(take(store, &at)); left > 0; left--) {
            pane *pane = take_pane(store, &at);
            if (is_it) pane_set_add(set, pane);
            else pane_release(pane);
            pane_set_finish(set);
        }
        if (is_it) pane_set_finish(set);
    }
}

static weir_status read_file(const char *path, buffer *to)
{
    int file;
    size_t got = 0;
    file_info info;
    weir_status status = file_stat(path, &info);
    if (status == WEIR_OK) status = file_open_read(path, &file);
    if (status != WEIR_OK) return status;
    char *room = buffer_reserve(to, (size_t)info.size);
    status = file_read_at(file, path, room, (size_t)info.size, 0, &got);
    file_close(file, path);
    to->size = got;
    uint64_t hash = 0;
    if (got >= 8) memcpy(&hash, to->bytes, 8);
    if (status == WEIR_OK && (got < 9 || hash != XXH3_64bits(to->bytes + 8, got - 8)))
        status = error_set(WEIR_DAMAGED, "%s: the state is damaged", path);
    return status;
}

static weir_status write_file(const char *path, const buffer *bytes)
{
    int file;
    weir_status status = file_create(path, &file);
    if (status != WEIR_OK) return status;
    status = file_write(file, path, bytes->bytes, bytes->size);
    if (status == WEIR_OK) status = file_sync(file, path);
    weir_status closed = file_close(file, path);
    return status == WEIR_OK ? closed : status;
}

/* --- the store ------------------------------------------------------------------------------- */

static weir_status open_space(state_store *base, const char *name, size_t partitions,
                              state_space **space)
{
    file_store *store = store_of(base);
    weir_status status = store->inner->class->open_space(store->inner, name, partitions, space);
    if (status != WEIR_OK) return status;
    for (size_t i = 0; i < store->count; i++)
        if (store->spaces[i] == *space) return WEIR_OK;
    if (store->count == MAX_SPACES) return error_set(WEIR_UNSUPPORTED, "too many spaces");
    store->spaces[store->count++] = *space;
    load_space(store, *space);
    return WEIR_OK;
}

static weir_status open_panes(state_store *base, const char *name, bool is_keyed,
                              size_t part_count, pane_set **panes)
{
    file_store *store = store_of(base);
    weir_status status =
        store->inner->class->open_panes(store->inner, name, is_keyed, part_count, panes);
    if (status != WEIR_OK) return status;
    for (size_t i = 0; i < store->pane_count; i++)
        if (store->panes[i] == *panes) return WEIR_OK;
    if (store->pane_count == MAX_PANES) return error_set(WEIR_UNSUPPORTED, "too many windows");
    store->panes[store->pane_count++] = *panes;
    load_panes(store, *panes);
    return WEIR_OK;
}

static void begin(state_store *base, uint64_t batch_index)
{
    state_store *inner = store_of(base)->inner;
    inner->class->begin(inner, batch_index);
}

static weir_status finish(state_store *base)
{
    state_store *inner = store_of(base)->inner;
    return inner->class->finish(inner);
}

static void undo(state_store *base)
{
    state_store *inner = store_of(base)->inner;
    inner->class->undo(inner);
}

static void close_store(state_store *base)
{
    file_store *store = store_of(base);
    store->inner->class->close(store->inner);
    buffer_release(&store->read);
    arena_release(&store->arena);
    free(store);
}

weir_status rocks_store_open(const char *live_directory, const rocks_store_options *options,
                             state_store **made)
{
    static const state_store_class class = {.open_space = open_space,
                                            .open_panes = open_panes,
                                            .begin = begin,
                                            .finish = finish,
                                            .undo = undo,
                                            .close = close_store};
    (void)options;
    char path[512];
    file_store *store = memory_zero_alloc(1, sizeof *store);
    store->base.class = &class;
    store->inner = state_store_in_memory();
    arena_init(&store->arena, NULL);
    (void)snprintf(path, sizeof path, "%s/%s", live_directory, file_name);
    weir_status status = file_exists(path) ? read_file(path, &store->read) : WEIR_OK;
    if (status != WEIR_OK) close_store(&store->base);
    else *made = &store->base;
    return status;
}

void rocks_store_warm(state_store *store) { (void)store; }

bool rocks_store_has_room(state_store *store)
{
    (void)store;
    return true;
}

/* Nothing is ever over its memory. */
void rocks_store_give_up(state_store *store) { (void)store; }

bool rocks_store_is_damaged(state_store *store)
{
    (void)store;
    return false;
}

/* Programs do not change here. */
weir_status rocks_store_drop(state_store *store, rocks_store_keeps keeps, void *user)
{
    (void)store, (void)keeps, (void)user;
    return WEIR_OK;
}

/* --- boundaries ------------------------------------------------------------------------------ */

state_frozen *state_freeze(state_store *store, uint64_t boundary, pool *pool)
{
    (void)pool;
    state_frozen *frozen = memory_zero_alloc(1, sizeof *frozen);
    frozen->boundary = boundary;
    encode_all(store_of(store), boundary, &frozen->bytes);
    return frozen;
}

void state_frozen_abandon(state_store *store, state_frozen *frozen)
{
    (void)store;
    buffer_release(&frozen->bytes);
    free(frozen);
}

void state_file_catch_up(void)
{
    if (late_path[0]) (void)write_file(late_path, &late_bytes);
    late_path[0] = '\0';
}

static weir_status write_now_or_late(const char *path, const buffer *bytes)
{
    if (!state_file_is_late) return write_file(path, bytes);
    late_bytes.size = 0;
    buffer_append(&late_bytes, bytes->bytes, bytes->size);
    /* Behind the rename: where it will be then. */
    const char *hidden = strstr(path, ".tmp-");
    (void)snprintf(late_path, sizeof late_path, "%.*s%s", (int)(hidden ? hidden - path : 0), path,
                   hidden ? hidden + 5 : path);
    return WEIR_OK;
}

weir_status state_checkpoint_write(state_store *store, state_frozen *frozen, const char *directory,
                                   state_files *files)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", directory, file_name);
    weir_status status = file_make_directory(directory);
    if (status == WEIR_OK) status = write_now_or_late(path, &frozen->bytes);
    if (status == WEIR_OK) status = file_sync_directory(directory);
    if (status == WEIR_OK)
        state_files_add(files, file_name, frozen->bytes.size,
                        XXH3_64bits(frozen->bytes.bytes, frozen->bytes.size));
    state_frozen_abandon(store, frozen);
    return status;
}

void state_checkpoint_await(state_store *store, bool waits)
{
    (void)store, (void)waits;
}

void state_checkpoint_know(state_store *store, const state_files *files)
{
    (void)store, (void)files;
}

/* The live file is scratch and is not synced. */
weir_status state_restore(const char *state_directory, const char *live_directory)
{
    char from[512], to[512];
    buffer bytes = {0};
    int file;
    (void)snprintf(from, sizeof from, "%s/%s", state_directory, file_name);
    (void)snprintf(to, sizeof to, "%s/%s", live_directory, file_name);
    weir_status status = file_remove_tree(live_directory);
    if (status == WEIR_OK) status = file_make_directory(live_directory);
    if (status == WEIR_OK) status = read_file(from, &bytes);
    if (status == WEIR_OK) status = file_create(to, &file);
    if (status == WEIR_OK) {
        status = file_write(file, to, bytes.bytes, bytes.size);
        file_close(file, to);
    }
    buffer_release(&bytes);
    return status;
}
