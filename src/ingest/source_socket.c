/* Sources that read from a socket: the client brings the bytes, a framing makes records of them,
 * the intake takes the blocks (S-30..S-32). Loop thread. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/error.h"
#include "ingest/block_intake.h"
#include "ingest/framing.h"
#include "ingest/rate_limiter.h"
#include "ingest/socket_client.h"
#include "record/value.h"

enum {
    FULL_PAUSE_MS =
        5, /* until the next look whether the memory for waiting blocks is free again */
    RATE_PAUSE_MAX_MS = 100,
    ROOM_MAX = 256 << 10, /* bytes read at once: how far a block may grow over its size */
    LIMITED_ROOM = 4096   /* the same under a rate limit */
};

typedef struct socket_source {
    source base;
    weir_converter converter; /* NULL: lines */
    weir_value arg;
    arena arg_arena;
    socket_client client;
    framing *framing; /* from the start on */
    block_intake intake;
    rate_limiter limiter;
    log_damper refusals;
} socket_source;

static socket_source *owner_of(socket_client *client)
{
    return (socket_source *)((char *)client - offsetof(socket_source, client));
}

static int64_t now_ms(const socket_source *self)
{
    return self->base.ingest->now_ms(self->base.ingest->now_user);
}

static void cut_open(socket_source *self)
{
    block_intake_submit(&self->intake, self->framing->class->cut(self->framing));
}

/* Admits what the rate allows, all once the source has stopped, and cuts a block that is full. */
static void admit(socket_source *self)
{
    framing *framing = self->framing;
    bool is_limited = self->limiter.rate > 0 && !self->base.is_stopping;
    uint64_t limit =
        is_limited ? rate_limiter_available(&self->limiter, now_ms(self)) : UINT64_MAX;
    if (limit > 0) rate_limiter_use(&self->limiter, framing->class->admit(framing, limit));
    if (framing->class->ready(framing) >= BLOCK_BYTES) cut_open(self);
    if (!framing->complaint) return;
    log_damped(&self->refusals, WEIR_WARNING, "%s: %s: it is refused",
               self->base.stream->source_text, framing->complaint);
    framing->complaint = NULL;
}

/* Goes on reading, or pauses while records are held back by the rate or too much waits. */
static void control_reading(socket_source *self)
{
    framing *framing = self->framing;
    if (framing->failure) {
        const char *reason = framing->failure;
        framing->failure = NULL;
        socket_client_drop(&self->client, reason);
    } else if (framing->class->is_holding(framing)) {
        int64_t wait_ms = rate_limiter_wait_ms(&self->limiter, now_ms(self));
        wait_ms = wait_ms < 1 ? 1 : wait_ms;
        socket_client_pause(&self->client,
                            wait_ms < RATE_PAUSE_MAX_MS ? wait_ms : RATE_PAUSE_MAX_MS);
    } else if (memory_budget_is_over(&self->base.ingest->waiting)) {
        socket_client_pause(&self->client, FULL_PAUSE_MS);
    } else if (self->client.is_paused) {
        socket_client_resume(&self->client);
    }
}

/* --- What the client calls --------------------------------------------------------------------
 */

static char *room(socket_client *client, size_t *size)
{
    socket_source *self = owner_of(client);
    char *place = self->framing->class->room(self->framing, size);
    size_t most = self->limiter.rate > 0 ? LIMITED_ROOM : ROOM_MAX;
    if (*size > most) *size = most;
    return place;
}

static void received(socket_client *client, size_t count)
{
    socket_source *self = owner_of(client);
    self->framing->class->received(self->framing, count);
    admit(self);
    control_reading(self);
}

static void ended(socket_client *client, bool is_clean)
{
    socket_source *self = owner_of(client);
    self->framing->class->ended(self->framing, is_clean);
    self->framing->failure = NULL;
    admit(self);
}

static void paused(socket_client *client)
{
    socket_source *self = owner_of(client);
    admit(self);
    control_reading(self);
}

static void tell(socket_client *client, weir_receiver_event_kind kind, const char *reason)
{
    source_tell(&owner_of(client)->base, client->name, kind, reason);
}

static void begins(socket_client *client) { tell(client, WEIR_RECEIVER_STARTED, NULL); }

static void failed(socket_client *client, const char *reason)
{
    tell(client, WEIR_RECEIVER_ERROR, reason);
    tell(client, WEIR_RECEIVER_STOPPED, NULL);
}

static void stopped(socket_client *client)
{
    tell(client, WEIR_RECEIVER_STOPPED, NULL);
    owner_of(client)->base.is_ended = true;
}

static const socket_client_class client_class = {.room = room,
                                                 .received = received,
                                                 .ended = ended,
                                                 .begins = begins,
                                                 .failed = failed,
                                                 .paused = paused,
                                                 .stopped = stopped};

/* --- What the ingest calls --------------------------------------------------------------------
 */

static weir_status start(source *source)
{
    socket_source *self = (socket_source *)source;
    const ingest *ingest = source->ingest;
    self->framing = self->converter ? framing_by_converter(source->id, ingest->max_record_bytes,
                                                           self->converter, self->arg)
                                    : framing_of_lines(source->id, ingest->max_record_bytes);
    rate_limiter_init(&self->limiter, ingest->max_rate, now_ms(self));
    self->client.class = &client_class;
    self->client.loop = ingest->loop;
    self->client.name = source->stream->source_text;
    self->client.restart_delay_ms = ingest->restart_delay_ms;
    socket_client_start(&self->client);
    return WEIR_OK;
}

static void stop(source *source)
{
    socket_client_stop(&((socket_source *)source)->client);
}

static void tick(source *source)
{
    socket_source *self = (socket_source *)source;
    admit(self);
    cut_open(self);
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    socket_source *self = (socket_source *)source;
    tick(source);
    block_intake_take(&self->intake, batch);
    batch->refused += self->framing->refused;
    self->framing->refused = 0;
    control_reading(self);
    return WEIR_OK;
}

static bool has_waiting(source *source)
{
    socket_source *self = (socket_source *)source;
    framing *framing = self->framing;
    return framing && (framing->class->ready(framing) > 0 || framing->class->is_holding(framing) ||
                       block_intake_has_waiting(&self->intake));
}

static void free_socket(source *source)
{
    socket_source *self = (socket_source *)source;
    block_intake_release(&self->intake);
    if (self->framing) self->framing->class->free(self->framing);
    arena_release(&self->arg_arena);
    free(self->client.host);
    free(self);
}

static const source_class socket_class = {.name = "socket",
                                          .start = start,
                                          .stop = stop,
                                          .cut = cut,
                                          .tick = tick,
                                          .has_waiting = has_waiting,
                                          .free = free_socket,
                                          .describe = block_intake_describe,
                                          .replay = block_intake_replay,
                                          .adopt = block_intake_adopt,
                                          .oldest = block_intake_oldest};

static weir_stream *add_socket(weir_context *context, const char *word, const char *host, int port,
                               weir_converter converter, weir_value arg)
{
    if (!context) return NULL;
    if (!host || !host[0])
        return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT, "%s: give a host", word));
    if (port < 1 || port > 65535)
        return source_refuse(
            context, error_set(WEIR_ILLEGAL_ARGUMENT, "%s: port %d; give 1 to 65535", word, port));
    socket_source *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_live = true;
    self->converter = converter;
    arena_init(&self->arg_arena, NULL);
    self->arg = value_copy(arg, &self->arg_arena);
    self->client.host = memory_copy_text(host);
    self->client.port = port;
    block_intake_init(&self->intake, &self->base);
    char text[512];
    snprintf(text, sizeof text, "%s %s:%d", word, host, port);
    return source_add(&self->base, &socket_class, context, text);
}

weir_stream *weir_socket_text_stream(weir_context *context, const char *host, int port)
{
    weir_stream *stream = add_socket(context, "socketTextStream", host, port, NULL, weir_null());
    weir_value arguments[] = {stream ? weir_text(host) : weir_null(), weir_int(port)};
    return source_describe_making(stream, "socketTextStream", arguments, 2);
}

weir_stream *weir_socket_stream(weir_context *context, const char *host, int port,
                                weir_converter converter, weir_value arg)
{
    if (!converter)
        return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT,
                                                "socketStream: give a converter, such as "
                                                "weir_length_prefixed"));
    return add_socket(context, "socketStream", host, port, converter, arg);
}
