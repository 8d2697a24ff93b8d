/* What happens, in turn:
 *
 *     resolve -> try an address -> (the next address ...) -> connected, reading -> over
 *        ^          none left ----------------> pause                               |
 *        +------------------------------------- pause <-----------------------------+
 *
 * An attempt or a connection ends by closing its handle; what comes next begins when it is closed.
 * Stopping closes what is open and cancels what can be cancelled; the last of it calls `stopped`.
 */
#include "ingest/socket_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEEPALIVE_SECONDS = 60 };

static void resolve(socket_client *client);
static void try_next(socket_client *client);

static void finish_stop(socket_client *client)
{
    if (client->is_resolving || client->has_tcp || client->has_timer) return;
    uv_freeaddrinfo(client->addresses);
    client->addresses = NULL;
    client->class->stopped(client);
}

static void restart_due(uv_timer_t *timer)
{
    resolve(timer->data);
}

static void restart_later(socket_client *client)
{
    uv_freeaddrinfo(client->addresses);
    client->addresses = client->next_address = NULL;
    client->is_paused = false;
    uv_timer_start(&client->timer, restart_due, (uint64_t)client->restart_delay_ms, 0);
}

/* Says why there is no connection, once a while. */
static void complain(socket_client *client, const char *reason)
{
    log_damped(&client->failures, WEIR_WARNING, "%s: %s; tries again every %" PRId64 " ms",
               client->name, reason, client->restart_delay_ms);
    client->class->failed(client, reason);
}

static void tcp_closed(uv_handle_t *handle)
{
    socket_client *client = handle->data;
    client->has_tcp = false;
    if (client->is_stopping)
        finish_stop(client);
    else if (client->is_connected) {
        client->is_connected = false;
        restart_later(client);
    } else
        try_next(client);
}

static void close_tcp(socket_client *client)
{
    if (client->has_tcp && !uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, tcp_closed);
}

static void end_connection(socket_client *client, bool is_clean, const char *reason)
{
    uv_read_stop((uv_stream_t *)&client->tcp);
    uv_timer_stop(&client->timer);
    if (!client->is_stopping) complain(client, reason);
    client->class->ended(client, is_clean);
    close_tcp(client);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *to)
{
    (void)suggested;
    socket_client *client = handle->data;
    size_t size;
    char *place = client->class->room(client, &size);
    *to = uv_buf_init(place, size < UINT32_MAX ? (unsigned)size : UINT32_MAX);
}

static void take_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *from)
{
    (void)from;
    socket_client *client = stream->data;
    if (count > 0)
        client->class->received(client, (size_t)count);
    else if (count == UV_EOF)
        end_connection(client, true, "the other side ended the connection");
    else if (count < 0)
        end_connection(client, false, uv_strerror((int)count));
}

static void connected(uv_connect_t *request, int status)
{
    socket_client *client = request->data;
    if (status == UV_ECANCELED || client->is_stopping) return; /* it is being closed */
    if (status < 0) {
        client->failure = status;
        close_tcp(client);
        return;
    }
    client->is_connected = true;
    log_damped(&client->connections, WEIR_INFO, "%s: connected", client->name);
    uv_tcp_keepalive(&client->tcp, 1, KEEPALIVE_SECONDS);
    socket_client_resume(client);
}

static void try_next(socket_client *client)
{
    struct addrinfo *address = client->next_address;
    if (!address) {
        complain(client, uv_strerror(client->failure));
        restart_later(client);
        return;
    }
    client->next_address = address->ai_next;
    uv_tcp_init(client->loop, &client->tcp);
    client->tcp.data = client->connect.data = client;
    client->has_tcp = true;
    int status = uv_tcp_connect(&client->connect, &client->tcp, address->ai_addr, connected);
    if (status < 0) {
        client->failure = status;
        close_tcp(client);
    }
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    socket_client *client = request->data;
    client->is_resolving = false;
    client->addresses = client->next_address = addresses;
    client->failure = status;
    if (client->is_stopping)
        finish_stop(client);
    else
        try_next(client);
}

static void resolve(socket_client *client)
{
    client->class->begins(client);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
    char port[16];
    snprintf(port, sizeof port, "%d", client->port);
    client->resolve.data = client;
    int status =
        uv_getaddrinfo(client->loop, &client->resolve, resolved, client->host, port, &hints);
    if (status < 0) {
        complain(client, uv_strerror(status));
        restart_later(client);
        return;
    }
    client->is_resolving = true;
}

void socket_client_start(socket_client *client)
{
    uv_timer_init(client->loop, &client->timer);
    client->timer.data = client;
    client->has_timer = true;
    resolve(client);
}

static void timer_closed(uv_handle_t *handle)
{
    socket_client *client = handle->data;
    client->has_timer = false;
    finish_stop(client);
}

void socket_client_stop(socket_client *client)
{
    bool was_reading = client->is_connected && !uv_is_closing((uv_handle_t *)&client->tcp);
    client->is_stopping = true;
    if (client->is_resolving) uv_cancel((uv_req_t *)&client->resolve); /* or it comes to its end */
    if (was_reading) end_connection(client, false, "");
    close_tcp(client);
    uv_close((uv_handle_t *)&client->timer, timer_closed);
}

static void pause_over(uv_timer_t *timer)
{
    socket_client *client = timer->data;
    client->class->paused(client);
}

void socket_client_pause(socket_client *client, int64_t duration_ms)
{
    if (!client->is_connected || uv_is_closing((uv_handle_t *)&client->tcp)) return;
    client->is_paused = true;
    uv_read_stop((uv_stream_t *)&client->tcp);
    uv_timer_start(&client->timer, pause_over, (uint64_t)duration_ms, 0);
}

void socket_client_resume(socket_client *client)
{
    if (!client->is_connected || uv_is_closing((uv_handle_t *)&client->tcp)) return;
    if (client->is_paused) uv_timer_stop(&client->timer);
    client->is_paused = false;
    uv_read_start((uv_stream_t *)&client->tcp, give_room, take_bytes); /* reading already: fine */
}

void socket_client_drop(socket_client *client, const char *reason)
{
    if (!client->is_connected || uv_is_closing((uv_handle_t *)&client->tcp)) return;
    end_connection(client, false, reason);
}
