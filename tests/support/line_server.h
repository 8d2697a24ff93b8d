/* A server on the loopback interface that does what a test tells it: a thread carries out commands
 * in order, one connection at a time. Calls return at once, from any thread. */
#ifndef SUPPORT_LINE_SERVER_H
#define SUPPORT_LINE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct line_server line_server;

/* Listens on 127.0.0.1; port 0: a free one. */
line_server *line_server_start(int port);
int line_server_port(const line_server *server);
/* A port on which nobody listens, for now. */
int line_server_free_port(void);

/* Sends `length` bytes, `times` times over; waits for a connection if there is none. Copies them.
 */
void line_server_send(line_server *server, const void *bytes, size_t length, size_t times);
void line_server_send_text(line_server *server, const char *text);
/* Waits, so that what was sent before arrives apart from what is sent after. */
void line_server_wait(line_server *server, int duration_ms);
/* Ends the connection; `reset`: as if the machine had died. */
void line_server_end(line_server *server, bool reset);

/* How many connections were accepted, how many bytes were sent, how many commands are not done. */
size_t line_server_connections(const line_server *server);
size_t line_server_sent(const line_server *server);
size_t line_server_pending(const line_server *server);
/* Drops what is not done, closes, frees. */
void line_server_stop(line_server *server);

#endif
