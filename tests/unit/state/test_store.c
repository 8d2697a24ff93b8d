#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store.h"
#include "support/state_model.h"

enum { KEYS = 1500, PARTITIONS = 3 };

static state_space *open_counts(state_store *store)
{
    state_space *space = NULL;
    assert_int_equal(store->class->open_space(store, "counts", PARTITIONS, &space), WEIR_OK);
    return space;
}

/* One life of a store after another, each restored from a checkpoint of the one before. */
typedef struct lives {
    char *directory;
    char *live;
    char *checkpoint; /* NULL: none yet */
    state_model at_checkpoint;
    uint64_t boundary;
    int number;
    size_t memory;
    state_store *store;
    state_space *space;
    state_model model;
    random_source random;
} lives;

static void begin_life(lives *lives)
{
    rocks_store_options options = {.memory = lives->memory};
    if (lives->checkpoint)
        assert_int_equal(state_restore(lives->checkpoint, lives->live), WEIR_OK);
    assert_int_equal(rocks_store_open(lives->live, &options, &lives->store), WEIR_OK);
    assert_int_equal(rocks_store_boundary(lives->store), lives->boundary);
    lives->space = open_counts(lives->store);
    model_copy(&lives->model, &lives->at_checkpoint);
    if (random_below(&lives->random, 2)) rocks_store_warm(lives->store);
}

static void take_checkpoint(lives *lives, uint64_t batch)
{
    char name[32];
    state_files files = {0};
    state_frozen *frozen = state_freeze(lives->store, batch, NULL);
    if (random_below(&lives->random, 4) == 0) {
        state_frozen_abandon(lives->store, frozen);
        return;
    }
    snprintf(name, sizeof name, "checkpoint%d", lives->number++);
    free(lives->checkpoint);
    lives->checkpoint = model_path(lives->directory, name);
    assert_int_equal(state_checkpoint_write(lives->store, frozen, lives->checkpoint, &files),
                     WEIR_OK);
    assert_true(files.count >= 3);
    state_files_release(&files);
    lives->boundary = batch;
    model_copy(&lives->at_checkpoint, &lives->model);
}

static void run_batch(lives *lives, uint64_t batch)
{
    state_model before;
    model_init(&before, KEYS);
    model_copy(&before, &lives->model);
    lives->store->class->begin(lives->store, batch);
    if (lives->space->begun == 0) lives->space->begun = lives->model.begun = batch;
    model_batch(&lives->model, lives->space, &lives->random, random_below(&lives->random, 600));
    if (random_below(&lives->random, 4) == 0) {
        lives->store->class->undo(lives->store);
        model_copy(&lives->model, &before);
    } else {
        assert_int_equal(lives->store->class->finish(lives->store), WEIR_OK);
    }
    model_release(&before);
    model_check_some(&lives->model, lives->space, &lives->random);
}

static void random_lives(size_t memory, uint64_t seed)
{
    lives lives = {.memory = memory, .random = {seed}};
    lives.directory = model_directory();
    lives.live = model_path(lives.directory, "live");
    model_init(&lives.model, KEYS);
    model_init(&lives.at_checkpoint, KEYS);
    uint64_t batch = 0;
    for (int life = 0; life < 3; life++) {
        begin_life(&lives);
        for (int i = 0; i < 9; i++) {
            run_batch(&lives, ++batch);
            if (random_below(&lives.random, 3) == 0) take_checkpoint(&lives, batch);
        }
        if (random_below(&lives.random, 2)) model_check_all(&lives.model, lives.space);
        lives.store->class->close(lives.store);
        if (lives.checkpoint)
            model_check_checkpoint(&lives.at_checkpoint, lives.checkpoint, "counts",
                                   lives.boundary);
        else break;
    }
    model_release(&lives.model);
    model_release(&lives.at_checkpoint);
    free(lives.checkpoint);
    free(lives.live);
    model_remove_directory(lives.directory);
}

static void equals_a_naive_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) random_lives(0, seed);
}

static void equals_a_naive_model_with_little_memory(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 12; seed++) random_lives(1, seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_a_naive_model),
        cmocka_unit_test(equals_a_naive_model_with_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
