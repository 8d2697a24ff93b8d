#include "support/line_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/queue.h"

enum { LOOK_MS = 5 };

typedef enum command_kind { COMMAND_SEND, COMMAND_WAIT, COMMAND_END } command_kind;

typedef struct command {
    command_kind kind;
    size_t length;
    size_t times;
    int duration_ms;
    bool reset;
    char *bytes;
} command;

struct line_server {
    int listener;
    int port;
    int connection; /* -1: none; the thread's */
    pthread_t thread;
    queue *commands;
    atomic_bool stops;
    atomic_size_t connections;
    atomic_size_t sent;
    atomic_size_t pending;
};

static void fail(const char *what)
{
    fprintf(stderr, "line server: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int listen_at(int port, int *got)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0) fail("bind");
    if (listen(listener, 16) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    *got = ntohs(address.sin_port);
    return listener;
}

static void accept_one(line_server *server)
{
    struct pollfd look = {.fd = server->listener, .events = POLLIN};
    if (poll(&look, 1, LOOK_MS) <= 0) return;
    server->connection = accept(server->listener, NULL, NULL);
    if (server->connection < 0) return;
    struct timeval patience = {.tv_usec = LOOK_MS * 1000};
    setsockopt(server->connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    atomic_fetch_add(&server->connections, 1);
}

static void end_connection(line_server *server, bool reset)
{
    if (server->connection < 0) return;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(server->connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(server->connection);
    server->connection = -1;
}

/* false: the connection is gone. */
static bool send_once(line_server *server, const char *bytes, size_t length)
{
    while (length > 0 && !atomic_load(&server->stops)) {
        ssize_t sent = send(server->connection, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent < 0) return false;
        atomic_fetch_add(&server->sent, (size_t)sent);
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void run_command(line_server *server, const command *command)
{
    while (server->connection < 0 && !atomic_load(&server->stops)) accept_one(server);
    if (atomic_load(&server->stops)) return;
    if (command->kind == COMMAND_WAIT) clock_sleep_ms(command->duration_ms);
    if (command->kind == COMMAND_END) end_connection(server, command->reset);
    for (size_t i = 0; command->kind == COMMAND_SEND && i < command->times; i++) {
        if (send_once(server, command->bytes, command->length)) continue;
        end_connection(server, false);
        return;
    }
}

static void drop(command *command)
{
    free(command->bytes);
    free(command);
}

static void *server_main(void *argument)
{
    line_server *server = argument;
    while (!atomic_load(&server->stops)) {
        if (server->connection < 0) accept_one(server);
        command *command = queue_pop(server->commands, LOOK_MS);
        if (!command) continue;
        run_command(server, command);
        drop(command);
        atomic_fetch_sub(&server->pending, 1);
    }
    return NULL;
}

line_server *line_server_start(int port)
{
    line_server *server = memory_zero_alloc(1, sizeof *server);
    server->listener = listen_at(port, &server->port);
    server->connection = -1;
    server->commands = queue_create();
    if (pthread_create(&server->thread, NULL, server_main, server) != 0) fail("thread");
    return server;
}

int line_server_port(const line_server *server)
{
    return server->port;
}

int line_server_free_port(void)
{
    int port;
    close(listen_at(0, &port));
    return port;
}

static void push(line_server *server, command head, const void *bytes)
{
    command *command = memory_alloc(sizeof *command);
    *command = head;
    command->bytes = memory_alloc(head.length);
    if (bytes) memcpy(command->bytes, bytes, head.length);
    atomic_fetch_add(&server->pending, 1);
    queue_push(server->commands, command);
}

void line_server_send(line_server *server, const void *bytes, size_t length, size_t times)
{
    push(server, (command){.kind = COMMAND_SEND, .length = length, .times = times}, bytes);
}

void line_server_send_text(line_server *server, const char *text)
{
    line_server_send(server, text, strlen(text), 1);
}

void line_server_wait(line_server *server, int duration_ms)
{
    push(server, (command){.kind = COMMAND_WAIT, .duration_ms = duration_ms}, NULL);
}

void line_server_end(line_server *server, bool reset)
{
    push(server, (command){.kind = COMMAND_END, .reset = reset}, NULL);
}

size_t line_server_connections(const line_server *server)
{
    return atomic_load(&server->connections);
}

size_t line_server_sent(const line_server *server)
{
    return atomic_load(&server->sent);
}

size_t line_server_pending(const line_server *server)
{
    return atomic_load(&server->pending);
}

void line_server_stop(line_server *server)
{
    atomic_store(&server->stops, true);
    pthread_join(server->thread, NULL);
    for (void *command; (command = queue_try_pop(server->commands)) != NULL;) drop(command);
    queue_free(server->commands);
    end_connection(server, false);
    close(server->listener);
    free(server);
}
