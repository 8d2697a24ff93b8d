/* weir dump panes: what batches added to windows, from the newest good checkpoint. */
#include <stdio.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"

typedef struct showing {
    columns columns;
    bool is_older; /* a newer checkpoint is damaged */
} showing;

/* A record without a key has none in JSON, and an empty cell. */
static bool write_json(const weir_pane_entry *entry, void *user)
{
    (void)user;
    json_t *json =
        json_pack("{s:o,s:I,s:i}", "space", json_text(entry->space), "time",
                  (json_int_t)entry->time_ms, "partition", (int)entry->partition);
    if (!weir_is_absent(entry->key))
        json_object_set_new(json, "key", json_from_value(entry->key));
    json_object_set_new(json, "value", json_from_value(entry->value));
    json_object_set_new(json, "v", json_integer(1));
    json_print_line(json);
    return !ferror(stdout);
}

static bool write_row(const weir_pane_entry *entry, void *user)
{
    columns *columns = &((showing *)user)->columns;
    columns_cell(columns, "%s", entry->space);
    columns_cell(columns, "%lld", (long long)entry->time_ms);
    columns_cell(columns, "%zu", entry->partition);
    if (weir_is_absent(entry->key)) columns_cell(columns, "%s", "");
    else columns_value(columns, entry->key);
    columns_value(columns, entry->value);
    return !ferror(stdout);
}

static void note_older(void *user) { ((showing *)user)->is_older = true; }

static void say_damage(const char *text, void *user)
{
    (void)user;
    message_print(WEIR_ERROR, text);
}

int dump_panes(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {"space", ">pane of (ms)", ">partition", "key", "value",
                                         NULL};
    weir_state_query query = {.at_ms = arguments->has_at ? arguments->at_ms : WEIR_NEWEST,
                              .space = arguments->space,
                              .prefix = arguments->prefix};
    weir_pane_visitor visitor = {.entry = arguments->wants_json ? write_json : write_row,
                                 .damage = say_damage,
                                 .falls_back = note_older};
    showing showing = {.is_older = false};
    columns_init(&showing.columns, titles);
    weir_status status = weir_inspect_panes(directory, &query, &visitor, &showing);
    bool is_shown = status == WEIR_OK || status == WEIR_DAMAGED;
    if (is_shown && !arguments->wants_json) columns_finish(&showing.columns);
    else columns_drop(&showing.columns);
    return looking_exit_older(status, showing.is_older);
}
