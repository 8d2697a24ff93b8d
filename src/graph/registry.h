/* The registry: every function that has a name. */
#ifndef GRAPH_REGISTRY_H
#define GRAPH_REGISTRY_H

#include "weir/function.h"

/* Word for a kind: "map", "flatMap", ... as job files and `weir functions` say; "unknown" for a
 * number that is no kind. */
const char *function_kind_text(weir_function_kind kind);
/* The registered functions in order of kind, then name: at most `size`; returns how many there
 * are. */
size_t registry_list(const weir_function **functions, size_t size);
/* The registered name of that kind that looks most like `name`, or NULL if none comes near (a
 * third of its letters). */
const char *registry_nearest(weir_function_kind kind, const char *name);
/* The function that a checkpoint names. WEIR_NOT_SERIALIZABLE: it is not known, or its name is one
 * of another kind now. */
weir_status registry_find_stored(weir_function_kind kind, const char *name,
                                 const weir_function **function);
/* Distance between two words, for "did you mean": letters to insert, remove, replace, or swap
 * with their neighbour. */
size_t registry_distance(const char *a, const char *b);

#endif
