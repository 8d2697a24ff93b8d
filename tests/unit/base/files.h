/* A directory for each test, and files in it. */
#ifndef UNIT_BASE_FILES_H
#define UNIT_BASE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "support/scratch.h"

/* Of the test file: no call fails. */
static void clear_faults(void);

static char base[200];

static inline int make_base(void **state)
{
    (void)state;
    clear_faults();
    return scratch_make(base, sizeof base, "weir-file") ? 0 : -1;
}

static inline int remove_base(void **state)
{
    (void)state;
    weir_status status = file_remove_tree(base);
    return status == WEIR_OK && !file_exists(base) ? 0 : -1;
}

/* The path of `name` in the test's directory; good for the next four calls. */
static inline const char *in_base(const char *name)
{
    static char paths[4][400];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", base, name);
    return path;
}

static inline void put(const char *name, const char *text)
{
    const char *path = in_base(name);
    int file = -1;
    assert_int_equal(file_create(path, &file), WEIR_OK);
    assert_int_equal(file_write(file, path, text, strlen(text)), WEIR_OK);
    assert_int_equal(file_sync(file, path), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
}

static inline void assert_holds(const char *name, const char *text)
{
    const char *path = in_base(name);
    int file = -1;
    char bytes[1000];
    size_t got = 0;
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, path, bytes, sizeof bytes - 1, 0, &got), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    bytes[got] = '\0';
    assert_string_equal(bytes, text);
}

#define assert_fails_naming(call, path) \
    do { \
        assert_int_equal(call, WEIR_IO); \
        assert_non_null(strstr(error_text(), path)); \
    } while (0)

#define file_test(name) cmocka_unit_test_setup_teardown(name, make_base, remove_base)

#endif
