/* What becomes of state under a changed program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "library/library.h"
#include "recovery/verdict.h"
#include "weir/library.h"

typedef struct program {
    const char *name; /* of the state; NULL: there is none */
    const weir_function *update;
    int partitions;
} program;

typedef struct row {
    const char *about;
    program before;
    program now;
    const char *dropped;
    verdict_kind kind; /* of the first verdict */
    size_t verdicts;
    size_t refused;
} row;

static const row rows[] = {
    {"the same program", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_sum_update, 0}, NULL,
     VERDICT_KEPT, 1, 0},
    {"another function", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_max_update, 0}, NULL,
     VERDICT_CHANGED, 1, 1},
    {"other partitions", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_sum_update, 4}, NULL,
     VERDICT_CHANGED, 1, 1},
    {"state that nobody wants", {"sums", &weir_fn_sum_update, 0}, {NULL, NULL, 0}, NULL,
     VERDICT_GONE, 1, 1},
    {"the same, dropped by name", {"sums", &weir_fn_sum_update, 0}, {NULL, NULL, 0}, "sums",
     VERDICT_GONE, 1, 0},
    {"another name", {"sums", &weir_fn_sum_update, 0}, {"totals", &weir_fn_sum_update, 0}, NULL,
     VERDICT_GONE, 2, 1},
    {"the same, all dropped", {"sums", &weir_fn_sum_update, 0}, {"totals", &weir_fn_sum_update, 0},
     "*", VERDICT_GONE, 2, 0},
    {"with the time now", {"sums", &weir_fn_sum_update, 0},
     {"sums", &weir_fn_last_seen_update, 0}, NULL, VERDICT_CHANGED, 1, 1},
    {"by partition now, dropped", {"sums", &weir_fn_sum_update, 0},
     {"sums", &weir_fn_sum_partition, 0}, "sums", VERDICT_CHANGED, 1, 0},
    {"by partition as before", {"sums", &weir_fn_sum_partition, 0},
     {"sums", &weir_fn_sum_partition, 0}, NULL, VERDICT_KEPT, 1, 0},
    {"new state", {NULL, NULL, 0}, {"sums", &weir_fn_sum_update, 0}, NULL, VERDICT_NEW, 1, 0},
};

static void build(lineage *lineage, const program *program)
{
    lineage_init(lineage, NULL, 1000);
    weir_stream *in = lineage_add_source(lineage, NULL, "a source");
    weir_state_options options = {.name = program->name, .partitions = program->partitions};
    weir_stream *out =
        program->name ? weir_update_state_by_key(in, program->update, weir_null(), &options) : in;
    assert_int_equal(weir_print(out, 1), WEIR_OK);
    assert_int_equal(lineage_name_spaces(lineage), WEIR_OK);
}

static void check(const row *row)
{
    lineage before, now;
    arena arena;
    buffer bytes = {0};
    stored_lineage stored;
    verdicts verdicts;
    arena_init(&arena, NULL);
    build(&before, &row->before);
    build(&now, &row->now);
    lineage_encode(&before, &bytes);
    buffer_reserve(&bytes, 64);
    assert_int_equal(lineage_decode(bytes.bytes, bytes.size, &arena, &stored), WEIR_OK);
    verdicts_make(&stored, &now, &row->dropped, row->dropped ? 1 : 0, &verdicts);
    assert_int_equal(verdicts.count, row->verdicts);
    assert_int_equal(verdicts.refused, row->refused);
    assert_int_equal(verdicts.items[0].kind, row->kind);
    assert_int_equal(strlen(verdicts.items[0].how) > 0, row->kind == VERDICT_CHANGED);
    verdicts_release(&verdicts);
    buffer_release(&bytes);
    lineage_release(&before);
    lineage_release(&now);
    arena_release(&arena);
}

static void every_change_has_its_verdict(void **state)
{
    (void)state;
    library_register();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].about);
        check(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_change_has_its_verdict)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
