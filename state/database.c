#include "state/database.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

static const char short_name[] = "/proc/self/fd/";
static const char *const column_prefixes[] = {"space.", "panes."};

/* --- names and errors ----------------------------------------------------------------------- */

void database_quote(buffer *to, column_kind kind, const char *space)
{
    buffer_append_text(to, column_prefixes[kind]);
    for (; *space; space++) {
        unsigned char byte = (unsigned char)*space;
        bool is_plain = byte < 0x80 && (isalnum(byte) || byte == '_' || byte == '-');
        if (is_plain) buffer_append(to, space, 1);
        else buffer_printf(to, "%%%02X", byte);
    }
}

static char *column_name(column_kind kind, const char *space)
{
    buffer name = {0};
    database_quote(&name, kind, space);
    buffer_append(&name, "", 1);
    return name.bytes;
}

static weir_status error_status(const char *text)
{
    if (strstr(text, "No space left") || strstr(text, "Disk quota")) return WEIR_NO_SPACE;
    if (strstr(text, "Corruption") || strstr(text, "No such file")) return WEIR_DAMAGED;
    return WEIR_IO;
}

/* RocksDB ends what it says with the text of errno. */
static bool is_denied(const char *text)
{
    return strstr(text, "Permission denied") || strstr(text, "Operation not permitted") ||
           strstr(text, "Too many open files") || strstr(text, "Cannot allocate memory");
}

/* What its short name has before the name of a file says nothing to anybody. */
static void drop_short_names(char *text)
{
    size_t length = sizeof short_name - 1;
    for (char *at = text; (at = strstr(at, short_name));) {
        const char *rest = at + length + strspn(at + length, "0123456789");
        if (*rest == '/') rest++;
        memmove(at, rest, strlen(rest) + 1);
    }
}

weir_status database_error(const char *directory, const char *what, char *error)
{
    if (!error) return WEIR_OK;
    drop_short_names(error);
    weir_status status = error_set(error_status(error), "%s: %s: %s", directory, what, error);
    if (status == WEIR_IO && is_denied(error)) error_mark_denied();
    rocksdb_free(error);
    return status;
}

/* --- opening -------------------------------------------------------------------------------- */

typedef struct opening {
    char **names;
    size_t count;
    rocksdb_column_family_handle_t **families;
    const rocksdb_options_t **options;
} opening;

static void keep_columns(database *database, const opening *opening)
{
    database->columns = memory_alloc(opening->count * sizeof *database->columns);
    for (size_t i = 0; i < opening->count; i++) {
        if (strcmp(opening->names[i], "default") == 0) {
            database->defaults = opening->families[i];
            continue;
        }
        database->columns[database->column_count++] =
            (database_column){memory_copy_text(opening->names[i]), opening->families[i]};
    }
}

static weir_status open_columns(database *database, opening *opening)
{
    char *error = NULL;
    size_t count = opening->count;
    opening->families = memory_zero_alloc(count, sizeof *opening->families);
    opening->options = memory_alloc(count * sizeof *opening->options);
    for (size_t i = 0; i < count; i++) opening->options[i] = database->options.database;
    const char *const *names = (const char *const *)opening->names;
    database->rocks =
        database->is_read_only
            ? rocksdb_open_for_read_only_column_families(
                  database->options.database, database->name, (int)count, names,
                  opening->options, opening->families, 0, &error)
            : rocksdb_open_column_families(database->options.database, database->name,
                                           (int)count, names, opening->options,
                                           opening->families, &error);
    weir_status status = database_error(database->directory, "cannot open the state", error);
    if (status == WEIR_OK) keep_columns(database, opening);
    free(opening->families);
    free(opening->options);
    return status;
}

static bool is_there(const char *directory)
{
    buffer path = {0};
    buffer_printf(&path, "%s/CURRENT", directory);
    buffer_append(&path, "", 1);
    bool found = file_exists(path.bytes);
    buffer_release(&path);
    return found;
}

static weir_status open_database(database *database)
{
    char default_name[] = "default", *first[] = {default_name};
    opening opening = {first, 1, NULL, NULL};
    if (!is_there(database->directory)) {
        if (database->is_read_only)
            return error_set(WEIR_DAMAGED, "%s: there is no state here", database->directory);
        return open_columns(database, &opening);
    }
    char *error = NULL;
    char **names = rocksdb_list_column_families(database->options.database, database->name,
                                                &opening.count, &error);
    opening.names = names;
    weir_status status = error
                             ? database_error(database->directory, "cannot open the state", error)
                             : open_columns(database, &opening);
    /* There is an array even if it failed. */
    rocksdb_list_column_families_destroy(names, opening.count);
    return status;
}

/* The folder for RocksDB's own log of messages: one for a database, so that what a killed process
 * left of it is found again; one for each process that only looks on. */
static void name_log_folder(const database *database, char *folder, size_t size)
{
    char *path = realpath(database->directory, NULL);
    const char *known = path ? path : database->directory;
    (void)snprintf(folder, size, "/dev/shm/weir-%016llx-%ld",
                   (unsigned long long)XXH3_64bits(known, strlen(known)),
                   database->is_read_only ? (long)getpid() : 0);
    free(path);
}

/* In a folder of its own the log is called by the whole name of the database, '_' for '/', with
 * something behind it. */
static bool is_log_name_short(const char *name)
{
    enum { BEHIND = 36 };
    char *here = *name == '/' ? NULL : realpath(".", NULL);
    size_t length = strlen(name) + (here ? strlen(here) + 1 : 0);
    free(here);
    return length + BEHIND <= NAME_MAX;
}

/* Gives the database a name by which its log can be called. */
static bool shorten_name(database *database)
{
    char name[sizeof short_name + 16];
    if (is_log_name_short(database->name)) return true;
    if (file_open_read(database->directory, &database->at) != WEIR_OK) return false;
    (void)snprintf(name, sizeof name, "%s%d", short_name, database->at);
    if (!file_exists(name)) return false;
    free(database->name);
    database->name = memory_copy_text(name);
    return true;
}

/* RocksDB keeps a log of messages of its own in a file. It is made in memory, where there is such
 * a place, and has no name once it is open: nobody reads it. */
static weir_status open_with_log_aside(database *database)
{
    char folder[64], why[ERROR_TEXT_MAX];
    name_log_folder(database, folder, sizeof folder);
    (void)file_remove_tree(folder);
    if (!shorten_name(database) || mkdir(folder, 0700) != 0) return open_database(database);
    rocks_options_log_to(&database->options, folder);
    weir_status status = open_database(database);
    (void)snprintf(why, sizeof why, "%s", error_text());
    bool was_denied = error_is_denied();
    (void)file_remove_tree(folder);
    if (status == WEIR_OK) return WEIR_OK;
    error_set(status, "%s", why);
    if (was_denied) error_mark_denied();
    return status;
}

static weir_status open_any(const char *directory, size_t cache_bytes, bool is_read_only,
                            database **made)
{
    database *opened = memory_zero_alloc(1, sizeof *opened);
    opened->directory = memory_copy_text(directory);
    opened->name = memory_copy_text(directory);
    opened->at = -1;
    opened->is_read_only = is_read_only;
    rocks_options_init(&opened->options, cache_bytes);
    weir_status status = open_with_log_aside(opened);
    if (status == WEIR_OK) *made = opened;
    else database_close(opened);
    return status;
}

weir_status database_open(const char *directory, size_t cache_bytes, database **made)
{
    weir_status status = file_make_directories(directory);
    return status == WEIR_OK ? open_any(directory, cache_bytes, false, made) : status;
}

weir_status database_open_read_only(const char *directory, size_t cache_bytes, database **made)
{
    return open_any(directory, cache_bytes, true, made);
}

void database_close(database *database)
{
    if (!database) return;
    for (size_t i = 0; i < database->column_count; i++) {
        rocksdb_column_family_handle_destroy(database->columns[i].family);
        free(database->columns[i].name);
    }
    free(database->columns);
    if (database->defaults) rocksdb_column_family_handle_destroy(database->defaults);
    if (database->rocks) rocksdb_close(database->rocks);
    if (database->at >= 0) file_close(database->at, database->directory);
    rocks_options_release(&database->options);
    free(database->name);
    free(database->directory);
    free(database);
}

/* --- families ------------------------------------------------------------------------------- */

static size_t find_column(const database *database, const char *name)
{
    size_t at = 0;
    while (at < database->column_count && strcmp(database->columns[at].name, name) != 0) at++;
    return at;
}

rocksdb_column_family_handle_t *database_find(const database *database, column_kind kind,
                                              const char *space)
{
    char *name = column_name(kind, space);
    size_t at = find_column(database, name);
    free(name);
    return at < database->column_count ? database->columns[at].family : NULL;
}

weir_status database_add(database *database, column_kind kind, const char *space,
                         rocksdb_column_family_handle_t **family)
{
    size_t length = strlen(space);
    if (length == 0 || length > SPACE_NAME_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "\"%.40s\" is no name for a space: 1 to %d bytes are needed", space,
                         SPACE_NAME_MAX);
    char *name = column_name(kind, space), *error = NULL;
    rocksdb_column_family_handle_t *added = rocksdb_create_column_family(
        database->rocks, database->options.database, name, &error);
    if (error) {
        free(name);
        return database_error(database->directory, "cannot add a space", error);
    }
    database->columns = memory_resize(database->columns, (database->column_count + 1) *
                                                             sizeof *database->columns);
    database->columns[database->column_count++] = (database_column){name, added};
    *family = added;
    return WEIR_OK;
}

weir_status database_drop(database *database, column_kind kind, const char *space)
{
    char *name = column_name(kind, space), *error = NULL;
    size_t at = find_column(database, name);
    free(name);
    if (at == database->column_count) return WEIR_OK;
    rocksdb_drop_column_family(database->rocks, database->columns[at].family, &error);
    if (error) return database_error(database->directory, "cannot drop a space", error);
    rocksdb_column_family_handle_destroy(database->columns[at].family);
    free(database->columns[at].name);
    database->columns[at] = database->columns[--database->column_count];
    return WEIR_OK;
}

void database_estimate_keys(const database *database, rocksdb_column_family_handle_t *family,
                            _Atomic uint64_t *keys)
{
    uint64_t estimate = 0;
    rocksdb_property_int_cf(database->rocks, family, "rocksdb.estimate-num-keys", &estimate);
    atomic_store_explicit(keys, estimate, memory_order_relaxed);
}
