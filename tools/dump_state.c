/* weir dump state DIR: keys and values, from the newest good checkpoint. */
#include <stdio.h>
#include <string.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"

typedef struct showing {
    columns columns;
    bool is_older; /* a newer checkpoint is damaged */
} showing;

static bool write_json(const weir_state_entry *entry, void *user)
{
    (void)user;
    json_print_line(json_pack("{s:o,s:o,s:o,s:I,s:I,s:i}", "space", json_text(entry->space),
                              "key", json_from_value(entry->key), "value",
                              json_from_value(entry->value), "partition",
                              (json_int_t)entry->partition, "changed_ms",
                              (json_int_t)entry->changed_ms, "v", 1));
    return !ferror(stdout);
}

static bool write_row(const weir_state_entry *entry, void *user)
{
    columns *columns = &((showing *)user)->columns;
    columns_cell(columns, "%s", entry->space);
    columns_value(columns, entry->key);
    columns_value(columns, entry->value);
    columns_cell(columns, "%lld", (long long)entry->changed_ms);
    return !ferror(stdout);
}

static void note_older(void *user) { ((showing *)user)->is_older = true; }

static void say_damage(const char *text, void *user)
{
    (void)user;
    message_print(WEIR_ERROR, text);
}

int dump_state(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {"space", "key", "value", ">changed at (ms)", NULL};
    weir_state_query query = {.at_ms = arguments->has_at ? arguments->at_ms : WEIR_NEWEST,
                              .space = arguments->space,
                              .prefix = arguments->prefix};
    weir_state_visitor visitor = {.entry = arguments->wants_json ? write_json : write_row,
                                  .damage = say_damage,
                                  .falls_back = note_older};
    showing showing = {.is_older = false};
    columns_init(&showing.columns, titles);
    weir_status status = weir_inspect_state(directory, &query, &visitor, &showing);
    bool is_shown = status == WEIR_OK || status == WEIR_DAMAGED;
    if (is_shown && !arguments->wants_json) columns_finish(&showing.columns);
    else columns_drop(&showing.columns);
    return looking_exit_older(status, showing.is_older);
}
