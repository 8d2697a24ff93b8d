/* Small files whose damage is seen: lineage and MANIFEST.
 *
 *   0   8  magic: what the file is
 *   8   4  format version, little-endian, as all numbers
 *   12  4  size of the payload
 *   16  8  XXH3-64 of the payload
 *   24 ... payload, to the end of the file */
#ifndef RECOVERY_SEALED_FILE_H
#define RECOVERY_SEALED_FILE_H

#include <stdint.h>

#include "base/buffer.h"
#include "weir/status.h"

enum { SEALED_HEADER = 24, SEALED_VERSION = 1, SEALED_PAYLOAD_MAX = 1 << 30 };

/* Writes and syncs a new file; the caller syncs the directory. `magic`: 8 bytes. WEIR_UNSUPPORTED:
 * the payload is larger than could be read again. */
weir_status sealed_file_write(const char *path, const char *magic, const buffer *payload);
/* Reads the payload, padded as buffers are. WEIR_DAMAGED, WEIR_UNSUPPORTED for a newer version,
 * WEIR_IO; the text names the file. */
weir_status sealed_file_read(const char *path, const char *magic, buffer *payload);

#endif
