/* Prints the tables of docs/MANUAL.md that follow from tables of the code: tables sources|graph|
 * outputs|functions|options. tests/docs/test_tables.sh puts them into the page, or checks them. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/library.h"
#include "tools/job_table.h"
#include "tools/settings.h"

/* --- What job files can say ------------------------------------------------------------------ */

static void print_type(const job_field *field)
{
    static const char *const texts[] = {
        [FIELD_BOOL] = "true or false",          [FIELD_RECORD] = "record",
        [FIELD_RECORDS] = "array of records",    [FIELD_TEXTS] = "array of strings",
        [FIELD_PUSHES] = "array of arrays of arrays of records",
        [FIELD_INPUTS] = "an id or an array of ids", [FIELD_FUNCTION] = "name of a function",
        [FIELD_POSITIONS] = "array of [topic, partition] or [topic, partition, offset]",
        [FIELD_COUNTS] = "object of whole numbers", [FIELD_PROPERTIES] = "object of strings"};
    if (field->type == FIELD_TEXT) printf("string");
    else if (field->type != FIELD_INTEGER) printf("%s", texts[field->type]);
    else if (field->most == INT_MAX || field->most == INT64_MAX)
        printf("%lld or more", (long long)field->least);
    else printf("%lld to %lld", (long long)field->least, (long long)field->most);
}

static void print_fields(const job_field *fields)
{
    for (const job_field *field = fields; field->name; field++) {
        printf("%s`%s`%s: ", field == fields ? "" : "; ", field->name,
               field->is_required ? "" : " (optional)");
        print_type(field);
    }
    if (!fields->name) printf("none");
}

static void print_inputs(const job_op *op)
{
    if (op->most_inputs == op->least_inputs) printf(" %zu |", op->least_inputs);
    else printf(" %zu or more |", op->least_inputs);
}

static void print_section(job_section section)
{
    printf("Every one: ");
    print_fields(job_section_fields(section));
    printf(".\n\n");
    bool has_inputs = section == JOB_GRAPH;
    printf("| op |%s%s fields |\n", has_inputs ? " inputs |" : "",
           section == JOB_SOURCES ? "" : " kind of `fn` |");
    printf("| --- |%s%s --- |\n", has_inputs ? " --- |" : "",
           section == JOB_SOURCES ? "" : " --- |");
    const job_op *op;
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        if (op->section != section) continue;
        printf("| `%s` |", op->name);
        if (has_inputs) print_inputs(op);
        if (section != JOB_SOURCES)
            printf(" %s |", op->function ? weir_function_kind_text(op->function) : "");
        printf(" ");
        print_fields(op->fields);
        printf(" |\n");
    }
}

/* --- Functions ------------------------------------------------------------------------------- */

static void print_flags(unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = {{WEIR_COMMUTATIVE, "commutative"}, {WEIR_EXACT, "exact"},
                 {WEIR_EXACT_INTS, "exact for ints"}};
    const char *before = "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!(flags & words[i].flag)) continue;
        printf("%s%s", before, words[i].word);
        before = ", ";
    }
}

static void print_functions(void)
{
    library_register();
    size_t count = weir_list_functions(NULL, 0);
    const weir_function **functions = calloc(count ? count : 1, sizeof *functions);
    if (!functions) return;
    weir_list_functions(functions, count);
    printf("| kind | name | what it does | promises |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        printf("| %s | `%s` | %s | ", weir_function_kind_text(functions[i]->kind),
               functions[i]->name, functions[i]->about ? functions[i]->about : "");
        print_flags(functions[i]->flags);
        printf(" |\n");
    }
    free(functions);
}

/* --- Options --------------------------------------------------------------------------------- */

static const struct {
    const char *member, *option;
    size_t offset;
} members[] = {
#define MEMBER(name, option) {#name, option, offsetof(weir_options, name)}
    MEMBER(app_name, "name"),
    MEMBER(master, "master"),
    MEMBER(batch_interval_ms, "batch-ms"),
    MEMBER(partitions, "partitions"),
    MEMBER(block_interval_ms, "block-interval-ms"),
    MEMBER(max_rate, "max-rate"),
    MEMBER(max_record_bytes, "max-record-bytes"),
    MEMBER(memory, "memory"),
    MEMBER(batch_memory, "batch-memory"),
    MEMBER(attempts, "attempts"),
    MEMBER(stop_timeout_ms, "stop-timeout-ms"),
    MEMBER(volatile_state, "volatile-state"),
    MEMBER(manual_clock, "manual-clock"),
};

static const setting *find_setting(size_t offset)
{
    for (size_t i = 0; i < SETTING_NUMBER; i++)
        if (setting_table[i].offset == offset) return &setting_table[i];
    return NULL;
}

/* Settings of the command alone stand behind the options in its struct. */
static size_t count_shared_settings(void)
{
    size_t count = 0;
    for (size_t i = 0; i < SETTING_NUMBER; i++)
        count += setting_table[i].offset < sizeof(weir_options);
    return count;
}

static int print_options(void)
{
    size_t found = 0, known = sizeof members / sizeof members[0];
    printf("| `weir_options` | `weir run`, job file | `weir_option_set` | default | meaning |\n"
           "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < known; i++) {
        const weir_option *option = weir_option_at(i);
        if (!option || strcmp(option->name, members[i].option) != 0) return 1;
        const setting *setting = find_setting(members[i].offset);
        bool is_one = !setting || strcmp(setting->option, option->name) == 0;
        if (!is_one) return 1; /* one thing has one name */
        found += setting != NULL;
        printf("| `%s` | ", members[i].member);
        if (setting) printf("`--%s`, `%s`", setting->option, setting->field);
        printf(" | `%s` | %s | %s |\n", option->name,
               *option->fallback ? option->fallback : "none; 1000 in `weir run`", option->about);
    }
    return weir_option_at(known) || found != count_shared_settings();
}

int main(int count, char **arguments)
{
    const char *name = count == 2 ? arguments[1] : "";
    for (int i = 0; i < JOB_SECTIONS; i++) {
        if (strcmp(name, job_section_text((job_section)i)) != 0) continue;
        print_section((job_section)i);
        return 0;
    }
    if (strcmp(name, "options") == 0) return print_options();
    if (strcmp(name, "functions") != 0) return 2;
    print_functions();
    return 0;
}
