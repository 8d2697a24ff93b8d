#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "durability/state_store.h"

typedef struct memory_store {
    state_store base;
    state_space **spaces;
    size_t count;
    pane_set **panes;
    size_t pane_count;
    uint64_t batch;
} memory_store;

static weir_status open_space(state_store *base, const char *name, size_t partitions,
                              state_space **space)
{
    memory_store *store = (memory_store *)base;
    for (size_t i = 0; i < store->count; i++) {
        if (strcmp(store->spaces[i]->name, name) != 0) continue;
        *space = store->spaces[i];
        if ((*space)->partitions == partitions) return WEIR_OK;
        return error_set(WEIR_ILLEGAL_ARGUMENT, "space \"%s\" has %zu partitions, not %zu", name,
                         (*space)->partitions, partitions);
    }
    state_space *made = memory_zero_alloc(1, sizeof *made);
    made->store = base;
    made->name = memory_copy_text(name);
    made->partitions = partitions;
    made->tables = memory_zero_alloc(partitions, sizeof *made->tables);
    for (size_t i = 0; i < partitions; i++) state_table_init(&made->tables[i], NULL);
    store->spaces = memory_resize(store->spaces, (store->count + 1) * sizeof(state_space *));
    store->spaces[store->count++] = made;
    *space = made;
    return WEIR_OK;
}

static weir_status open_panes(state_store *base, const char *name, bool is_keyed,
                              size_t part_count, pane_set **panes)
{
    (void)part_count;
    memory_store *store = (memory_store *)base;
    for (size_t i = 0; i < store->pane_count; i++) {
        *panes = store->panes[i];
        if (strcmp((*panes)->name, name) == 0) return WEIR_OK;
    }
    *panes = memory_alloc(sizeof **panes);
    pane_set_init(*panes, base, name, is_keyed, NULL);
    store->panes = memory_resize(store->panes, (store->pane_count + 1) * sizeof(pane_set *));
    store->panes[store->pane_count++] = *panes;
    return WEIR_OK;
}

static void begin(state_store *base, uint64_t batch_index)
{
    memory_store *store = (memory_store *)base;
    store->batch = batch_index;
    for (size_t i = 0; i < store->count; i++)
        for (size_t j = 0; j < store->spaces[i]->partitions; j++)
            store->spaces[i]->tables[j].batch = batch_index;
}

/* Nothing is behind the tables: what is final needs no checkpoint to learn of it. */
static void finish_table(state_table *table)
{
    state_table_finish(table);
    state_table_freeze(table, table->batch, NULL);
    state_table_set_stored(table, table->batch);
    state_table_sweep(table);
}

static weir_status finish(state_store *base)
{
    memory_store *store = (memory_store *)base;
    for (size_t i = 0; i < store->count; i++)
        for (size_t j = 0; j < store->spaces[i]->partitions; j++)
            finish_table(&store->spaces[i]->tables[j]);
    for (size_t i = 0; i < store->pane_count; i++) pane_set_finish(store->panes[i]);
    return WEIR_OK;
}

static void undo(state_store *base)
{
    memory_store *store = (memory_store *)base;
    for (size_t i = 0; i < store->count; i++) {
        state_space *space = store->spaces[i];
        for (size_t j = 0; j < space->partitions; j++) state_table_undo(&space->tables[j]);
        if (space->begun == store->batch) space->begun = 0;
    }
    for (size_t i = 0; i < store->pane_count; i++) pane_set_undo(store->panes[i]);
}

static void close_store(state_store *base)
{
    memory_store *store = (memory_store *)base;
    for (size_t i = 0; i < store->count; i++) {
        state_space *space = store->spaces[i];
        for (size_t j = 0; j < space->partitions; j++) state_table_release(&space->tables[j]);
        free(space->tables);
        free(space->name);
        free(space);
    }
    free(store->spaces);
    for (size_t i = 0; i < store->pane_count; i++) {
        pane_set_release(store->panes[i]);
        free(store->panes[i]);
    }
    free(store->panes);
    free(store);
}

state_store *state_store_in_memory(void)
{
    static const state_store_class class = {open_space, open_panes, begin,
                                            finish,     undo,       close_store};
    memory_store *store = memory_zero_alloc(1, sizeof *store);
    store->base.class = &class;
    return &store->base;
}
