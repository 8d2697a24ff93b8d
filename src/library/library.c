#include "library/library.h"

#include <pthread.h>
#include <stddef.h>

#include "base/log_line.h"
#include "library/tables.h"

static const weir_function *const *const tables[] = {
    library_text_maps, library_number_maps, library_pair_maps,  library_key_value_maps,
    library_flat_maps, library_filters,     library_partitions, library_reduces,
    library_inverses,  library_combines,    library_updates,    library_wide_updates,
    library_map_states, library_transforms, library_partitioners};

static void register_all(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const weir_function *const *at = tables[i]; *at; at++)
            if (weir_register(*at) != WEIR_OK) log_line(WEIR_WARNING, "%s", weir_last_error());
}

void library_register(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_all);
}

/* Already when weir is loaded, so that programs find them before they make a context. */
__attribute__((constructor)) static void register_at_load(void) { library_register(); }
