/* A space and what should be in it: random changes are made to both, and then compared. Keys and
 * values are of all kinds; which, follows from a number. */
#ifndef SUPPORT_STATE_MODEL_H
#define SUPPORT_STATE_MODEL_H

#include "durability/state_store.h"
#include "support/random_values.h"

typedef struct model_entry {
    bool exists;
    uint64_t number;  /* of the value */
    uint64_t changed; /* index of the batch */
} model_entry;

typedef struct state_model {
    model_entry *entries; /* by number of the key */
    size_t count;
    uint64_t begun;
} state_model;

void model_init(state_model *model, size_t keys);
void model_release(state_model *model);
void model_copy(state_model *to, const state_model *from);

weir_value model_key(size_t number);
weir_value model_value(uint64_t number);

/* Looks a key up as an operator does: what is behind the table is loaded first. */
uint32_t model_find(state_space *space, size_t partition, weir_value key);
/* One change of a random key, in the batch that is begun, in both. */
void model_change(state_model *model, state_space *space, random_source *random);
/* So many changes, trimming now and then. */
void model_batch(state_model *model, state_space *space, random_source *random, size_t changes);

/* Fails the test if they differ: a few keys, without making tables complete; or all. */
void model_check_some(const state_model *model, state_space *space, random_source *random);
void model_check_all(const state_model *model, state_space *space);
/* The same for a space in a checkpoint's directory. */
void model_check_checkpoint(const state_model *model, const char *directory, const char *space,
                            uint64_t boundary);

/* A new empty directory below the system's temporary one; its path, to be freed. */
char *model_directory(void);
void model_remove_directory(char *path); /* frees the path */
char *model_path(const char *directory, const char *name); /* to be freed */

#endif
