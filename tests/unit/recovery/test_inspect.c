/* The public calls that look into a directory, over one that a small job has left. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { BATCHES = 3 };

/* A directory with files of words, and one of a context beside them. */
typedef struct place {
    char root[64];
    char directory[96];
    char files[BATCHES][96];
} place;

static weir_status build_count(weir_context *context, void *user)
{
    const place *place = user;
    const char *paths[BATCHES];
    for (int i = 0; i < BATCHES; i++) paths[i] = place->files[i];
    weir_state_options options = {.name = "counts"};
    weir_stream *lines = weir_name(weir_text_files(context, paths, BATCHES), "lines");
    weir_stream *words = weir_flat_map(lines, &weir_fn_split_ws, weir_null());
    weir_stream *ones = weir_map(words, &weir_fn_pair_with_one, weir_null());
    weir_count_output(
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options));
    return weir_error(context);
}

static const weir_options job_options = {
    .app_name = "job", .master = "local", .batch_interval_ms = 1000, .partitions = 2};
static const weir_durability job_durability = {.checkpoint_ms = 2000};

static void run_job(place *place)
{
    weir_context *context;
    assert_int_equal(weir_get_or_create(&context, place->directory, &job_options, &job_durability,
                                        build_count, place),
                     WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
}

static void quiet(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)text;
    (void)user;
}

static int set_up(void **state)
{
    static const char *const texts[BATCHES] = {"to be\n", "or not\n", "to be\n"};
    place *place = memory_zero_alloc(1, sizeof *place);
    weir_set_log(quiet, NULL, WEIR_ERROR);
    char root[sizeof place->root]; /* what is written to `place` is not read from there */
    if (!scratch_make(root, sizeof root, "weir-inspect")) return -1;
    snprintf(place->root, sizeof place->root, "%s", root);
    snprintf(place->directory, sizeof place->directory, "%s/context", root);
    for (int i = 0; i < BATCHES; i++) {
        snprintf(place->files[i], sizeof place->files[i], "%s/f%d", root, i);
        FILE *file = fopen(place->files[i], "w");
        fputs(texts[i], file);
        fclose(file);
    }
    run_job(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place *place = *state;
    file_remove_tree(place->root);
    weir_set_log(NULL, NULL, WEIR_INFO);
    free(place);
    return 0;
}

static void flip(const char *path, long offset)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, offset, SEEK_SET);
    fputc(byte ^ 0xff, file);
    fclose(file);
}

/* --- what is there --------------------------------------------------------------------------- */

typedef struct seen {
    int64_t times[8];
    weir_status statuses[8];
    size_t count;
    size_t most; /* ends the visit there; 0: never */
} seen;

static bool see_checkpoint(const weir_checkpoint_facts *checkpoint, void *user)
{
    seen *seen = user;
    seen->times[seen->count] = checkpoint->time_ms;
    seen->statuses[seen->count++] = checkpoint->status;
    if (checkpoint->status == WEIR_OK) {
        assert_string_equal(checkpoint->app_name, "job");
        assert_int_equal(checkpoint->interval_ms, 1000);
        assert_int_equal(checkpoint->batches, checkpoint->time_ms / 1000);
        assert_int_equal(strlen(checkpoint->context_id), 32);
    }
    return seen->count != seen->most;
}

static void test_checkpoints_and_a_bad_one(void **state)
{
    const place *place = *state;
    seen seen = {.count = 0};
    assert_int_equal(weir_inspect_checkpoints(place->directory, see_checkpoint, &seen), WEIR_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.times[0], 2000);
    assert_int_equal(seen.times[1], 3000);
    seen.count = 0;
    seen.most = 1;
    assert_int_equal(weir_inspect_checkpoints(place->directory, see_checkpoint, &seen), WEIR_OK);
    assert_int_equal(seen.count, 1);

    char path[160];
    snprintf(path, sizeof path, "%s/checkpoints/3000/MANIFEST", place->directory);
    flip(path, 30);
    seen = (struct seen){.count = 0};
    assert_int_equal(weir_inspect_checkpoints(place->directory, see_checkpoint, &seen), WEIR_OK);
    assert_int_equal(seen.statuses[0], WEIR_OK);
    assert_int_equal(seen.statuses[1], WEIR_DAMAGED);
}

typedef struct drawn {
    char text[256];
} drawn;

static bool draw_stream(const weir_stream_facts *stream, void *user)
{
    drawn *drawn = user;
    size_t length = strlen(drawn->text);
    snprintf(drawn->text + length, sizeof drawn->text - length, "%s(%s)%s%s ", stream->kind,
             stream->function ? stream->function : "", stream->space ? "=" : "",
             stream->space ? stream->space : "");
    for (size_t i = 0; i < stream->parent_count; i++)
        assert_true(stream->parents[i] < stream->id);
    return true;
}

static bool draw_output(const weir_output_facts *output, void *user)
{
    drawn *drawn = user;
    size_t length = strlen(drawn->text);
    snprintf(drawn->text + length, sizeof drawn->text - length, "%s<-%u", output->kind,
             (unsigned)output->stream);
    return true;
}

static void test_lineage(void **state)
{
    const place *place = *state;
    drawn drawn = {""};
    assert_int_equal(
        weir_inspect_lineage(place->directory, 2000, draw_stream, draw_output, &drawn), WEIR_OK);
    assert_string_equal(drawn.text, "source() flatMap(split_ws) map(pair_with_one) "
                                    "updateStateByKey(sum_update)=counts count<-3");
    assert_int_equal(
        weir_inspect_lineage(place->directory, 2500, draw_stream, draw_output, &drawn),
        WEIR_NO_ELEMENT);
}

static bool see_batch(const weir_batch_facts *batch, void *user)
{
    seen *seen = user;
    size_t count;
    const weir_value *result = weir_items(batch->result, &count);
    assert_true(batch->is_recorded && batch->is_done && batch->is_in_checkpoint);
    assert_int_equal(count, 4);
    assert_int_equal(weir_as_int(result[0]), 1);
    (void)weir_items(result[2], &count);
    assert_int_equal(count, 2); /* its times */
    seen->times[seen->count++] = batch->time_ms;
    return true;
}

static void test_batches(void **state)
{
    const place *place = *state;
    seen seen = {.count = 0};
    assert_int_equal(weir_inspect_batches(place->directory, see_batch, &seen), WEIR_OK);
    assert_int_equal(seen.count, BATCHES);
    for (int i = 0; i < BATCHES; i++) assert_int_equal(seen.times[i], 1000 * (i + 1));
}

static bool see_item(const weir_log_facts *item, void *user)
{
    seen *seen = user;
    seen->times[item->kind]++;
    seen->count++;
    return true;
}

static void test_the_log_and_damage_in_it(void **state)
{
    const place *place = *state;
    seen seen = {.count = 0};
    char path[160];
    assert_int_equal(weir_inspect_log(place->directory, see_item, &seen), WEIR_OK);
    assert_int_equal(seen.times[WEIR_LOG_BATCH], BATCHES);
    assert_int_equal(seen.times[WEIR_LOG_DONE], BATCHES);
    snprintf(path, sizeof path, "%s/log/0000000000000001.segment", place->directory);
    flip(path, 100);
    seen = (struct seen){.count = 0};
    assert_int_equal(weir_inspect_log(place->directory, see_item, &seen), WEIR_DAMAGED);
    assert_int_equal(seen.times[WEIR_LOG_DAMAGE], 1);
    assert_int_equal(seen.times[WEIR_LOG_BATCH], BATCHES - 1);
    assert_int_equal(seen.times[WEIR_LOG_DONE], BATCHES);
}

/* --- state ----------------------------------------------------------------------------------- */

static bool add_entry(const weir_state_entry *entry, void *user)
{
    drawn *drawn = user;
    size_t length = strlen(drawn->text), room = sizeof drawn->text - length;
    char key[32];
    weir_format(entry->key, key, sizeof key);
    snprintf(drawn->text + length, room, "%s=%d@%d ", key, (int)weir_as_int(entry->value),
             (int)entry->changed_ms);
    return true;
}

static void expect_state(const place *place, weir_state_query query, const char *expected)
{
    drawn drawn = {""};
    weir_state_visitor visitor = {.entry = add_entry};
    assert_int_equal(weir_inspect_state(place->directory, &query, &visitor, &drawn), WEIR_OK);
    assert_string_equal(drawn.text, expected);
}

static void test_state_now_and_before(void **state)
{
    const place *place = *state;
    weir_state_visitor none = {.entry = NULL};
    expect_state(place, (weir_state_query){.at_ms = WEIR_NEWEST, .prefix = "b"}, "be=2@3000 ");
    expect_state(place, (weir_state_query){.at_ms = 2000, .space = "counts", .prefix = "be"},
                 "be=1@1000 ");
    expect_state(place, (weir_state_query){.at_ms = WEIR_NEWEST, .prefix = "x"}, "");
    weir_state_query other = {.at_ms = WEIR_NEWEST, .space = "other"};
    assert_int_equal(weir_inspect_state(place->directory, &other, &none, NULL), WEIR_NO_ELEMENT);
    weir_state_query unknown = {.at_ms = 2500};
    assert_int_equal(weir_inspect_state(place->directory, &unknown, &none, NULL),
                     WEIR_NO_ELEMENT);
}

/* --- a restart, and another program ---------------------------------------------------------- */

static void test_what_a_restart_would_do(void **state)
{
    const place *place = *state;
    weir_restart_facts facts;
    assert_int_equal(weir_inspect_restart(place->directory, NULL, &facts), WEIR_OK);
    assert_int_equal(facts.checkpoint_ms, 3000);
    assert_int_equal(facts.replayed, 0);
    weir_durability from = {.from_ms = 2000};
    assert_int_equal(weir_inspect_restart(place->directory, &from, &facts), WEIR_OK);
    assert_int_equal(facts.replayed, 1);
    assert_int_equal(facts.replayed_done, 1);
    assert_int_equal(facts.last_ms, 3000);
    assert_int_equal(facts.down, 0);
}

static weir_status build_other(weir_context *context, void *user)
{
    const place *place = user;
    const char *paths[] = {place->files[1]};
    weir_state_options options = {.name = "others"};
    weir_stream *lines = weir_name(weir_text_files(context, paths, 1), "lines");
    weir_stream *ones = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_count_output(
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options));
    return weir_error(context);
}

static void note_verdict(const weir_verdict *verdict, void *user)
{
    drawn *drawn = user;
    size_t length = strlen(drawn->text);
    snprintf(drawn->text + length, sizeof drawn->text - length, "%s:%s%s ", verdict->name,
             verdict->verdict, verdict->is_refused ? "!" : "");
}

#define COUNT_OF_WORDS                                                                        \
    "count < updateStateByKey(sum_update) < map(pair_with_one) < flatMap(split_ws) < lines"
#define COUNT_OF_LINES "count < updateStateByKey(sum_update) < map(pair_with_one) < lines"

static void test_whether_a_program_fits(void **state)
{
    place *place = *state;
    drawn same = {""}, other = {""}, dropped = {""};
    weir_restart_facts facts;
    assert_int_equal(weir_inspect_program(place->directory, &job_options, NULL, build_count, place,
                                          note_verdict, &same, &facts),
                     WEIR_OK);
    assert_string_equal(same.text, "counts:kept lines:kept " COUNT_OF_WORDS ":kept ");
    assert_int_equal(facts.checkpoint_ms, 3000);
    assert_int_equal(facts.replayed, 0);
    assert_int_equal(weir_inspect_program(place->directory, &job_options, NULL, build_other, place,
                                          note_verdict, &other, NULL),
                     WEIR_INCOMPATIBLE);
    assert_string_equal(other.text, "counts:gone! others:new lines:changed! " COUNT_OF_WORDS
                        ":gone " COUNT_OF_LINES ":new ");
    const char *const names[] = {"counts"};
    weir_durability given_up = {.drop_state = names, .drop_state_count = 1};
    assert_int_equal(weir_inspect_program(place->directory, &job_options, &given_up, build_other,
                                          place, note_verdict, &dropped, NULL),
                     WEIR_INCOMPATIBLE);
    assert_string_equal(dropped.text, "counts:dropped others:new lines:changed! " COUNT_OF_WORDS
                        ":gone " COUNT_OF_LINES ":new ");
    assert_null(weir_get_active());
}

/* --- is it whole? ---------------------------------------------------------------------------- */

typedef struct findings {
    size_t damages;
    size_t notes;
    char last[512];
    uint64_t done_bytes;
    uint64_t all_bytes;
} findings;

static void note_finding(bool is_damage, const char *text, void *user)
{
    findings *findings = user;
    if (is_damage) findings->damages++;
    else findings->notes++;
    snprintf(findings->last, sizeof findings->last, "%s", text);
}

static void note_progress(uint64_t done_bytes, uint64_t all_bytes, const char *what, void *user)
{
    findings *findings = user;
    assert_true(done_bytes >= findings->done_bytes && done_bytes <= all_bytes);
    assert_non_null(what);
    findings->done_bytes = done_bytes;
    findings->all_bytes = all_bytes;
}

static const weir_verifier verifier = {note_progress, note_finding};

static void test_verify(void **state)
{
    const place *place = *state;
    findings clean = {0}, broken = {0};
    char path[160];
    assert_int_equal(weir_verify(place->directory, &verifier, &clean), WEIR_OK);
    assert_int_equal(clean.damages + clean.notes, 0);
    assert_true(clean.done_bytes > 0);
    assert_int_equal(clean.done_bytes, clean.all_bytes);

    snprintf(path, sizeof path, "%s/log/0000000000000001.segment", place->directory);
    flip(path, 100);
    assert_int_equal(weir_verify(place->directory, &verifier, &broken), WEIR_DAMAGED);
    assert_int_equal(broken.damages, 1);
    assert_non_null(strstr(broken.last, "segment 1, offset 64"));

    snprintf(path, sizeof path, "%s/checkpoints/3000/state/CURRENT", place->directory);
    unlink(path);
    broken = (struct findings){0};
    assert_int_equal(weir_verify(place->directory, &verifier, &broken), WEIR_DAMAGED);
    assert_true(broken.damages > 1);
}

static void test_the_whole_directory(void **state)
{
    const place *place = *state;
    weir_directory_facts facts;
    int64_t time_ms;
    assert_int_equal(weir_inspect_directory(place->directory, &facts), WEIR_OK);
    assert_false(facts.is_in_use);
    assert_non_null(strstr(facts.holder, "pid "));
    assert_int_equal(facts.checkpoints, 2);
    assert_int_equal(facts.log_segments, 1);
    assert_true(facts.log_bytes > 0 && facts.checkpoint_bytes > 0);
    assert_int_equal(weir_request_checkpoint(place->directory, 10, &time_ms), WEIR_NO_ELEMENT);
    assert_int_equal(weir_inspect_directory(place->root, &facts), WEIR_NO_ELEMENT);
    assert_int_equal(weir_inspect_directory("/no/such/place", &facts), WEIR_IO);
}

/* --- beside a context that runs -------------------------------------------------------------- */

static weir_status build_live(weir_context *context, void *user)
{
    weir_stream *lines = weir_text_file_stream(context, user, NULL);
    weir_count_output(lines);
    return weir_error(context);
}

typedef struct asking {
    const char *directory;
    weir_context *context;
    int64_t time_ms;
    weir_status status;
    weir_status inside_status;
    _Atomic bool is_over;
} asking;

static void *ask(void *user)
{
    asking *asking = user;
    asking->status = weir_request_checkpoint(asking->directory, -1, &asking->time_ms);
    asking->inside_status = weir_checkpoint_now(asking->context, -1);
    asking->is_over = true;
    return NULL;
}

static void test_a_running_context_is_asked(void **state)
{
    place *place = *state;
    char directory[128];
    weir_options options = {.master = "local", .batch_interval_ms = 1000, .manual_clock = true};
    weir_directory_facts facts;
    asking asking = {.directory = directory};
    pthread_t thread;
    snprintf(directory, sizeof directory, "%s/%060d", place->root, 7); /* a long path */
    assert_int_equal(weir_get_or_create(&asking.context, directory, &options, NULL, build_live,
                                        place->root),
                     WEIR_OK);
    assert_int_equal(weir_checkpoint_now(asking.context, 10), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_start(asking.context), WEIR_OK);
    assert_int_equal(weir_checkpoint_now(asking.context, 1), WEIR_TIMEOUT);
    assert_int_equal(weir_inspect_directory(directory, &facts), WEIR_OK);
    assert_true(facts.is_in_use);
    assert_int_equal(pthread_create(&thread, NULL, ask, &asking), 0);
    while (!asking.is_over) assert_int_equal(weir_advance(asking.context, 1000), WEIR_OK);
    pthread_join(thread, NULL);
    assert_int_equal(asking.status, WEIR_OK);
    assert_int_equal(asking.inside_status, WEIR_OK);
    assert_int_equal(asking.time_ms % 1000, 0);
    assert_true(weir_checkpoints(asking.context) >= 3);
    weir_context_free(asking.context);
    assert_int_equal(weir_verify(directory, &verifier, &(findings){0}), WEIR_OK);
}

/* Those that break something have a directory of their own. */
#define BREAKING(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lineage),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_state_now_and_before),
        cmocka_unit_test(test_what_a_restart_would_do),
        cmocka_unit_test(test_whether_a_program_fits),
        cmocka_unit_test(test_the_whole_directory),
        cmocka_unit_test(test_a_running_context_is_asked),
        BREAKING(test_checkpoints_and_a_bad_one),
        BREAKING(test_the_log_and_damage_in_it),
        BREAKING(test_verify),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
