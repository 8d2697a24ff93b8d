#include "wal/group.h"

#include <stdlib.h>

#include "base/memory.h"

static uint64_t space_of(const wal_request *request)
{
    return wal_entry_space(request->head_size + request->size);
}

void wal_group_add(wal_group *group, wal_request *request)
{
    request->next = NULL;
    if (group->last) group->last->next = request;
    else group->first = request;
    group->last = request;
    group->count++;
    group->bytes += space_of(request);
}

void wal_group_release(wal_group *group) { free(group->pieces); }

static void compress_bytes(wal_request *request)
{
    size_t size;
    request->compressed = wal_compress(request->bytes, request->size, &size);
    if (!request->compressed) return;
    request->bytes = request->compressed;
    request->size = size;
    request->header.flags |= WAL_LZ4;
}

void wal_group_check_payload(wal_request *request)
{
    request->header.kind = (uint8_t)request->kind;
    request->header.size = (uint32_t)(request->head_size + request->size);
    request->header.payload_checksum =
        wal_checksum(request->head, request->head_size, request->bytes, request->size);
}

void wal_group_prepare(wal_group *group, uint64_t first_sequence, bool compress)
{
    uint16_t at = 0;
    group->bytes = 0;
    for (wal_request *request = group->first; request; request = request->next, at++) {
        wal_entry_header *header = &request->header;
        header->sequence = first_sequence + at;
        header->in_group = at;
        if (compress && request->kind == WAL_BLOCK) {
            compress_bytes(request);
            wal_group_check_payload(request);
        } else if (header->kind == 0) {
            wal_group_check_payload(request);
        }
        group->bytes += space_of(request);
    }
}

static struct iovec *add_piece(struct iovec *piece, const void *bytes, size_t size)
{
    piece->iov_base = (void *)(uintptr_t)bytes; /* written from, never to */
    piece->iov_len = size;
    return piece + 1;
}

size_t wal_group_place(wal_group *group, wal_position place)
{
    static const char zeros[WAL_STEP];
    group->pieces =
        memory_resize(group->pieces, group->count * WAL_PIECES_EACH * sizeof *group->pieces);
    struct iovec *piece = group->pieces;
    for (wal_request *request = group->first; request; request = request->next) {
        const uint64_t space = space_of(request);
        const size_t used = WAL_ENTRY_HEADER + request->head_size + request->size;
        wal_entry_header_encode(&request->header, place, request->front);
        piece = add_piece(piece, request->front, WAL_ENTRY_HEADER);
        piece = add_piece(piece, request->head, request->head_size);
        piece = add_piece(piece, request->bytes, request->size);
        piece = add_piece(piece, zeros, (size_t)space - used);
        request->place = place;
        place.offset += space;
    }
    return (size_t)(piece - group->pieces);
}
