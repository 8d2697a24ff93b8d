#include "recovery/sealed_file.h"

#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/file.h"

static void put(char *to, uint64_t number, size_t bytes)
{
    memcpy(to, &number, bytes);
}

static uint64_t get(const char *from, size_t bytes)
{
    uint64_t number = 0;
    memcpy(&number, from, bytes);
    return number;
}

weir_status sealed_file_write(const char *path, const char *magic, const buffer *payload)
{
    char header[SEALED_HEADER];
    if (payload->size > SEALED_PAYLOAD_MAX)
        return error_set(WEIR_UNSUPPORTED, "%s: %zu bytes are more than such a file holds, which "
                         "is %d", path, payload->size, SEALED_PAYLOAD_MAX);
    memcpy(header, magic, 8);
    put(header + 8, SEALED_VERSION, 4);
    put(header + 12, payload->size, 4);
    put(header + 16, XXH3_64bits(payload->bytes, payload->size), 8);
    int descriptor;
    weir_status status = file_create(path, &descriptor);
    if (status != WEIR_OK) return status;
    status = file_write(descriptor, path, header, sizeof header);
    if (status == WEIR_OK) status = file_write(descriptor, path, payload->bytes, payload->size);
    if (status == WEIR_OK) status = file_sync(descriptor, path);
    weir_status closed = file_close(descriptor, path);
    return status == WEIR_OK ? closed : status;
}

static weir_status check_header(const char *path, const char *magic, const char *header,
                                size_t got, int64_t file_size, size_t *size)
{
    if (got < SEALED_HEADER || memcmp(header, magic, 8) != 0)
        return error_set(WEIR_DAMAGED, "%s: this is not the file it should be, or it is cut short",
                         path);
    uint64_t version = get(header + 8, 4);
    if (version > SEALED_VERSION)
        return error_set(WEIR_UNSUPPORTED,
                         "%s has format version %llu, this weir reads up to %d; use a newer weir",
                         path, (unsigned long long)version, SEALED_VERSION);
    *size = (size_t)get(header + 12, 4);
    if (version == 0 || *size > SEALED_PAYLOAD_MAX || (int64_t)*size != file_size - SEALED_HEADER)
        return error_set(WEIR_DAMAGED, "%s: the length is wrong", path);
    return WEIR_OK;
}

weir_status sealed_file_read(const char *path, const char *magic, buffer *payload)
{
    int descriptor;
    file_info info;
    char header[SEALED_HEADER];
    size_t got = 0, size = 0;
    weir_status status = file_stat(path, &info);
    if (status == WEIR_OK) status = file_open_read(path, &descriptor);
    if (status != WEIR_OK) return status;
    status = file_read_at(descriptor, path, header, sizeof header, 0, &got);
    if (status == WEIR_OK) status = check_header(path, magic, header, got, info.size, &size);
    if (status == WEIR_OK) {
        char *room = buffer_reserve(payload, size);
        status = file_read_at(descriptor, path, room, size, SEALED_HEADER, &got);
        if (status == WEIR_OK && (got != size || XXH3_64bits(room, size) != get(header + 16, 8)))
            status = error_set(WEIR_DAMAGED, "%s: the checksum is wrong", path);
        if (status == WEIR_OK) payload->size += size;
    }
    file_close(descriptor, path);
    return status;
}
