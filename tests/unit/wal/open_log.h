/* A log in a scratch directory, over system calls with faults, whose messages are kept. Included
 * by one test file each, as faults.h is. */
#ifndef UNIT_WAL_OPEN_LOG_H
#define UNIT_WAL_OPEN_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/log_files.h"
#include "unit/wal/faults.h"
#include "wal/log.h"
#include "weir/context.h"

static wal_log *wal;
static char said[1000]; /* the last message */

static inline void keep_line(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    snprintf(said, sizeof said, "%s", text);
}

static inline int set_up(void **state)
{
    faults_clear();
    said[0] = '\0';
    weir_set_log(keep_line, NULL, WEIR_INFO);
    return log_files_set_up(state);
}

static inline wal_options options(void)
{
    wal_options options = {.directory = log_files, .retry_ms = 1};
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    return options;
}

static inline void open_log(void)
{
    wal_options with = options();
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, set_up, log_files_tear_down)

#endif
