/* A checkpoint in steps; what is on disk after each of them is in README.md.
 *
 *   1. one sorted file for each space and each set of panes, taken into the live database;
 *      files of expired panes leave it
 *   2. what is known about spaces and panes, into its default column family
 *   3. hard links of all its files in the new directory, by RocksDB
 *   4. from here on the live database may move on (S1)
 *   5. hashes of the files that are new, syncs
 *   6. small files of panes in the live database become larger ones, for checkpoints to come */
#include "state/checkpoint.h"

#include "base/file.h"
#include "state/ingest.h"
#include "state/pane_merge.h"
#include "state/room.h"

static weir_status write_records(rocks_store *store, const state_frozen *frozen)
{
    weir_status status = space_boundary_put(store->database, frozen->boundary);
    for (size_t i = 0; i < frozen->space_count && status == WEIR_OK; i++) {
        const state_space *space = &frozen->spaces[i].space->base;
        space_record record = {space->name, space->partitions, frozen->spaces[i].begun};
        status = space_record_put(store->database, &record);
    }
    for (size_t i = 0; i < frozen->pane_count && status == WEIR_OK; i++) {
        const frozen_panes *panes = &frozen->panes[i];
        const pane_set *set = &panes->panes->base;
        pane_record record = {set->name, set->is_keyed, panes->panes->part_count,
                              panes->expired_ms};
        status = pane_record_put(store->database, &record);
    }
    return status;
}

static weir_status link_files(const rocks_store *store, const char *directory)
{
    char *error = NULL;
    rocksdb_checkpoint_t *links = rocksdb_checkpoint_object_create(store->database->rocks, &error);
    if (!error) rocksdb_checkpoint_create(links, directory, 0, &error);
    if (links) rocksdb_checkpoint_object_destroy(links);
    return database_error(directory, "cannot link the state", error);
}

static weir_status list_files(rocks_store *store, const char *directory, state_files *files)
{
    weir_status status = file_sync_directory(directory);
    if (status == WEIR_OK) status = state_files_list(directory, &store->known, files);
    if (status != WEIR_OK) return status;
    state_files_release(&store->known);
    for (size_t i = 0; i < files->count; i++)
        state_files_add(&store->known, files->files[i].name, files->files[i].size,
                        files->files[i].hash);
    return WEIR_OK;
}

static void merge_panes(rocks_store *store)
{
    pthread_mutex_lock(&store->lock);
    size_t count = store->pane_count;
    pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_lock(&store->lock);
        const rocks_panes *panes = store->panes[i];
        pthread_mutex_unlock(&store->lock);
        (void)pane_merge(store->database, panes->base.name, panes->family);
    }
}

weir_status state_checkpoint_write(state_store *base, state_frozen *frozen, const char *directory,
                                   state_files *files)
{
    rocks_store *store = rocks_store_of(base);
    weir_status status = ingest_begin(store, frozen);
    if (status == WEIR_OK) status = room_check(store->database, 0); /* records are flushed */
    if (status == WEIR_OK) status = write_records(store, frozen);
    if (status == WEIR_OK) status = link_files(store, directory);
    ingest_end(store, frozen, status == WEIR_OK);
    if (status != WEIR_OK) return status;
    status = list_files(store, directory, files);
    if (status != WEIR_OK) return state_files_give_up(directory, status);
    merge_panes(store);
    return WEIR_OK;
}

void state_checkpoint_know(state_store *base, const state_files *files)
{
    rocks_store *store = rocks_store_of(base);
    for (size_t i = 0; i < files->count; i++)
        state_files_add(&store->known, files->files[i].name, files->files[i].size,
                        files->files[i].hash);
}

void state_checkpoint_await(state_store *base, bool waits)
{
    if (!base) return;
    rocks_store *store = rocks_store_of(base);
    if (waits) atomic_fetch_add(&store->awaited, 1);
    else atomic_fetch_sub(&store->awaited, 1);
}
