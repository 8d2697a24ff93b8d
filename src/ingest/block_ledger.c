#include "ingest/block_ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { CAPACITY_MIN = 16 };

static ledger_entry *entry_at(const block_ledger *ledger, size_t at)
{
    return &ledger->entries[(ledger->first + at) & (ledger->capacity - 1)];
}

static void grow(block_ledger *ledger)
{
    size_t capacity = ledger->capacity ? 2 * ledger->capacity : CAPACITY_MIN;
    ledger_entry *entries = memory_alloc(capacity * sizeof *entries);
    for (size_t i = 0; i < ledger->count; i++) entries[i] = *entry_at(ledger, i);
    free(ledger->entries);
    ledger->entries = entries;
    ledger->capacity = capacity;
    ledger->first = 0;
}

void block_ledger_add(block_ledger *ledger, block *block)
{
    if (ledger->count == ledger->capacity) grow(ledger);
    *entry_at(ledger, ledger->count++) = (ledger_entry){block, false};
}

void block_ledger_answer(block_ledger *ledger, const block *block, bool is_stored)
{
    size_t at = 0;
    while (entry_at(ledger, at)->block != block) {
        at++;
        assert(at < ledger->count);
    }
    ledger_entry *entry = entry_at(ledger, at);
    assert(!entry->is_stored);
    entry->is_stored = is_stored;
    if (is_stored) return;
    block_drop(entry->block);
    entry->block = NULL;
}

void block_ledger_put_first(block_ledger *ledger, block *block)
{
    if (ledger->count == ledger->capacity) grow(ledger);
    ledger->first = (ledger->first - 1) & (ledger->capacity - 1);
    ledger->count++;
    *entry_at(ledger, 0) = (ledger_entry){block, true};
}

block *block_ledger_take(block_ledger *ledger)
{
    while (ledger->count > 0) {
        ledger_entry entry = *entry_at(ledger, 0);
        if (entry.block && !entry.is_stored) return NULL;
        ledger->first = (ledger->first + 1) & (ledger->capacity - 1);
        ledger->count--;
        if (entry.block) return entry.block;
    }
    return NULL;
}

const ledger_entry *block_ledger_entry(const block_ledger *ledger, size_t at)
{
    assert(at < ledger->count);
    return entry_at(ledger, at);
}

void block_ledger_release(block_ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) block_drop(entry_at(ledger, i)->block);
    free(ledger->entries);
    memset(ledger, 0, sizeof *ledger);
}
