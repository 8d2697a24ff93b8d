/* weir functions [KIND]: what functions there are. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/job_table.h"
#include "tools/json_value.h"
#include "tools/message.h"

static const argument functions_arguments[] = {
    {"json", ARGUMENT_JSON, NULL, "one JSON object a function, one a line"},
    {"no-color", ARGUMENT_NO_COLOR, NULL,
     "messages without colour (also: NO_COLOR in the environment)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line functions_line = {
    .name = "functions",
    .examples = "  weir functions                    all of them\n"
                "  weir functions reduceByKey        those that reduceByKey can take\n"
                "  weir functions --json | jq .name  for scripts\n",
    .usage = "[OPTION]... [KIND]",
    .about = "Lists the functions that come with weir, in columns: kind, name, what it does.\n"
             "KIND is a kind, such as map, or an operation of job files that takes a function.\n",
    .arguments = functions_arguments,
    .most_operands = 1,
};

static void print_json(const weir_function *function)
{
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = {{WEIR_COMMUTATIVE, "commutative"}, {WEIR_EXACT, "exact"},
                 {WEIR_EXACT_INTS, "exact_ints"}, {WEIR_KEEPS_KEY, "keeps_key"}};
    json_t *flags = json_array();
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (function->flags & words[i].flag)
            json_array_append_new(flags, json_string(words[i].word));
    }
    json_t *json = json_pack("{s:i,s:s,s:o,s:o,s:o}", "v", 1, "kind",
                             weir_function_kind_text(function->kind), "name",
                             json_text(function->name), "flags", flags, "about",
                             json_text(function->about));
    json_print_line(json);
}

static void print_columns(const weir_function *function)
{
    const char *about = function->about ? function->about : "";
    printf("%-16s  %-*s%s%s\n", weir_function_kind_text(function->kind), *about ? 24 : 0,
           function->name, *about ? "  " : "", about);
}

enum { KINDS_MAX = 2 * HINT_MAX };

/* What to give in place of a word that is no kind: the nearest one, else what the word is the name
 * of, else all kinds. */
static const char *kind_hint(const nearest *nearest, char hint[KINDS_MAX])
{
    if (nearest->word) return nearest_hint(nearest, hint);
    int length = 0;
    for (int i = WEIR_KIND_MAP; i < WEIR_KINDS; i++) {
        const char *text = weir_function_kind_text((weir_function_kind)i);
        if (weir_find_function((weir_function_kind)i, nearest->wanted)) {
            snprintf(hint, KINDS_MAX, "; it is a function for %s", text);
            return hint;
        }
        length += snprintf(hint + length, (size_t)(KINDS_MAX - length), "%s %s",
                           i == WEIR_KIND_MAP ? "; the kinds are" : ",", text);
        if (length >= KINDS_MAX) length = KINDS_MAX - 1;
    }
    return hint;
}

/* The kind that a word names: a kind's own word, or an operation that takes its functions. */
static bool find_kind(const char *word, weir_function_kind *kind, problem *problem)
{
    nearest nearest;
    nearest_init(&nearest, word);
    for (int i = WEIR_KIND_MAP; i < WEIR_KINDS; i++) {
        const char *text = weir_function_kind_text((weir_function_kind)i);
        *kind = (weir_function_kind)i;
        if (strcmp(text, word) == 0) return true;
        nearest_offer(&nearest, text);
    }
    const job_op *op;
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        if (!op->function) continue;
        *kind = op->function;
        if (strcmp(op->name, word) == 0) return true;
        nearest_offer(&nearest, op->name);
    }
    char hint[KINDS_MAX];
    return problem_set(problem, "no kind of function is called \"%s\"%s", word,
                       kind_hint(&nearest, hint));
}

static int list(weir_function_kind kind, bool wants_json)
{
    size_t count = weir_list_functions(NULL, 0);
    const weir_function **functions = calloc(count ? count : 1, sizeof *functions);
    if (!functions) return EXIT_JOB;
    weir_list_functions(functions, count);
    for (size_t i = 0; i < count; i++) {
        if (kind && functions[i]->kind != kind) continue;
        if (wants_json) print_json(functions[i]);
        else print_columns(functions[i]);
    }
    free(functions);
    return exit_after_output();
}

int command_functions(int argc, char **argv)
{
    arguments arguments;
    problem problem;
    weir_function_kind kind = 0;
    if (!arguments_read(&functions_line, argc, argv, &arguments, &problem))
        return message_usage("functions", problem.text);
    if (arguments.wants_help) {
        arguments_help(&functions_line);
        return exit_after_output();
    }
    if (arguments.operand_count && !find_kind(arguments.operands[0], &kind, &problem))
        return message_usage("functions", problem.text);
    return list(kind, arguments.wants_json);
}
