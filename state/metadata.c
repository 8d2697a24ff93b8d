#include "state/metadata.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

/* --- writing -------------------------------------------------------------------------------- */

weir_status metadata_put(database *database, const char *key, size_t key_size,
                         const weir_value *items, size_t count)
{
    assert(count < METADATA_ITEMS_MAX);
    buffer bytes = {0};
    char *error = NULL;
    char head[2] = {WEIR_LIST, (char)(count + 1)};
    buffer_append(&bytes, head, 2);
    codec_encode(&bytes, weir_int(METADATA_FORM));
    for (size_t i = 0; i < count; i++) codec_encode(&bytes, items[i]);
    rocksdb_put_cf(database->rocks, database->options.write, database->defaults, key, key_size,
                   bytes.bytes, bytes.size, &error);
    buffer_release(&bytes);
    return database_error(database->directory, "cannot write what is known of a space", error);
}

weir_status metadata_remove(database *database, const char *key, size_t key_size)
{
    char *error = NULL;
    rocksdb_delete_cf(database->rocks, database->options.write, database->defaults, key, key_size,
                      &error);
    return database_error(database->directory, "cannot forget a space", error);
}

/* --- reading -------------------------------------------------------------------------------- */

const weir_value *metadata_decode(const char *bytes, size_t size, size_t count, arena *arena)
{
    char *copy = arena_copy(arena, bytes, size);
    const char *at = copy;
    weir_value list;
    size_t length;
    if (!codec_decode(&at, copy + size, arena, &list) || at != copy + size) return NULL;
    const weir_value *items = weir_items(list, &length);
    bool is_good = items && length == count + 1 && weir_as_int(items[0]) == METADATA_FORM;
    return is_good ? items + 1 : NULL;
}

bool metadata_name(weir_value value, char **name)
{
    size_t length;
    if (!weir_is_string(value)) return false;
    const char *text = weir_bytes(&value, &length);
    if (length == 0 || length > SPACE_NAME_MAX || memchr(text, 0, length)) return false;
    *name = memory_zero_alloc(1, length + 1);
    memcpy(*name, text, length);
    return true;
}

weir_status metadata_each(database *database, const char *prefix, const char *what,
                          metadata_visit visit, void *user)
{
    char end[32], *error = NULL;
    size_t length = strlen(prefix);
    assert(length > 0 && length < sizeof end);
    memcpy(end, prefix, length);
    end[length - 1]++;
    rocksdb_readoptions_t *options = rocks_scan_options(end, length);
    rocksdb_iterator_t *from =
        rocksdb_create_iterator_cf(database->rocks, options, database->defaults);
    weir_status status = WEIR_OK;
    rocksdb_iter_seek(from, prefix, length);
    for (; status == WEIR_OK && rocksdb_iter_valid(from); rocksdb_iter_next(from)) {
        size_t size;
        const char *bytes = rocksdb_iter_value(from, &size);
        if (!visit(user, bytes, size))
            status = error_set(WEIR_DAMAGED, "%s: the record of %s is damaged",
                               database->directory, what);
    }
    rocksdb_iter_get_error(from, &error);
    if (error) status = database_error(database->directory, "cannot read its spaces", error);
    rocksdb_iter_destroy(from);
    rocksdb_readoptions_destroy(options);
    return status;
}
