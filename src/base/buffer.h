/* A growing run of bytes. Zero-initialised is empty. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

typedef struct buffer {
    char *bytes;
    size_t size;
    size_t capacity;
} buffer;

/* Room for at least `more` bytes behind `size`; returns where they begin. 32 bytes beyond may be
 * touched, too. */
char *buffer_grow(buffer *buffer, size_t more);
static inline char *buffer_reserve(buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->size < more || !buffer->bytes) return buffer_grow(buffer, more);
    return buffer->bytes + buffer->size;
}
void buffer_append(buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(buffer *buffer, const char *text);
void buffer_printf(buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_release(buffer *buffer);

#endif
