/* The other end of the demo: a line server on the loopback interface, for one client at a time.
 *
 *     demo-feeder PORTFILE                    what is typed into standard input goes to the client
 *     demo-feeder PORTFILE SECONDS            sample lines go to the client for that long
 *     demo-feeder PORTFILE SECONDS CLIENTS    the same to so many clients, one after the other has
 *                                             gone
 *
 * It takes a free port and writes its number to PORTFILE, whole or not at all. When it has no more
 * to send it removes PORTFILE and waits for the client to go. tools/demo starts it. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 10, CLIENT_TIMEOUT_S = 30 };

static const char *const samples[] = {"to be or not to be", "that is the question"};

static bool send_all(int client, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Sends what standard input has, as it comes. A client that has gone away ends it too. */
static bool feed_typed(int client)
{
    char text[4096];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, text, sizeof text);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        if (!send_all(client, text, (size_t)got)) return false;
    }
}

static bool feed_samples(int client, int seconds)
{
    const struct timespec pause = {.tv_nsec = 1000000000L / LINES_PER_SECOND};
    const size_t kinds = sizeof samples / sizeof samples[0];
    for (size_t i = 0; i < (size_t)(seconds * LINES_PER_SECOND); i++) {
        char line[128];
        int length = snprintf(line, sizeof line, "%s\n", samples[i % kinds]);
        if (!send_all(client, line, (size_t)length)) return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* Until the client has closed its side. */
static void wait_for_end(int client)
{
    char byte;
    while (recv(client, &byte, 1, 0) > 0 || errno == EINTR) errno = 0;
}

/* A socket that listens on a free loopback port; -1 with errno. */
static int listen_on_loopback(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0) return -1;
    if (bind(server, (struct sockaddr *)&address, size) != 0 || listen(server, 1) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &size) != 0) {
        close(server);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return server;
}

static bool write_port(const char *path, int port)
{
    char scratch[4096];
    int length = snprintf(scratch, sizeof scratch, "%s.tmp", path);
    if (length < 0 || (size_t)length >= sizeof scratch) return false;
    FILE *file = fopen(scratch, "w");
    if (file == NULL) return false;
    bool written = fprintf(file, "%d\n", port) > 0;
    written = fclose(file) == 0 && written;
    return written && rename(scratch, path) == 0;
}

/* Nobody comes: the alarm ends the process, so that the demo cannot hang. */
static int wait_for_client(int server)
{
    alarm(CLIENT_TIMEOUT_S);
    int client = accept(server, NULL, NULL);
    alarm(0);
    if (client < 0) fprintf(stderr, "demo-feeder: nobody connected: %s\n", strerror(errno));
    return client;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        fputs("usage: demo-feeder PORTFILE [SECONDS [CLIENTS]]\n", stderr);
        return 2;
    }
    int port = 0;
    int server = listen_on_loopback(&port);
    if (server < 0 || !write_port(argv[1], port)) {
        fprintf(stderr, "demo-feeder: cannot listen, or write %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    bool fed = true;
    for (int left = argc == 4 ? atoi(argv[3]) : 1; fed && left > 0; left--) {
        int client = wait_for_client(server);
        if (client < 0) return 1;
        fed = argc > 2 ? feed_samples(client, atoi(argv[2])) : feed_typed(client);
        if (left == 1) remove(argv[1]);
        wait_for_end(client);
        close(client);
    }
    close(server);
    return fed ? 0 : 1;
}
