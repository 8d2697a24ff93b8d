#include "state/incoming.h"

#include "base/file.h"
#include "state/files.h"
#include "state/room.h"

static weir_status check(const incoming *incoming, const char *what, char *error)
{
    return error ? database_error(incoming->path.bytes, what, error) : WEIR_OK;
}

weir_status incoming_begin(incoming *incoming, database *database, unsigned number)
{
    char *error = NULL;
    *incoming = (struct incoming){.database = database};
    buffer_printf(&incoming->path, "%s/incoming-%u.sst", database->directory, number);
    buffer_append(&incoming->path, "", 1);
    /* One left over from a failure may be linked into the database: never write to it. */
    weir_status status = file_remove_tree(incoming->path.bytes);
    incoming->file =
        rocksdb_sstfilewriter_create(database->options.files, database->options.database);
    if (status == WEIR_OK) {
        rocksdb_sstfilewriter_open(incoming->file, incoming->path.bytes, &error);
        status = check(incoming, "cannot write state", error);
    }
    if (status == WEIR_OK) return WEIR_OK;
    rocksdb_sstfilewriter_destroy(incoming->file);
    status = state_files_give_up(incoming->path.bytes, status);
    buffer_release(&incoming->path);
    return status;
}

weir_status incoming_put(incoming *incoming, const char *key, size_t key_size, const char *value,
                         size_t size)
{
    char *error = NULL;
    rocksdb_sstfilewriter_put(incoming->file, key, key_size, value, size, &error);
    return check(incoming, "cannot write state", error);
}

weir_status incoming_delete(incoming *incoming, const char *key, size_t key_size)
{
    char *error = NULL;
    rocksdb_sstfilewriter_delete(incoming->file, key, key_size, &error);
    return check(incoming, "cannot write state", error);
}

weir_status incoming_finish(incoming *incoming)
{
    char *error = NULL;
    rocksdb_sstfilewriter_finish(incoming->file, &error);
    return check(incoming, "cannot write state", error);
}

static weir_status give(const incoming *files, size_t count,
                        rocksdb_column_family_handle_t *family)
{
    char *error = NULL;
    const char *paths[INCOMING_FILES];
    database *database = files->database;
    weir_status status = room_check(database, 0);
    if (status != WEIR_OK) return status;
    for (size_t i = 0; i < count; i++) paths[i] = files[i].path.bytes;
    rocksdb_ingest_external_file_cf(database->rocks, family, paths, count,
                                    database->options.ingest, &error);
    status = check(files, "cannot take in state", error);
    if (status == WEIR_NO_SPACE) atomic_fetch_add(&database->refused, 1);
    return status;
}

weir_status incoming_end(incoming *files, size_t count, rocksdb_column_family_handle_t *family,
                         weir_status status)
{
    if (status == WEIR_OK) status = give(files, count, family);
    for (size_t i = 0; i < count; i++) {
        rocksdb_sstfilewriter_destroy(files[i].file);
        if (status != WEIR_OK) status = state_files_give_up(files[i].path.bytes, status);
        buffer_release(&files[i].path);
    }
    return status;
}
