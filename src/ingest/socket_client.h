/* A TCP client that connects out, reads until the end, and connects again after a pause, for ever
 * (S-30, S-32). Every address that the host's name has is tried in turn. Loop thread. */
#ifndef INGEST_SOCKET_CLIENT_H
#define INGEST_SOCKET_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "base/log_line.h"

typedef struct socket_client socket_client;

typedef struct socket_client_class {
    /* Where to read to, and how many bytes fit (> 0). */
    char *(*room)(socket_client *client, size_t *size);
    void (*received)(socket_client *client, size_t count);
    /* The connection is over: by its end, or else by a failure or by socket_client_drop. */
    void (*ended)(socket_client *client, bool is_clean);
    /* An attempt to connect begins; it failed, or what came of it is over, for that reason. */
    void (*begins)(socket_client *client);
    void (*failed)(socket_client *client, const char *reason);
    /* A pause of reading is over: pauses again, or resumes. */
    void (*paused)(socket_client *client);
    /* socket_client_stop is complete. */
    void (*stopped)(socket_client *client);
} socket_client_class;

/* Embedded in its owner. */
struct socket_client {
    const socket_client_class *class;
    uv_loop_t *loop;
    const char *name; /* for messages; borrowed */
    char *host;
    int port;
    int64_t restart_delay_ms;

    bool is_stopping;
    bool is_resolving;
    bool has_tcp; /* until it is closed */
    bool has_timer;
    bool is_connected;
    bool is_paused;
    int failure; /* why the last attempt failed */
    uv_getaddrinfo_t resolve;
    struct addrinfo *addresses;
    struct addrinfo *next_address;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_timer_t timer; /* until the next attempt, or until the end of a pause */
    log_damper failures;
    log_damper connections;
};

/* The owner has zeroed it and set class to port and restart_delay_ms. */
void socket_client_start(socket_client *client);
void socket_client_stop(socket_client *client);
/* Stops reading; calls `paused` after that time. */
void socket_client_pause(socket_client *client, int64_t duration_ms);
void socket_client_resume(socket_client *client);
/* Gives up the connection, as its bytes are wrong. */
void socket_client_drop(socket_client *client, const char *reason);

#endif
