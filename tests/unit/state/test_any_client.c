/* State can be read without weir: by RocksDB as it comes, and by what docs/FORMATS.md says.
 * Nothing but writing the checkpoint is done by code of weir here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rocksdb/c.h>

#include "base/file.h"
#include "state/checkpoint.h"
#include "state/store.h"
#include "support/documented.h"
#include "support/state_model.h"

enum { PARTITIONS = 25, FAMILIES = 3 };

typedef struct place {
    char *directory;
    char *state;
    char *copy;
} place;

static void put(state_store *store, state_space *space, uint64_t batch, weir_value key,
                weir_value value)
{
    store->class->begin(store, batch);
    if (space->begun == 0) space->begun = batch;
    state_table *table = &space->tables[value_partition(key, PARTITIONS)];
    uint32_t index = model_find(space, value_partition(key, PARTITIONS), key);
    state_table_touch(table, index);
    state_table_set(table, index, value);
    assert_int_equal(store->class->finish(store), WEIR_OK);
}

/* The checkpoint of the page: two keys, of batches 300 and 301, and a space without keys. */
static void write_checkpoint(const place *place)
{
    rocks_store_options options = {0};
    state_files files = {0};
    state_store *store;
    state_space *space, *empty;
    weir_value items[] = {weir_bool(true), weir_double(0.5)};
    char *live = model_path(place->directory, "live");
    assert_int_equal(rocks_store_open(live, &options, &store), WEIR_OK);
    assert_int_equal(store->class->open_space(store, "sum by user", PARTITIONS, &space), WEIR_OK);
    assert_int_equal(store->class->open_space(store, "empty", PARTITIONS, &empty), WEIR_OK);
    put(store, space, 300, weir_text("user0000001"), weir_int(7));
    put(store, space, 301, weir_pair(weir_int(-1), weir_text("a")), weir_list(items, 2));
    assert_int_equal(state_checkpoint_write(store, state_freeze(store, 301, NULL), place->state,
                                            &files),
                     WEIR_OK);
    state_files_release(&files);
    store->class->close(store);
    free(live);
}

static void copy_file(void *user, const char *name)
{
    const place *place = user;
    char *from = model_path(place->state, name), *to = model_path(place->copy, name);
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (int byte; (byte = fgetc(in)) != EOF;) assert_int_equal(fputc(byte, out), byte);
    fclose(in);
    assert_int_equal(fclose(out), 0);
    free(from);
    free(to);
}

static void make_place(place *place)
{
    place->directory = model_directory();
    place->state = model_path(place->directory, "state");
    place->copy = model_path(place->directory, "copy");
    write_checkpoint(place);
    assert_int_equal(file_make_directory(place->copy), WEIR_OK);
    assert_int_equal(file_list(place->state, copy_file, place), WEIR_OK);
}

static void remove_place(place *place)
{
    free(place->state);
    free(place->copy);
    model_remove_directory(place->directory);
}

/* --- a client that knows RocksDB only -------------------------------------------------------- */

typedef struct client {
    rocksdb_options_t *options;
    rocksdb_readoptions_t *read;
    rocksdb_t *database;
    char **names;
    size_t count;
    rocksdb_column_family_handle_t *families[FAMILIES];
} client;

static void open_client(client *client, const char *path)
{
    char *error = NULL;
    const rocksdb_options_t *options[FAMILIES];
    *client = (struct client){.options = rocksdb_options_create(),
                              .read = rocksdb_readoptions_create()};
    client->names =
        rocksdb_list_column_families(client->options, path, &client->count, &error);
    if (error) fail_msg("%s", error);
    assert_int_equal(client->count, FAMILIES);
    for (int i = 0; i < FAMILIES; i++) options[i] = client->options;
    client->database = rocksdb_open_for_read_only_column_families(
        client->options, path, FAMILIES, (const char *const *)client->names, options,
        client->families, 0, &error);
    if (error) fail_msg("%s", error);
}

static void close_client(client *client)
{
    for (int i = 0; i < FAMILIES; i++) rocksdb_column_family_handle_destroy(client->families[i]);
    rocksdb_list_column_families_destroy(client->names, client->count);
    rocksdb_close(client->database);
    rocksdb_readoptions_destroy(client->read);
    rocksdb_options_destroy(client->options);
}

static rocksdb_column_family_handle_t *family_of(const client *client, const char *name)
{
    for (int i = 0; i < FAMILIES; i++)
        if (strcmp(client->names[i], name) == 0) return client->families[i];
    fail_msg("there is no column family %s", name);
    return NULL;
}

/* What stands under a key is what the page says behind `text`. */
static void check_value(const client *client, const char *family, const void *key, size_t key_size,
                        const char *text)
{
    char *error = NULL;
    size_t size;
    char *value = rocksdb_get_cf(client->database, client->read, family_of(client, family), key,
                                 key_size, &size, &error);
    if (error) fail_msg("%s", error);
    if (!value) fail_msg("%s has no such key: %s", family, text);
    check_documented(text, value, size);
    rocksdb_free(value);
}

static size_t count_keys(const client *client, const char *family)
{
    size_t count = 0;
    rocksdb_iterator_t *at =
        rocksdb_create_iterator_cf(client->database, client->read, family_of(client, family));
    for (rocksdb_iter_seek_to_first(at); rocksdb_iter_valid(at); rocksdb_iter_next(at)) count++;
    rocksdb_iter_destroy(at);
    return count;
}

/* --- the tests ------------------------------------------------------------------------------- */

static void keys_and_values_are_where_the_page_says(void **state)
{
    (void)state;
    place place;
    client client;
    buffer text = {0}, pair = {0};
    make_place(&place);
    open_client(&client, place.copy);
    documented_bytes("`user0000001` in partition 5:", &text);
    documented_bytes("The pair (-1, `a`) in partition 15:", &pair);
    check_value(&client, "space.sum%20by%20user", text.bytes, text.size,
                "The sum 7, last changed in batch 300:");
    check_value(&client, "space.sum%20by%20user", pair.bytes, pair.size,
                "The list (true, 0.5), last changed in batch 301:");
    assert_int_equal(count_keys(&client, "space.sum%20by%20user"), 2);
    assert_int_equal(count_keys(&client, "space.empty"), 0);
    buffer_release(&text);
    buffer_release(&pair);
    close_client(&client);
    remove_place(&place);
}

static void the_default_family_describes_them(void **state)
{
    (void)state;
    static const char boundary[] = "boundary", space[] = "space.sum%20by%20user";
    place place;
    client client;
    make_place(&place);
    open_client(&client, place.copy);
    check_value(&client, "default", boundary, sizeof boundary - 1,
                "The boundary of batch 301:");
    check_value(&client, "default", space, sizeof space - 1,
                "The space `sum by user` of 25 partitions, begun in batch 300:");
    close_client(&client);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_are_where_the_page_says),
        cmocka_unit_test(the_default_family_describes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
