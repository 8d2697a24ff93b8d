/* The settings of a run: members of weir_options and weir_durability by the name of their option
 * (--batch-ms) and of their field in a job file (batch_ms). One table reads both and prints the
 * help. */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

#include <jansson.h>

#include "tools/problem.h"
#include "weir/checkpoint.h"

/* All that a job file and a command line can set. Strings are borrowed. */
typedef struct run_settings {
    weir_options options;
    weir_durability durability;
    const char *checkpoint; /* the directory that the context lasts in, or NULL */
} run_settings;

typedef enum setting_type {
    SETTING_TEXT,
    SETTING_MASTER,
    SETTING_COUNT, /* an int */
    SETTING_FLAG,  /* a bool */
    SETTING_LONG,  /* an int64_t */
    SETTING_SIZE   /* a size_t; K, M and G may stand behind the number */
} setting_type;

typedef struct setting {
    const char *option; /* without the -- */
    const char *field;
    setting_type type;
    size_t offset; /* in run_settings */
    int64_t least, most;
    const char *value; /* what stands for the value in the help */
    const char *about;
} setting;

enum { SETTING_NUMBER = 20 };
extern const setting setting_table[SETTING_NUMBER];

/* Sets the member from a job file; strings are borrowed. A wrong value: false, and what it should
 * be. */
bool setting_from_json(const setting *setting, const json_t *json, run_settings *to,
                       problem *problem);
/* The same from the command line. */
bool setting_from_text(const setting *setting, const char *text, run_settings *to,
                       problem *problem);
/* Copies the member from one to the other. */
void setting_copy(const setting *setting, run_settings *to, const run_settings *from);

#endif
