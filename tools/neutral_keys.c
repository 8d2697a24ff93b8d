#include "tools/neutral_keys.h"

#include <stdlib.h>
#include <string.h>

/* Hashes of the keys that panes have: open addressing, 0 is a free place. */
typedef struct key_set {
    uint64_t *hashes;
    size_t mask; /* how many places there are, a power of two, less one */
    size_t used;
    char *text; /* of the key at hand */
    size_t room;
    bool is_full; /* out of memory */
    uint64_t missing;
} key_set;

/* Of kind and text: FNV-1a. */
static uint64_t hash_key(key_set *set, weir_value key)
{
    size_t length = weir_format(key, NULL, 0);
    if (length + 1 > set->room) {
        char *text = realloc(set->text, 2 * length + 64);
        if (!text) {
            set->is_full = true;
            return 1;
        }
        set->text = text;
        set->room = 2 * length + 64;
    }
    weir_format(key, set->text, set->room);
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)weir_kind_of(key);
    for (size_t i = 0; i < length; i++)
        hash = (hash * 0x100000001b3u) ^ (unsigned char)set->text[i];
    hash *= 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32; /* the low bits choose the place */
    return hash ? hash : 1;
}

/* Where the hash is, or would be. */
static size_t place_of(const key_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & set->mask;
    while (set->hashes[at] && set->hashes[at] != hash) at = (at + 1) & set->mask;
    return at;
}

static bool grow(key_set *set)
{
    size_t places = set->hashes ? 2 * (set->mask + 1) : 1024, before = set->mask;
    uint64_t *old = set->hashes, *larger = calloc(places, sizeof *larger);
    if (!larger) return false;
    set->hashes = larger;
    set->mask = places - 1;
    for (size_t i = 0; old && i <= before; i++)
        if (old[i]) larger[place_of(set, old[i])] = old[i];
    free(old);
    return true;
}

static bool add_key(const weir_pane_entry *entry, void *user)
{
    key_set *set = user;
    uint64_t hash = hash_key(set, entry->key);
    if (2 * set->used >= set->mask && !grow(set)) set->is_full = true;
    if (set->is_full) return false;
    size_t at = place_of(set, hash);
    set->used += set->hashes[at] == 0;
    set->hashes[at] = hash;
    return true;
}

static bool look_up(const weir_state_entry *entry, void *user)
{
    key_set *set = user;
    set->missing += set->hashes[place_of(set, hash_key(set, entry->key))] == 0;
    return !set->is_full;
}

weir_status neutral_keys_count(const char *directory, int64_t at_ms, const char *space,
                               uint64_t *count)
{
    key_set set = {.mask = 0};
    weir_state_query query = {.at_ms = at_ms, .space = space};
    weir_pane_visitor panes = {.entry = add_key};
    weir_state_visitor keys = {.entry = look_up};
    set.is_full = !grow(&set);
    weir_status status = weir_inspect_panes(directory, &query, &panes, &set);
    if (status == WEIR_OK && !set.is_full)
        status = weir_inspect_state(directory, &query, &keys, &set);
    if (status == WEIR_OK && set.is_full) status = WEIR_RUNTIME;
    *count = set.missing;
    free(set.hashes);
    free(set.text);
    return status;
}
