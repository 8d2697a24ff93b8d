/* The wall clock is set while a context reads a directory, and while it is down: new files are
 * taken, and each once. The clock here stands in for base/clock.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "weir/library.h"
#include "weir/weir.h"

static const int64_t day_us = INT64_C(86400) * 1000000;

static _Atomic int64_t set_off_us;

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void) { return read_us(CLOCK_REALTIME) + set_off_us; }
int64_t clock_wall_ms(void) { return clock_wall_us() / 1000; }
int64_t clock_monotonic_us(void) { return read_us(CLOCK_MONOTONIC); }
int64_t clock_cpu_us(void) { return read_us(CLOCK_PROCESS_CPUTIME_ID); }
void clock_sleep_ms(int64_t duration_ms)
{
    nanosleep(&(struct timespec){duration_ms / 1000, duration_ms % 1000 * 1000000}, NULL);
}

static char base[64], place[80], input[80], said[16384];

static void keep_line(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    print_message("%s\n", text); /* what a test was waiting for that never ends */
    size_t length = strlen(said);
    (void)snprintf(said + length, sizeof said - length, "%s\n", text);
}

/* A file of one line, its name, moved in when it is dated by the clock. */
static void write_file(const char *name)
{
    char made[128], path[128];
    int descriptor;
    int64_t now_ms = clock_wall_ms();
    (void)snprintf(made, sizeof made, "%s/%s", base, name);
    (void)snprintf(path, sizeof path, "%s/%s", input, name);
    assert_int_equal(file_create(made, &descriptor), WEIR_OK);
    assert_int_equal(file_write(descriptor, made, name, strlen(name)), WEIR_OK);
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000}};
    assert_int_equal(futimens(descriptor, times), 0);
    assert_int_equal(file_close(descriptor, made), WEIR_OK);
    assert_int_equal(file_rename(made, path), WEIR_OK);
}

/* --- a context that counts lines ------------------------------------------------------------- */

enum { LINES = 16 };
static char line[LINES][16];
static _Atomic int counted[LINES]; /* so often did the state see the line */
static _Atomic int lines;

static weir_status note(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms, (void)arg;
    weir_value list;
    weir_status status = weir_dataset_collect(in, &list);
    size_t count, parts, length;
    const weir_value *items = status == WEIR_OK ? weir_items(list, &count) : NULL;
    for (size_t i = 0; items && i < count; i++) {
        const weir_value *pair = weir_items(items[i], &parts);
        const char *text = weir_bytes(&pair[0], &length);
        int at = 0;
        while (at < lines && strncmp(line[at], text, length) != 0) at++;
        if (at == lines) {
            (void)snprintf(line[at], sizeof line[at], "%.*s", (int)length, text);
            lines++;
        }
        counted[at] = (int)weir_as_int(pair[1]);
    }
    return status;
}
WEIR_FOREACH(note)

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *files = weir_text_file_stream(context, input, NULL);
    weir_stream *pairs = weir_map(files, &weir_fn_pair_with_one, weir_null());
    return weir_foreach_rdd(
        weir_update_state_by_key(pairs, &weir_fn_count_update, weir_null(), NULL), &weir_fn_note,
        weir_null());
}

static weir_context *start(const weir_durability *durability)
{
    weir_options options = {.batch_interval_ms = 10, .master = "local[1]"};
    weir_context *context;
    said[0] = '\0';
    assert_int_equal(weir_get_or_create(&context, place, &options, durability, build, NULL),
                     WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static int count_of(const char *name)
{
    for (int i = 0; i < lines; i++)
        if (strcmp(line[i], name) == 0) return counted[i];
    return 0;
}

static void write_and_await(const char *name)
{
    write_file(name);
    while (count_of(name) == 0) clock_sleep_ms(1);
}

static void assert_all_once(int names)
{
    assert_int_equal(lines, names);
    for (int i = 0; i < lines; i++) assert_int_equal(counted[i], 1);
}

static int set_up(void **state)
{
    (void)state;
    set_off_us = 0;
    lines = 0;
    (void)snprintf(base, sizeof base, "/tmp/weir-clock-XXXXXX");
    if (!mkdtemp(base)) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    (void)snprintf(input, sizeof input, "%s/in", base);
    weir_set_log(keep_line, NULL, WEIR_INFO);
    return file_make_directory(input) == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

/* --- jumps ----------------------------------------------------------------------------------- */

static void a_day_back(void **state)
{
    (void)state;
    weir_context *context = start(NULL);
    write_and_await("before");
    write_file("across");
    set_off_us = -day_us;
    write_and_await("behind");
    while (count_of("across") == 0) clock_sleep_ms(1);
    weir_context_free(context); /* as a kill: no last checkpoint */
    assert_non_null(strstr(said, "the wall clock was set back by 8"));
    assert_null(strstr(said, "not taken"));
    write_file("down");
    context = start(NULL);
    write_and_await("again");
    while (count_of("down") == 0) clock_sleep_ms(1);
    weir_context_free(context);
    assert_non_null(strstr(said, "behind the last batch; batch times go on from it"));
    assert_all_once(5);
}

static void a_year_ahead(void **state)
{
    (void)state;
    weir_context *context = start(NULL);
    write_and_await("before");
    write_file("across");
    set_off_us = 365 * day_us;
    write_and_await("ahead");
    while (count_of("across") == 0) clock_sleep_ms(1);
    weir_context_free(context);
    assert_non_null(strstr(said, "the wall clock was set forward by 3"));
    assert_null(strstr(said, "not taken"));
    context = start(&(weir_durability){.skip_down_batches = true});
    write_and_await("again");
    weir_context_free(context);
    set_off_us = 0; /* and back */
    context = start(NULL);
    write_and_await("right");
    weir_context_free(context);
    assert_all_once(5);
}

static void a_day_back_while_it_is_down(void **state)
{
    (void)state;
    weir_context *context = start(NULL);
    write_and_await("before");
    weir_context_free(context);
    write_file("down");
    set_off_us = -day_us;
    context = start(NULL);
    write_and_await("behind");
    while (count_of("down") == 0) clock_sleep_ms(1);
    weir_context_free(context);
    assert_all_once(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_year_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_day_back_while_it_is_down, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
