/* State and sources that a start has given up on purpose (--drop-state, --drop-source), kept in
 * the file DIR/dropped.
 *
 * What is given up is given up from the boundary of the checkpoint that the start went on from;
 * the checkpoint itself stays as it is. Until a newer one is published, or if that proves damaged,
 * a start comes back to it: the log behind it was computed without them, so they are given up
 * again without being asked. Going back on purpose (--from) takes them back.
 *
 *   sealed_file.h, magic "weirdrop", payload one value of record/codec.h:
 *   (1, ((checkpoint time in ms, (name of state, ...)), ...))      "*": all state
 *
 * with a third part, (name of a source, ...), where there are such. */
#ifndef RECOVERY_GIVEN_UP_H
#define RECOVERY_GIVEN_UP_H

#include "recovery/directory.h"
#include "weir/checkpoint.h"
#include "weir/value.h"

/* Adds what was given up at the checkpoint of that time to durability->drop_state and drop_source,
 * in `arena`. */
weir_status given_up_add(const directory *directory, int64_t time_ms, arena *arena,
                         weir_durability *durability);
/* Notes, durably, that a start goes on from that checkpoint without the state and sources named in
 * `durability`. Forgets what was noted for newer checkpoints, which that start leaves, and for
 * those that are gone. */
weir_status given_up_note(const directory *directory, int64_t time_ms,
                          const weir_durability *durability);
enum { GIVEN_UP_KEPT_MS = 24 * 60 * 60 * 1000 };
/* The times of the checkpoints from which a start went on without some of their state, made by
 * memory_alloc: they are kept for GIVEN_UP_KEPT_MS, with the log from them on, since a name may
 * have been given up by mistake; none after that, as the log would grow for ever. Any thread. */
weir_status given_up_list(const directory *directory, int64_t **times, size_t *count);
/* The payload of that file, padded: its entries as a list, in the current arena. false: it is not
 * of that form, to the last name; nothing of it is believed then, and *entries is empty. */
bool given_up_decode(const char *bytes, size_t size, weir_value *entries);

#endif
