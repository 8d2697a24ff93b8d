/* The note of state that was given up: what is noted is read, as often as it takes; forms that
 * nobody can have written are refused as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "record/codec.h"
#include "record/value.h"
#include "recovery/given_up.h"
#include "recovery/sealed_file.h"
#include "support/scratch.h"

static char place[64];
static directory home;
static arena room;
static arena *before_room;

static int set_up(void **state)
{
    (void)state;
    if (!scratch_make(place, sizeof place, "weir-given-up")) return -1;
    directory_init(&home, place);
    arena_init(&room, NULL);
    before_room = arena_set_current(&room);
    return directory_create(&home) == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_set_current(before_room);
    arena_release(&room);
    directory_release(&home);
    return file_remove_tree(place) == WEIR_OK ? 0 : -1;
}

static void make_checkpoint(int64_t time_ms)
{
    char *path = directory_checkpoint_path(&home, time_ms, NULL);
    assert_int_equal(file_make_directory(path), WEIR_OK);
    free(path);
}

static void note(int64_t time_ms, const char *const *names, size_t count)
{
    weir_durability durability = {.drop_state = names, .drop_state_count = count};
    assert_int_equal(given_up_note(&home, time_ms, &durability), WEIR_OK);
}

/* What is given up at that checkpoint, beside "own", in one text. */
static void expect(int64_t time_ms, const char *expected)
{
    static const char *const own[] = {"own"};
    char text[256] = "";
    weir_durability durability = {.drop_state = own, .drop_state_count = 1};
    assert_int_equal(given_up_add(&home, time_ms, &room, &durability), WEIR_OK);
    size_t length = 0;
    for (size_t i = 0; i < durability.drop_state_count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ",
                                   durability.drop_state[i]);
    assert_string_equal(text, expected);
}

static bool is_noted(void)
{
    char path[80];
    snprintf(path, sizeof path, "%s/dropped", place);
    return file_exists(path);
}

static void what_is_noted_is_read_until_its_checkpoint_is_gone(void **state)
{
    (void)state;
    static const char *const both[] = {"sums", "own"}, *const all[] = {"*"};
    make_checkpoint(1000);
    make_checkpoint(2000);
    note(1000, NULL, 0);
    assert_false(is_noted());
    expect(1000, "own ");
    note(1000, both, 2);
    expect(1000, "own sums ");
    expect(2000, "own ");
    note(2000, all, 1);
    expect(1000, "own sums ");
    expect(2000, "own * ");
    char *path = directory_checkpoint_path(&home, 1000, NULL);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    free(path);
    note(3000, both, 1); /* forgets the one that is gone */
    expect(1000, "own ");
    expect(2000, "own * ");
    note(2000, NULL, 0); /* went back on purpose: all is taken back */
    assert_false(is_noted());
}

static void expect_listed(const int64_t *expected, size_t expected_count)
{
    int64_t *times;
    size_t count;
    assert_int_equal(given_up_list(&home, &times, &count), WEIR_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) assert_int_equal(times[i], expected[i]);
    free(times);
}

/* Those that have state which a start went on without: not for sources alone. */
static void checkpoints_with_dropped_state_are_listed(void **state)
{
    (void)state;
    static const char *const own[] = {"own"};
    const weir_durability sources = {.drop_source = own, .drop_source_count = 1};
    const int64_t expected[] = {1000, 3000};
    for (int64_t time_ms = 1000; time_ms <= 3000; time_ms += 1000) make_checkpoint(time_ms);
    expect_listed(NULL, 0);
    note(1000, own, 1);
    assert_int_equal(given_up_note(&home, 2000, &sources), WEIR_OK);
    note(3000, own, 1);
    expect_listed(expected, 2);
    note(3000, NULL, 0); /* went back on purpose */
    expect_listed(expected, 1);
}

/* Sources are noted beside state, or alone; where there are none the form is that of before. */
static void sources_are_noted_too(void **state)
{
    (void)state;
    static const char *const own[] = {"own"}, *const sources[] = {"lines", "more"};
    weir_durability given = {.drop_source = sources, .drop_source_count = 2};
    make_checkpoint(1000);
    make_checkpoint(2000);
    assert_int_equal(given_up_note(&home, 1000, &given), WEIR_OK);
    given.drop_state = own;
    given.drop_state_count = 1;
    given.drop_source_count = 1;
    assert_int_equal(given_up_note(&home, 2000, &given), WEIR_OK);
    weir_durability read = {.drop_source = own, .drop_source_count = 1};
    assert_int_equal(given_up_add(&home, 1000, &room, &read), WEIR_OK);
    assert_int_equal(read.drop_state_count, 0);
    assert_int_equal(read.drop_source_count, 3);
    assert_string_equal(read.drop_source[0], "own");
    assert_string_equal(read.drop_source[2], "more");
    read = (weir_durability){.from_ms = 0};
    assert_int_equal(given_up_add(&home, 2000, &room, &read), WEIR_OK);
    assert_int_equal(read.drop_state_count, 1);
    assert_int_equal(read.drop_source_count, 1);
    assert_string_equal(read.drop_source[0], "lines");
}

static weir_value names(weir_value one)
{
    return weir_list(&one, 1);
}

static weir_value list2(weir_value a, weir_value b)
{
    return weir_list((weir_value[]){a, b}, 2);
}

static weir_value list3(weir_value a, weir_value b, weir_value c)
{
    return weir_list((weir_value[]){a, b, c}, 3);
}

static void publish(weir_value payload)
{
    char path[80];
    buffer bytes = {0};
    snprintf(path, sizeof path, "%s/dropped", place);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    assert_true(codec_encode(&bytes, payload));
    assert_int_equal(sealed_file_write(path, "weirdrop", &bytes), WEIR_OK);
    buffer_release(&bytes);
}

/* Its checksum is right, and yet it is no note: it is damage, and nothing is given up by it. */
static void what_nobody_can_have_written_is_damage(void **state)
{
    (void)state;
    weir_value one = weir_int(1), good = list2(weir_int(2000), names(weir_text("sums")));
    const weir_value entries[] = {
        weir_int(7),
        weir_list(NULL, 0),
        weir_list((weir_value[]){weir_int(2000)}, 1),
        weir_pair(weir_int(2000), names(weir_text("sums"))),
        list2(weir_text("2000"), names(weir_text("sums"))),
        list2(weir_int(2000), weir_text("sums")),
        list2(weir_int(2000), weir_list(NULL, 0)),
        list2(weir_int(2000), names(weir_int(1))),
        list2(weir_int(2000), names(weir_bytes_value("sums", 4))),
        list2(weir_int(2000), names(weir_text(""))),
        list2(weir_int(2000), names(weir_string("su\0ms", 5))),
        list3(weir_int(2000), weir_list(NULL, 0), weir_list(NULL, 0)),
        list3(weir_int(2000), names(weir_text("sums")), weir_list(NULL, 0)),
        list3(weir_int(2000), names(weir_text("sums")), names(weir_int(1))),
        list3(weir_int(2000), names(weir_text("")), names(weir_text("lines"))),
    };
    const weir_value wholes[] = {weir_int(1), weir_list(&one, 1), list2(weir_int(2), names(good)),
                                 list2(one, weir_int(1)), weir_pair(one, names(good))};
    size_t count = sizeof entries / sizeof entries[0];
    weir_durability durability = {.from_ms = 0};
    publish(list2(one, names(good)));
    expect(2000, "own sums ");
    for (size_t i = 0; i < count + sizeof wholes / sizeof wholes[0]; i++) {
        publish(i < count ? list2(one, list2(good, entries[i])) : wholes[i - count]);
        assert_int_equal(given_up_add(&home, 2000, &room, &durability), WEIR_DAMAGED);
        assert_non_null(
            strstr(error_text(), "/dropped, which tells what state and sources were given up"));
        assert_int_equal(given_up_note(&home, 2000, &durability), WEIR_DAMAGED);
        assert_int_equal(durability.drop_state_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_noted_is_read_until_its_checkpoint_is_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(checkpoints_with_dropped_state_are_listed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sources_are_noted_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_can_have_written_is_damage, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
