#include "graph/registry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Sorted by kind, then name. Functions come when programs and shared objects are loaded and
 * never go. */
static struct {
    pthread_mutex_t lock;
    const weir_function **functions;
    size_t count;
    size_t capacity;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool kind_is_valid(weir_function_kind kind)
{
    return kind >= WEIR_KIND_MAP && kind < WEIR_KINDS;
}

const char *function_kind_text(weir_function_kind kind)
{
    static const char *const texts[] = {
        [WEIR_KIND_MAP] = "map",
        [WEIR_KIND_FLAT_MAP] = "flatMap",
        [WEIR_KIND_FILTER] = "filter",
        [WEIR_KIND_PARTITION] = "mapPartitions",
        [WEIR_KIND_REDUCE] = "reduce",
        [WEIR_KIND_COMBINE] = "combineByKey",
        [WEIR_KIND_UPDATE] = "updateStateByKey",
        [WEIR_KIND_MAP_STATE] = "mapWithState",
        [WEIR_KIND_TRANSFORM] = "transform",
        [WEIR_KIND_TRANSFORM_WITH] = "transformWith",
        [WEIR_KIND_FOREACH] = "foreachRDD",
        [WEIR_KIND_FOREACH_PARTITION] = "foreachPartition",
        [WEIR_KIND_UPDATE_AT] = "updateStateByKeyAt",
        [WEIR_KIND_UPDATE_PARTITION] = "updateStateOfPartition",
        [WEIR_KIND_TRANSFORM_ALL] = "transformAll",
        [WEIR_KIND_PARTITIONER] = "partitioner",
    };
    return kind_is_valid(kind) ? texts[kind] : "unknown";
}

static int compare(const weir_function *function, weir_function_kind kind, const char *name)
{
    if (function->kind != kind) return function->kind < kind ? -1 : 1;
    return strcmp(function->name, name);
}

/* Where the function is, or would be. The lock is held. */
static size_t position(weir_function_kind kind, const char *name, bool *found)
{
    size_t from = 0, to = registry.count;
    *found = false;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(registry.functions[middle], kind, name);
        if (order == 0) *found = true;
        if (order < 0) from = middle + 1;
        else to = middle;
    }
    return from;
}

static void insert(size_t at, const weir_function *function)
{
    if (registry.count == registry.capacity) {
        registry.capacity = registry.capacity ? 2 * registry.capacity : 64;
        registry.functions =
            memory_resize(registry.functions, registry.capacity * sizeof *registry.functions);
    }
    memmove(registry.functions + at + 1, registry.functions + at,
            (registry.count - at) * sizeof *registry.functions);
    registry.functions[at] = function;
    registry.count++;
}

static weir_status check(const weir_function *function)
{
    if (!function) return error_set(WEIR_ILLEGAL_ARGUMENT, "weir_register: the function is NULL");
    if (!function->name || !*function->name)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_register: a function has no name; give its descriptor one");
    if (!kind_is_valid(function->kind))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_register: function \"%s\" is of the unknown kind %d",
                         function->name, (int)function->kind);
    /* The members of the union are all pointers to functions: any of them tells whether there
     * is one. */
    if (!function->call.map || (function->kind == WEIR_KIND_COMBINE && !function->create))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_register: the %s function \"%s\" lacks a pointer; set its %s",
                         function_kind_text(function->kind), function->name,
                         function->call.map ? "create" : "call");
    return WEIR_OK;
}

weir_status weir_register(const weir_function *function)
{
    weir_status status = check(function);
    if (status != WEIR_OK) return status;
    pthread_mutex_lock(&registry.lock);
    bool found;
    size_t at = position(function->kind, function->name, &found);
    bool clashes = found && registry.functions[at] != function;
    if (!found) insert(at, function);
    pthread_mutex_unlock(&registry.lock);
    if (clashes)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_register: another %s function is registered as \"%s\"; give this "
                         "one a name of its own",
                         function_kind_text(function->kind), function->name);
    return WEIR_OK;
}

const weir_function *weir_find_function(weir_function_kind kind, const char *name)
{
    if (!name) return NULL;
    pthread_mutex_lock(&registry.lock);
    bool found;
    size_t at = position(kind, name, &found);
    const weir_function *function = found ? registry.functions[at] : NULL;
    pthread_mutex_unlock(&registry.lock);
    return function;
}

size_t registry_list(const weir_function **functions, size_t size)
{
    pthread_mutex_lock(&registry.lock);
    size_t count = registry.count;
    for (size_t i = 0; i < count && i < size; i++) functions[i] = registry.functions[i];
    pthread_mutex_unlock(&registry.lock);
    return count;
}

size_t weir_list_functions(const weir_function **functions, size_t size)
{
    return registry_list(functions, size);
}

const char *weir_function_kind_text(weir_function_kind kind) { return function_kind_text(kind); }

const char *registry_nearest(weir_function_kind kind, const char *name)
{
    const char *nearest = NULL;
    size_t least = 0;
    pthread_mutex_lock(&registry.lock);
    for (size_t i = 0; i < registry.count; i++) {
        const weir_function *function = registry.functions[i];
        if (function->kind != kind) continue;
        size_t distance = registry_distance(name, function->name);
        if (nearest && distance >= least) continue;
        nearest = function->name;
        least = distance;
    }
    pthread_mutex_unlock(&registry.lock);
    return nearest && least <= 1 + strlen(name) / 3 ? nearest : NULL;
}

/* It may be known under another kind: then the program has changed, and no library is missing. */
static weir_status refuse_stored(weir_function_kind kind, const char *name)
{
    for (int other = WEIR_KIND_MAP; other < WEIR_KINDS; other++)
        if (weir_find_function((weir_function_kind)other, name))
            return error_set(WEIR_NOT_SERIALIZABLE,
                             "the %s function \"%s\" of the checkpoint is a %s function now; "
                             "start with a program that has it as it was, or that builds its "
                             "streams anew",
                             function_kind_text(kind), name,
                             function_kind_text((weir_function_kind)other));
    return error_set(
        WEIR_NOT_SERIALIZABLE,
        "the %s function \"%s\" of the checkpoint is not known; load the library it is in",
        function_kind_text(kind), name);
}

weir_status registry_find_stored(weir_function_kind kind, const char *name,
                                 const weir_function **function)
{
    *function = weir_find_function(kind, name);
    return *function ? WEIR_OK : refuse_stored(kind, name);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* rows[i % 3][j] is the distance between the first i letters of a and the first j of b. */
size_t registry_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b), width = b_length + 1;
    size_t *rows[3];
    size_t *room = memory_zero_alloc(3 * width, sizeof *room);
    for (size_t i = 0; i < 3; i++) rows[i] = room + i * width;
    for (size_t j = 0; j <= b_length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replaced, 1 + smaller(above[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], twice_above[j - 2] + 1);
        }
    }
    size_t distance = rows[a_length % 3][b_length];
    free(room);
    return distance;
}
