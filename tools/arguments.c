#include "tools/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/message.h"

enum { OPTIONS_MAX = 64, FIRST_SETTING = 1000 };

static size_t count_arguments(const command_line *line)
{
    size_t count = 0;
    while (line->arguments[count].option) count++;
    return count;
}

static void fill_table(const command_line *line, struct option table[OPTIONS_MAX])
{
    size_t count = 0;
    for (const argument *argument = line->arguments; argument->option; argument++)
        table[count++] = (struct option){argument->option,
                                         argument->value ? required_argument : no_argument, NULL,
                                         (int)argument->id};
    for (size_t i = 0; line->has_settings && i < SETTING_NUMBER; i++)
        table[count++] = (struct option){
            setting_table[i].option,
            setting_table[i].type == SETTING_FLAG ? optional_argument : required_argument, NULL,
            FIRST_SETTING + (int)i};
    table[count] = (struct option){0};
}

static bool fail_unknown(const command_line *line, const char *given, const struct option *table,
                         problem *problem)
{
    char name[64], dashed[64], hint[HINT_MAX];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
    nearest nearest;
    nearest_init(&nearest, name + strspn(name, "-"));
    for (; table->name; table++) nearest_offer(&nearest, table->name);
    if (nearest.word) {
        snprintf(dashed, sizeof dashed, "--%s", nearest.word);
        nearest.word = dashed;
    }
    return problem_set(problem, "weir %s has no option \"%s\"%s", line->name, name,
                       nearest_hint(&nearest, hint));
}

/* getopt_long leaves 0 in optopt for an unknown long option, the letter of an unknown short one,
 * and the id of a long one that was given a value it does not take. */
static bool fail_option(const command_line *line, const char *given, const struct option *table,
                        problem *problem)
{
    char letter[] = {'-', (char)optopt, '\0'};
    if (optopt == 0) return fail_unknown(line, given, table, problem);
    if (optopt > ' ' && optopt < 0x7f) return fail_unknown(line, letter, table, problem);
    return problem_set(problem, "the option \"%.*s\" takes no value", (int)strcspn(given, "="),
                       given);
}

/* A time or a span, both in ms. */
static bool take_ms(const char *option, const char *text, int64_t *ms, problem *problem)
{
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || *end || errno || parsed < 0)
        return problem_set(problem, "--%s is \"%s\"; give milliseconds", option, text);
    *ms = parsed;
    return true;
}

static bool is_word(const char *option, const char *value, const char *a, const char *b,
                    problem *problem)
{
    if (strcmp(value, a) == 0 || (b && strcmp(value, b) == 0)) return true;
    return problem_set(problem, "--%s is \"%s\"; give %s%s%s", option, value, a, b ? " or " : "",
                       b ? b : "");
}

static bool take_dropped(const char *name, arguments *arguments, problem *problem)
{
    weir_durability *durability = &arguments->settings.durability;
    if (durability->drop_state_count == GIVEN_UP_MAX)
        return problem_set(problem, "more than %d --drop-state; say --ignore-state", GIVEN_UP_MAX);
    arguments->drop_state[durability->drop_state_count++] = name;
    return true;
}

static bool take_dropped_source(const char *name, arguments *arguments, problem *problem)
{
    weir_durability *durability = &arguments->settings.durability;
    if (durability->drop_source_count == GIVEN_UP_MAX)
        return problem_set(problem, "more than %d --drop-source; start more than once",
                           GIVEN_UP_MAX);
    arguments->drop_source[durability->drop_source_count++] = name;
    return true;
}

static bool take_skipped(const char *value, arguments *arguments, problem *problem)
{
    weir_durability *durability = &arguments->settings.durability;
    if (durability->skip_batch_count == GIVEN_UP_MAX)
        return problem_set(problem, "more than %d --skip-batch; start more than once",
                           GIVEN_UP_MAX);
    return take_ms("skip-batch", value, &arguments->skip_batches[durability->skip_batch_count++],
                   problem);
}

static bool take_lost(const char *value, arguments *arguments, problem *problem)
{
    weir_durability *durability = &arguments->settings.durability;
    if (durability->lose_batch_count == GIVEN_UP_MAX)
        return problem_set(problem, "more than %d --lose-batch; start more than once",
                           GIVEN_UP_MAX);
    return take_ms("lose-batch", value, &arguments->lose_batches[durability->lose_batch_count++],
                   problem);
}

static bool take_segment(const char *value, arguments *arguments, problem *problem)
{
    char *end;
    weir_durability *durability = &arguments->settings.durability;
    if (durability->lose_segment_count == GIVEN_UP_MAX)
        return problem_set(problem, "more than %d --lose-segment; start more than once",
                           GIVEN_UP_MAX);
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (end == value || *end || errno || parsed == 0 || *value == '-')
        return problem_set(problem, "--lose-segment is \"%s\"; give the number of a segment of "
                           "the log", value);
    arguments->lose_segments[durability->lose_segment_count++] = parsed;
    return true;
}

/* What is for one start alone. */
static bool take_restart(argument_id id, const char *value, arguments *arguments, problem *problem)
{
    weir_durability *durability = &arguments->settings.durability;
    switch (id) {
    case ARGUMENT_DROP_STATE: return take_dropped(value, arguments, problem);
    case ARGUMENT_IGNORE_STATE: return take_dropped("*", arguments, problem);
    case ARGUMENT_DROP_SOURCE: return take_dropped_source(value, arguments, problem);
    case ARGUMENT_SKIP_BATCH: return take_skipped(value, arguments, problem);
    case ARGUMENT_LOSE_BATCH: return take_lost(value, arguments, problem);
    case ARGUMENT_LOSE_SEGMENT: return take_segment(value, arguments, problem);
    case ARGUMENT_FROM:
        durability->has_from = true;
        return take_ms("from", value, &durability->from_ms, problem);
    case ARGUMENT_MISSING_FILES:
        durability->skip_missing_files = true;
        return is_word("missing-files", value, "skip", NULL, problem);
    case ARGUMENT_DOWN_BATCHES:
        durability->all_down_batches = strcmp(value, "all") == 0;
        durability->skip_down_batches = strcmp(value, "skip") == 0;
        return is_word("down-batches", value, "all", "skip", problem);
    default: return true;
    }
}

static bool take_argument(argument_id id, const char *value, arguments *arguments,
                          problem *problem)
{
    switch (id) {
    case ARGUMENT_HELP: arguments->wants_help = true; return true;
    case ARGUMENT_JSON: arguments->wants_json = true; return true;
    case ARGUMENT_PROGRESS: arguments->progress = value; return true;
    case ARGUMENT_NO_COLOR: message_without_color(); return true;
    case ARGUMENT_SPACE: arguments->space = value; return true;
    case ARGUMENT_PREFIX: arguments->prefix = value; return true;
    case ARGUMENT_AT:
        arguments->has_at = true;
        return take_ms("at", value, &arguments->at_ms, problem);
    case ARGUMENT_WAIT: return take_ms("wait-ms", value, &arguments->wait_ms, problem);
    default: return take_restart(id, value, arguments, problem);
    }
}

static bool take_setting(size_t index, const char *value, arguments *arguments, problem *problem)
{
    struct problem why;
    arguments->is_set[index] = true;
    if (!value) value = "yes"; /* a flag alone */
    if (setting_from_text(&setting_table[index], value, &arguments->settings, &why)) return true;
    return problem_set(problem, "--%s %s", setting_table[index].option, why.text);
}

static bool take_operands(const command_line *line, int argc, char **argv, arguments *arguments,
                          problem *problem)
{
    for (int i = optind; i < argc; i++) {
        if (arguments->operand_count == line->most_operands)
            return problem_set(problem, "weir %s does not take \"%s\" as well", line->name,
                               argv[i]);
        arguments->operands[arguments->operand_count++] = argv[i];
    }
    return true;
}

bool arguments_read(const command_line *line, int argc, char **argv, arguments *arguments,
                    problem *problem)
{
    struct option table[OPTIONS_MAX];
    *arguments = (struct arguments){0};
    fill_table(line, table);
    opterr = 0;
    optind = 0; /* begin anew, whatever was read before */
    for (;;) {
        int id = getopt_long(argc, argv, ":h", table, NULL);
        bool is_right = true;
        if (id == -1) break;
        if (id == ':')
            return problem_set(problem, "the option \"%s\" needs a value", argv[optind - 1]);
        if (id == '?') return fail_option(line, argv[optind - 1], table, problem);
        if (id == 'h') arguments->wants_help = true;
        else if (id >= FIRST_SETTING)
            is_right = take_setting((size_t)(id - FIRST_SETTING), optarg, arguments, problem);
        else is_right = take_argument((argument_id)id, optarg, arguments, problem);
        if (!is_right) return false;
    }
    return take_operands(line, argc, argv, arguments, problem);
}

static void print_option(const char *option, const char *value, const char *about)
{
    char text[64];
    bool is_flag = value && strcmp(value, "yes|no") == 0;
    snprintf(text, sizeof text, "--%s%s%s%s", option, is_flag ? "[=" : value ? "=" : "",
             value ? value : "", is_flag ? "]" : "");
    printf("  %-25s %s\n", text, about);
}

void arguments_help(const command_line *line)
{
    printf("Examples:\n%s\nUsage: weir %s %s\n\n%s\n", line->examples, line->name, line->usage,
           line->about);
    if (line->has_settings) printf("Settings (they override those of the job file):\n");
    for (size_t i = 0; line->has_settings && i < SETTING_NUMBER; i++)
        print_option(setting_table[i].option, setting_table[i].value, setting_table[i].about);
    printf("%sOptions:\n", line->has_settings ? "\n" : "");
    for (size_t i = 0; i < count_arguments(line); i++)
        print_option(line->arguments[i].option, line->arguments[i].value,
                     line->arguments[i].about);
}

bool arguments_begin(const command_line *line, int argc, char **argv, arguments *arguments,
                     int *code)
{
    problem problem;
    if (!arguments_read(line, argc, argv, arguments, &problem)) {
        *code = message_usage(line->name, problem.text);
        return false;
    }
    if (arguments->wants_help) {
        arguments_help(line);
        *code = exit_after_output();
        return false;
    }
    if (arguments->operand_count >= line->least_operands) return true;
    *code = message_usage(line->name, line->lacking);
    return false;
}

void arguments_override(const arguments *arguments, run_settings *to)
{
    for (size_t i = 0; i < SETTING_NUMBER; i++) {
        if (arguments->is_set[i]) setting_copy(&setting_table[i], to, &arguments->settings);
    }
    const weir_durability *given = &arguments->settings.durability;
    weir_durability *durability = &to->durability;
    durability->drop_state = arguments->drop_state;
    durability->drop_state_count = given->drop_state_count;
    durability->drop_source = arguments->drop_source;
    durability->drop_source_count = given->drop_source_count;
    durability->skip_batches = arguments->skip_batches;
    durability->skip_batch_count = given->skip_batch_count;
    durability->lose_batches = arguments->lose_batches;
    durability->lose_batch_count = given->lose_batch_count;
    durability->lose_segments = arguments->lose_segments;
    durability->lose_segment_count = given->lose_segment_count;
    durability->skip_missing_files = given->skip_missing_files;
    durability->skip_down_batches = given->skip_down_batches;
    durability->all_down_batches = given->all_down_batches;
    durability->from_ms = given->from_ms;
    durability->has_from = given->has_from;
}
