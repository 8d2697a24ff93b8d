#include "crash/simulate_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "recovery/sealed_file.h"
#include "recovery/stored_checkpoint.h"

/* --- what was told --------------------------------------------------------------------------- */

static void check_next(const telling *before, const telling *telling, int64_t slide_ms,
                       complaint complain)
{
    const char *name = output_names[telling->output];
    int64_t step_ms = telling->time_ms - before->time_ms;
    if (step_ms == slide_ms) return;
    if (step_ms != 0 || telling->life == before->life) {
        complain("O1: %s: batch %" PRId64 " (life %d) follows batch %" PRId64 " (life %d)", name,
                 telling->time_ms, telling->life, before->time_ms, before->life);
    } else if (strcmp(before->text, telling->text) != 0) {
        complain("O1: %s: batch %" PRId64 " came again with other records: %s| then %s", name,
                 telling->time_ms, before->text, telling->text);
    }
}

/* Where batches that failed are passed over, or marks of those that are done may be lost: whatever
 * comes again says the same, and what was given up comes no more. */
static void check_again(const tellings *told, complaint complain)
{
    for (size_t i = 0; i < told->count; i++) {
        const telling *telling = &told->items[i];
        const struct telling *first = tellings_find(told, telling->output, telling->time_ms);
        if (first != telling && first->life == telling->life)
            complain("O1: %s: batch %" PRId64 " comes twice", output_names[telling->output],
                     telling->time_ms);
        if (strcmp(first->text, telling->text) != 0)
            complain("O1: %s: batch %" PRId64 " came again with other records: %s| then %s",
                     output_names[telling->output], telling->time_ms, first->text, telling->text);
        int given_up = told->given_up[telling->time_ms / INTERVAL_MS];
        if (given_up > 0 && telling->life >= given_up)
            complain("batch %" PRId64 " was given up in life %d, and is computed in life %d",
                     telling->time_ms, given_up, telling->life);
    }
}

void check_order(const tellings *told, complaint complain)
{
    if (the_program.scenario->is_stateless || the_program.scenario->log_sync_ms > 0) {
        check_again(told, complain);
        return;
    }
    for (int output = 0; output < OUTPUTS; output++) {
        const telling *before = NULL;
        int64_t slide_ms = INTERVAL_MS * output_slide((noted)output, the_program.scenario);
        for (size_t i = 0; i < told->count; i++) {
            const telling *telling = &told->items[i];
            if ((int)telling->output != output) continue;
            if (before) check_next(before, telling, slide_ms, complain);
            else if (telling->time_ms != slide_ms)
                complain("O1: the first batch is %" PRId64, telling->time_ms);
            before = telling;
        }
    }
}

/* Where the records of a batch that was given up can lie: behind those of the batches before it,
 * before those of the next. */
static void excuse_given_up(const tellings *told, bool is_excused[MAX_NUMBERS])
{
    int64_t last_ms = tellings_last_ms(told) + INTERVAL_MS, from = 1;
    bool is_open = false;
    for (int64_t time_ms = INTERVAL_MS; time_ms <= last_ms; time_ms += INTERVAL_MS) {
        const telling *batch = tellings_find(told, OUTPUT_NUMBERS, time_ms);
        int64_t first = batch && batch->text[0] ? strtoll(batch->text, NULL, 10) : 0;
        bool is_end = time_ms == last_ms;
        if (is_end) first = MAX_NUMBERS;
        for (int64_t i = from; is_open && first > 0 && i < first; i++) is_excused[i] = true;
        if (first > 0) is_open = false;
        if (!batch && !is_end) is_open = true;
        for (const char *at = batch ? batch->text : ""; *at;) {
            char *end;
            from = strtoll(at, &end, 10) + 1;
            at = end + 1;
        }
    }
}

void check_handed(const tellings *told, const handed *handed, complaint complain)
{
    int *brought = memory_zero_alloc(MAX_NUMBERS, sizeof *brought);
    bool is_excused[MAX_NUMBERS] = {false};
    excuse_given_up(told, is_excused);
    for (size_t i = 0; i < told->count; i++) {
        const telling *batch = &told->items[i];
        if (batch != tellings_find(told, OUTPUT_NUMBERS, batch->time_ms)) continue;
        for (char *at = batch->text, *end; *at; at = end + 1) {
            long long number = strtoll(at, &end, 10);
            if (number > 0 && number < MAX_NUMBERS) brought[number]++;
        }
    }
    for (int64_t i = 1; i < MAX_NUMBERS; i++) {
        if (i <= handed->acked && brought[i] == 0 && !is_excused[i] && !handed->is_risked[i])
            complain("record %" PRId64 " was acknowledged, and is lost", i);
        if (brought[i] > handed->tried[i])
            complain("record %" PRId64 " was handed over %d times, and came %d times", i,
                     handed->tried[i], brought[i]);
    }
    free(brought);
}

void check_equal(const tellings *wanted, const tellings *told, complaint complain)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const telling *want = &wanted->items[i];
        const telling *found = tellings_find(told, want->output, want->time_ms);
        if (!found && tellings_may_lack(told, want->time_ms)) continue;
        if (!found)
            complain("R2: %s of batch %" PRId64 " is missing", output_names[want->output],
                     want->time_ms);
        else if (strcmp(found->text, want->text) != 0)
            complain("R2: %s of batch %" PRId64 ": \"%s\" without faults, \"%s\" with (life %d)",
                     output_names[want->output], want->time_ms, want->text, found->text,
                     found->life);
    }
    for (size_t i = 0; i < told->count; i++) {
        const telling *telling = &told->items[i];
        if (!tellings_find(wanted, telling->output, telling->time_ms))
            complain("R2: %s of batch %" PRId64 " is too much", output_names[telling->output],
                     telling->time_ms);
    }
}

/* --- saved text ------------------------------------------------------------------------------ */

static void read_whole(const char *path, buffer *to)
{
    int file;
    size_t got = 0, from = to->size;
    if (file_open_read(path, &file) != WEIR_OK) return;
    do {
        char *room = buffer_reserve(to, 4096);
        if (file_read_at(file, path, room, 4096, (int64_t)(to->size - from), &got) != WEIR_OK)
            got = 0;
        to->size += got;
    } while (got > 0);
    file_close(file, path);
}

/* As many lines as the sums had, each of them one of the sums. */
static void check_lines(const telling *sums, const buffer *lines, complaint complain)
{
    size_t length = 0;
    for (const char *line = lines->bytes; *line; line += strcspn(line, "\n") + 1) {
        char text[256];
        (void)snprintf(text, sizeof text, "%.*s ", (int)strcspn(line, "\n"), line);
        if (!strstr(sums->text, text))
            complain("saved text of batch %" PRId64 " has %s, sums were %s", sums->time_ms, text,
                     sums->text);
        length += strlen(text);
    }
    if (length != strlen(sums->text))
        complain("saved text of batch %" PRId64 " is not what the sums were: %s", sums->time_ms,
                 sums->text);
}

void check_saved(const tellings *told, const char *prefix, complaint complain)
{
    for (size_t i = 0; i < told->count; i++) {
        char path[512];
        buffer lines = {0};
        const telling *sums = &told->items[i];
        if (sums->output != OUTPUT_SUMS || tellings_may_lack(told, sums->time_ms)) continue;
        for (int part = 0; part < PARTITIONS + 1; part++) {
            (void)snprintf(path, sizeof path, "%s-%" PRId64 "/part-%05d", prefix, sums->time_ms,
                           part);
            read_whole(path, &lines);
        }
        buffer_append(&lines, "", 1);
        check_lines(sums, &lines, complain);
        (void)snprintf(path, sizeof path, "%s-%" PRId64 "/_SUCCESS", prefix, sums->time_ms);
        if (!file_exists(path)) complain("%s is missing", path);
        buffer_release(&lines);
    }
}

/* --- checkpoints ----------------------------------------------------------------------------- */

static bool read_manifest(const char *path, arena *arena, manifest *manifest)
{
    buffer bytes = {0};
    char name[600];
    (void)snprintf(name, sizeof name, "%s/MANIFEST", path);
    bool is_read = sealed_file_read(name, manifest_magic, &bytes) == WEIR_OK;
    if (is_read) {
        const char *copy = arena_copy(arena, bytes.bytes, bytes.size);
        is_read = manifest_decode(copy, bytes.size, arena, manifest) == WEIR_OK;
    }
    buffer_release(&bytes);
    return is_read;
}

bool check_listed_files(const char *path)
{
    arena arena;
    manifest manifest;
    arena_init(&arena, NULL);
    bool are_there = read_manifest(path, &arena, &manifest);
    for (size_t i = 0; are_there && i < manifest.file_count; i++) {
        char name[700];
        file_info info;
        (void)snprintf(name, sizeof name, "%s/state/%s", path, manifest.files[i].name);
        are_there = file_stat(name, &info) == WEIR_OK &&
                    (uint64_t)info.size == manifest.files[i].size;
    }
    arena_release(&arena);
    return are_there;
}

bool checkpoint_is_good(const char *path, int64_t time_ms)
{
    arena arena;
    directory directory;
    stored_checkpoint checkpoint;
    arena_init(&arena, NULL);
    directory_init(&directory, path);
    bool is_good =
        stored_checkpoint_read(&directory, time_ms, &arena, &checkpoint) == WEIR_OK;
    directory_release(&directory);
    arena_release(&arena);
    return is_good;
}

uint64_t oldest_needed_segment(const char *path)
{
    uint64_t oldest = 0;
    int64_t *times;
    size_t count;
    arena arena;
    directory directory;
    arena_init(&arena, NULL);
    directory_init(&directory, path);
    if (directory_list_checkpoints(&directory, &times, &count) == WEIR_OK) {
        for (size_t i = 0; i < count; i++) {
            manifest manifest;
            char *name = directory_checkpoint_path(&directory, times[i], NULL);
            bool is_older = read_manifest(name, &arena, &manifest) &&
                            (oldest == 0 || manifest.log_segment < oldest);
            if (is_older) oldest = manifest.log_segment;
            free(name);
        }
        free(times);
    }
    directory_release(&directory);
    arena_release(&arena);
    return oldest;
}
