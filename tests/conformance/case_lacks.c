/* What a case needs, and weir does not have yet. */
#include <string.h>

#include "conformance/case.h"
#include "conformance/operators.h"

/* Steps that nothing stands for. No shared vector has them. */
static const char *const later_steps[][2] = {
    {"checkpoint_stream", "a checkpoint interval"},
    {"recover", "a context that is rejected when it recovers"},
};

static bool lacks_operator(const json_t *definition, buffer *what)
{
    size_t at;
    json_t *node;
    json_array_foreach(json_object_get(definition, "graph"), at, node)
    {
        const char *name = json_string_value(json_object_get(node, "op"));
        if (!name || operator_is_there(name)) continue;
        buffer_printf(what, "operator %s", name);
        return true;
    }
    return false;
}

static bool lacks_step(const json_t *definition, buffer *what)
{
    size_t at;
    json_t *step;
    json_array_foreach(json_object_get(definition, "steps"), at, step)
    {
        const char *name = json_string_value(json_object_get(step, "do"));
        for (size_t i = 0; name && i < sizeof later_steps / sizeof later_steps[0]; i++) {
            if (strcmp(name, later_steps[i][0]) != 0) continue;
            buffer_append_text(what, later_steps[i][1]);
            return true;
        }
    }
    return false;
}

bool case_lacks(const json_t *definition, buffer *what)
{
    return lacks_operator(definition, what) || lacks_step(definition, what);
}
