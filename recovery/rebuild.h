/* A program from its checkpoint alone: the stored lineage is built again. */
#ifndef RECOVERY_REBUILD_H
#define RECOVERY_REBUILD_H

#include "recovery/lineage_codec.h"

/* Appends every stream and output of the stored lineage to the context's. A function that is not
 * registered, or a source that only its program can make, is an error that names it. */
weir_status lineage_rebuild(const stored_lineage *stored, weir_context *context);

#endif
