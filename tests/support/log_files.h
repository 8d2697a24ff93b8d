/* Logs in a scratch directory, made of groups that the test says, without the writer's thread; and
 * damage to them. Failures end the test. */
#ifndef SUPPORT_LOG_FILES_H
#define SUPPORT_LOG_FILES_H

#include "wal/group.h"
#include "wal/reader.h"
#include "wal/segment.h"

extern char log_files[200]; /* the directory of the running test */

/* Set-up and tear-down of cmocka. */
int log_files_set_up(void **state);
int log_files_tear_down(void **state);

extern const uint8_t log_files_context[WAL_CONTEXT_ID];

/* --- Making ---------------------------------------------------------------------------------- */

void log_files_begin(wal_segment *segment, uint64_t number, uint64_t first_sequence);
/* Appends a group of `count` batch records of `size` bytes each (see log_files_fill) and syncs
 * it. */
void log_files_group(wal_segment *segment, uint64_t first_sequence, size_t count, size_t size);
void log_files_seal(wal_segment *segment, uint64_t sequence);
/* What the record with that number holds, behind its head. */
void log_files_fill(char *bytes, size_t size, uint64_t sequence);

/* --- Looking, and damaging ------------------------------------------------------------------- */

/* The bytes of a segment; given to the caller. */
char *log_files_read(uint64_t number, size_t *size);
/* These four leave a segment as a crash does, before it was noted as the newest (wal/newest.h). */
void log_files_write(uint64_t number, const char *bytes, size_t size);
void log_files_flip(uint64_t number, uint64_t offset, unsigned char bits);
void log_files_cut(uint64_t number, uint64_t size);
void log_files_remove(uint64_t number);
bool log_files_has(const char *name); /* in the directory */

/* --- Reading --------------------------------------------------------------------------------- */

typedef struct log_files_found {
    uint64_t sequences[2000]; /* of the entries, as they came */
    size_t count;
    wal_item damage[20];
    char damage_what[20][100]; /* what of each; the items themselves do not outlive the reader */
    size_t damage_count;
    wal_item torn;
    wal_end end;
} log_files_found;

/* Reads all from `from` on, and looks at what each record holds. */
void log_files_scan(wal_position from, uint64_t sequence, log_files_found *found);

#endif
