/* Sources that a program lacks: what is lost without them, and that it is refused unless they are
 * given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/error.h"
#include "ingest/source.h"
#include "record/value.h"
#include "recovery/lost_sources.h"

enum { MOST = 8 };

static stored_stream streams[] = {
    {.id = 0, .kind = STREAM_SOURCE, .name = "lines", .operation = "textFiles"},
    {.id = 1, .kind = STREAM_MAP, .name = "lines mapped"},
    {.id = 2, .kind = STREAM_SOURCE, .source_text = "socket h:1"},
};
static const stored_lineage stored = {.streams = streams, .stream_count = 3};

typedef struct row {
    const char *about;
    int64_t place;             /* files that the list has given */
    int64_t records[MOST];     /* times of those with something of "lines"; negative: of nothing */
    int64_t boundary;
    int64_t skipped;
    int64_t used[MOST], blocks[MOST]; /* of "socket h:1" */
    const char *app;           /* of the program; NULL: the same */
    const char *dropped;
    const char *lines, *socket; /* how; "": nothing is lost */
    size_t refused;
} row;

static const row rows[] = {
    {.about = "nothing is known of them", .lines = "", .socket = ""},
    {.about = "a batch to compute again", .records = {1000, 2000, 3000}, .boundary = 1000,
     .lines = "2 batches to compute again are of it, from 2000 ms on", .socket = "", .refused = 1},
    {.about = "all of them are in the checkpoint", .records = {1000}, .boundary = 1000,
     .lines = "", .socket = ""},
    {.about = "batches of nothing", .records = {-1000, -2000}, .lines = "", .socket = ""},
    {.about = "a batch that is given up", .records = {1000}, .skipped = 1000, .lines = "",
     .socket = ""},
    {.about = "a loose block", .used = {1, 2}, .blocks = {1, 2, 3, 3}, .lines = "",
     .socket = "1 block of it is in the log and in no batch yet", .refused = 1},
    {.about = "no loose block", .used = {1, 2}, .blocks = {2, 1}, .boundary = 1000, .lines = "",
     .socket = ""},
    {.about = "a list of files", .place = 2, .boundary = 2000,
     .lines = "2 files of its list were read, and no other list goes on from there", .socket = "",
     .refused = 1},
    {.about = "the directory of another job", .app = "another",
     .lines = "the directory is of another job, \"job\"",
     .socket = "the directory is of another job, \"job\"", .refused = 2},
    {.about = "given up", .place = 2, .records = {3000}, .boundary = 2000, .blocks = {1},
     .dropped = "lines", .lines = "1 batch to compute again is of it, from 3000 ms on",
     .socket = "1 block of it is in the log and in no batch yet", .refused = 1},
};

static weir_value list_of(const char *name, weir_value what)
{
    weir_value pair = weir_pair(weir_text(name), what);
    return weir_list(&pair, 1);
}

static void tell_records(const row *row, lost_sources *lost)
{
    weir_value something = weir_text("a file");
    if (row->place > 0)
        lost_sources_place(lost, list_of("lines", weir_pair(weir_int(row->place), weir_int(7))));
    for (size_t i = 0; i < MOST && row->records[i] != 0; i++) {
        bool is_empty = row->records[i] < 0;
        weir_value what = is_empty && i > 0 ? weir_null() : weir_list(&something, !is_empty);
        lost_sources_record(lost, is_empty ? -row->records[i] : row->records[i],
                            list_of("lines", what));
    }
}

static void tell_blocks(const row *row, lost_sources *lost)
{
    for (size_t i = 0; i < MOST && row->blocks[i] != 0; i++)
        lost_sources_block(lost, (uint64_t)row->blocks[i], 1);
    for (size_t i = 0; i < MOST && row->used[i] != 0; i++) {
        weir_value number = weir_int(row->used[i]);
        lost_sources_record(lost, 1000, list_of("socket h:1", weir_list(&number, 1)));
    }
}

static void check(const row *row)
{
    const ingest none = {.count = 0};
    weir_durability durability = {.drop_source = &row->dropped,
                                  .drop_source_count = row->dropped != NULL};
    int64_t times[MOST + 1] = {1000};
    size_t count = row->used[0] != 0;
    for (size_t i = 0; i < MOST && row->records[i] != 0; i++)
        times[count++] = row->records[i] < 0 ? -row->records[i] : row->records[i];
    plan_facts facts = {.boundary_ms = row->used[0] ? 1000 : row->boundary,
                        .interval_ms = 1000,
                        .record_times = times,
                        .record_count = count,
                        .skipped_times = &row->skipped,
                        .skipped_count = row->skipped != 0};
    plan plan;
    lost_sources lost;
    plan_make(&facts, &plan);
    lost_sources_init(&lost, &stored, &none, &durability);
    assert_int_equal(lost.count, 2);
    assert_int_equal(lost.lost, 2);
    tell_blocks(row, &lost);
    tell_records(row, &lost);
    lost_sources_decide(&lost, &plan, "job", row->app ? row->app : "job");
    assert_string_equal(lost.items[0].how, row->lines);
    assert_string_equal(lost.items[1].how, row->socket);
    assert_int_equal(lost.refused, row->refused);
    assert_int_equal(lost.items[0].is_refused, row->lines[0] && !row->dropped);
    lost_sources_release(&lost);
    plan_release(&plan);
}

static void what_a_start_without_them_would_lose(void **state)
{
    (void)state;
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].about);
        check(&rows[i]);
    }
    arena_set_current(before);
    arena_release(&room);
}

static void names_to_give_up_must_be_known(void **state)
{
    (void)state;
    const char *const good[] = {"socket h:1", "lines"}, *const bad[] = {"lines", "lines mapped"};
    assert_int_equal(lost_sources_check_dropped(&stored, "dir", good, 2), WEIR_OK);
    assert_int_equal(lost_sources_check_dropped(&stored, "dir", bad, 2), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "no source \"lines mapped\" to drop"));
}

/* --- sources of another kind ----------------------------------------------------------------- */

typedef struct kind_row {
    const char *before; /* the operation; NULL: of the program alone */
    bool was_binary;
    const char *now;
    int64_t length;  /* of the records of a directory */
    const char *how; /* "": it is of the same kind */
} kind_row;

static const kind_row kinds[] = {
    {"kafkaStream", false, "kafkaStream", 0, ""},
    {"kafkaDirectStream", false, "kafkaStream", 0, "it was kafkaDirectStream, it is kafkaStream"},
    {"kafkaStream", false, "kafkaDirectStream", 0, "it was kafkaStream, it is kafkaDirectStream"},
    {"directory", false, "directory", 0, ""},
    {"directory", true, "directory", 8, ""},
    {"directory", false, "directory", 8, "it was textFileStream, it is binaryRecordsStream"},
    {"directory", true, "directory", 0, "it was binaryRecordsStream, it is textFileStream"},
    {"textFiles", false, "directory", 0, "it was textFiles, it is textFileStream"},
    {NULL, false, NULL, 0, ""},
    {NULL, false, "socketTextStream", 0,
     "it was a receiver or converter of the program, it is socketTextStream"},
};

static void check_kind(const kind_row *row)
{
    stored_stream before = {.kind = STREAM_SOURCE,
                            .name = "lines",
                            .operation = row->before,
                            .is_binary = row->was_binary};
    const stored_lineage lineage = {.streams = &before, .stream_count = 1};
    weir_value spec[] = {row->now ? weir_text(row->now) : weir_null(), weir_text("what it reads"),
                         weir_int(row->length)};
    char name[] = "lines";
    weir_stream stream = {.name = name,
                          .source_spec = row->now ? weir_list(spec, 3) : weir_absent()};
    source lines = {.stream = &stream, .is_needed = true}, *sources[] = {&lines};
    const ingest ingest = {.sources = sources, .count = 1};
    const char *dropped = "lines";
    const weir_durability durability = {.drop_source = &dropped, .drop_source_count = 1};
    const plan nothing = {.count = 0};
    bool is_changed = row->how[0] != '\0';
    lost_sources lost;
    lost_sources_init(&lost, &lineage, &ingest, &durability);
    assert_int_equal(lost.changed, is_changed);
    assert_int_equal(lost.lost, 0);
    lost_sources_decide(&lost, &nothing, "job", "job");
    /* Nor is one given up that is there, unchanged: that is said. */
    const char *kept = "not given up: the program has it, and goes on with what is stored of it";
    assert_string_equal(lost.items[0].how, is_changed ? row->how : kept);
    assert_int_equal(lost.items[0].is_changed, is_changed);
    assert_int_equal(lost.items[0].is_refused, is_changed);
    assert_int_equal(lost.refused, is_changed);
    assert_true(lost.first_refused == (is_changed ? &lost.items[0] : NULL));
    lost_sources_release(&lost);
}

static void a_source_of_another_kind_is_refused(void **state)
{
    (void)state;
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) check_kind(&kinds[i]);
    arena_set_current(before);
    arena_release(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_start_without_them_would_lose),
        cmocka_unit_test(a_source_of_another_kind_is_refused),
        cmocka_unit_test(names_to_give_up_must_be_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
