#include "kafka/messages.h"

#include <string.h>

#include "record/text.h"
#include "record/value.h"

/* Where the texts of a vector go. Between any two stands a byte that is no part of a character, so
 * that the whole is UTF-8 only if each is. */
typedef struct texts {
    char *next;
    bool as_bytes;
    bool is_utf8; /* all of it is: nothing needs repair */
} texts;

static size_t size_of(const rd_kafka_message_t *message)
{
    return message->len + message->key_len + 2 * (TEXT_PADDING + 1);
}

static weir_value add(texts *texts, const void *bytes, size_t length)
{
    if (!bytes) return weir_null();
    char *to = texts->next;
    memcpy(to, bytes, length);
    to[length] = '\n';
    texts->next = to + length + 1;
    return texts->as_bytes ? value_padded_bytes(to, length) : value_padded_string(to, length);
}

/* A string of text that may be no UTF-8, in the current arena. */
static weir_value repaired(const char *text, size_t length)
{
    char *padded = arena_alloc(arena_current(), length + TEXT_PADDING);
    memcpy(padded, text, length);
    memset(padded + length, 0, TEXT_PADDING);
    if (text_is_utf8(padded, length)) return weir_string(text, length);
    size_t size = text_replace_bad_utf8(padded, length, NULL);
    char *to = arena_alloc(arena_current(), size + TEXT_PADDING);
    text_replace_bad_utf8(padded, length, to);
    return weir_string(to, size);
}

static weir_value text_value(texts *texts, const void *bytes, size_t length)
{
    bool is_fine = texts->is_utf8 || texts->as_bytes || !bytes;
    return is_fine ? add(texts, bytes, length) : repaired(bytes, length);
}

static weir_value headers_value(const rd_kafka_message_t *message, bool as_bytes)
{
    rd_kafka_headers_t *headers;
    weir_value list;
    if (kafka.message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return weir_list(NULL, 0);
    size_t count = kafka.header_cnt(headers);
    weir_value *items = value_make_list(count, &list);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        const void *bytes;
        size_t size;
        weir_value value = weir_null(), text = weir_text("");
        if (kafka.header_get_all(headers, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            text = repaired(name, strlen(name));
            if (bytes) value = as_bytes ? weir_bytes_value(bytes, size) : repaired(bytes, size);
        }
        items[i] = weir_pair(text, value);
    }
    return list;
}

static weir_value record_value(texts *texts, const rd_kafka_message_t *message)
{
    weir_value parts[] = {
        weir_text(kafka.topic_name(message->rkt)),
        weir_int(message->partition),
        weir_int(message->offset),
        weir_int(kafka.message_timestamp(message, NULL)),
        text_value(texts, message->key, message->key_len),
        text_value(texts, message->payload, message->len),
        headers_value(message, texts->as_bytes),
    };
    return weir_list(parts, sizeof parts / sizeof parts[0]);
}

static void fill(texts *texts, rd_kafka_message_t *const *messages, size_t count,
                 weir_kafka_form form, weir_value *keys, weir_value *values)
{
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_message_t *message = messages[i];
        if (form == WEIR_KAFKA_RECORD) {
            values[i] = record_value(texts, message);
            continue;
        }
        if (form == WEIR_KAFKA_PAIR) keys[i] = text_value(texts, message->key, message->key_len);
        values[i] = text_value(texts, message->payload, message->len);
    }
}

weir_vector messages_vector(rd_kafka_message_t *const *messages, size_t count,
                            weir_kafka_form form, bool as_bytes, buffer *room, weir_value *keys,
                            weir_value *values)
{
    size_t size = TEXT_PADDING;
    for (size_t i = 0; i < count; i++) size += size_of(messages[i]);
    room->size = 0;
    char *start = buffer_reserve(room, size);
    texts texts = {.next = start, .as_bytes = as_bytes, .is_utf8 = true};
    fill(&texts, messages, count, form, keys, values);
    if (!as_bytes && !text_is_utf8(start, (size_t)(texts.next - start))) {
        texts.is_utf8 = false; /* once more, one by one: this is rare */
        fill(&texts, messages, count, form, keys, values);
    }
    return (weir_vector){form == WEIR_KAFKA_PAIR ? keys : NULL, values, count};
}
