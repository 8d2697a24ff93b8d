/* What a case needs, and weir does not have yet. */
#include "conformance/case.h"
#include "conformance/operators.h"

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

bool case_lacks(const json_t *definition, buffer *what)
{
    return lacks_operator(definition, what);
}
