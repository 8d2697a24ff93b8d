#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BUFFER_MIN = 96, BUFFER_PADDING = 32 };

char *buffer_grow(buffer *buffer, size_t more)
{
    size_t needed = buffer->size + more;
    if (needed < more || needed > SIZE_MAX / 4) needed = SIZE_MAX / 4; /* too much: ends */
    size_t capacity = buffer->capacity * 2 > BUFFER_MIN ? buffer->capacity * 2 : BUFFER_MIN;
    if (capacity < needed) capacity = needed;
    buffer->bytes = memory_resize(buffer->bytes, capacity + BUFFER_PADDING);
    buffer->capacity = capacity;
    return buffer->bytes + buffer->size;
}

void buffer_append(buffer *buffer, const void *bytes, size_t size)
{
    char *place = buffer_reserve(buffer, size);
    if (size > 0) memcpy(place, bytes, size);
    buffer->size += size;
}

void buffer_append_text(buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_printf(buffer *buffer, const char *format, ...)
{
    char *place = buffer_reserve(buffer, 1);
    size_t room = buffer->capacity - buffer->size; /* the closing zero may go into the padding */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(place, room + 1, format, arguments);
    va_end(arguments);
    if (length < 0) return; /* a broken multibyte format: there is nothing to append */
    if ((size_t)length > room) {
        place = buffer_reserve(buffer, (size_t)length);
        va_start(arguments, format);
        vsnprintf(place, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    buffer->size += (size_t)length;
}

void buffer_release(buffer *buffer)
{
    free(buffer->bytes);
    memset(buffer, 0, sizeof *buffer);
}
