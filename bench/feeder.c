#include "bench/feeder.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Lines are due one by one; the thread wakes up this often and sends those that are. */
enum { WAKE_US = 100, MOST_LINES = 1000, WORDS = 1000, POLL_MS = 20, POUR_BYTES = 1 << 20 };

int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void pause_us(int64_t duration_us)
{
    const struct timespec pause = {duration_us / 1000000, duration_us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

/* A socket that listens on a free port of the loopback interface. */
static bool listen_on_loopback(feeder *feeder)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    feeder->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (feeder->server >= 0 && bind(feeder->server, (struct sockaddr *)&address, size) == 0 &&
        listen(feeder->server, 1) == 0 &&
        getsockname(feeder->server, (struct sockaddr *)&address, &size) == 0) {
        feeder->port = ntohs(address.sin_port);
        return true;
    }
    fprintf(stderr, "bench: cannot listen on the loopback interface: %s\n", strerror(errno));
    if (feeder->server >= 0) close(feeder->server);
    return false;
}

/* The first client; -1 if it is time to stop. */
static int await_client(feeder *feeder)
{
    struct pollfd waiting = {.fd = feeder->server, .events = POLLIN};
    while (!feeder->is_stopping)
        if (poll(&waiting, 1, POLL_MS) > 0)
            return accept4(feeder->server, NULL, NULL, SOCK_CLOEXEC);
    return -1;
}

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

static size_t word_and_time(uint64_t number, int64_t now_us, char *line)
{
    return (size_t)snprintf(line, FEEDER_LINE_MAX, "w%03u,%lld\n",
                            (unsigned)(number * 7919 % WORDS), (long long)now_us);
}

static bool send_lines(feeder *feeder, int client, uint64_t count, int64_t now_us)
{
    char text[MOST_LINES * FEEDER_LINE_MAX];
    size_t length = 0;
    for (uint64_t i = 0; i < count; i++)
        length += feeder->line(feeder->sent + i, now_us, text + length);
    return send_all(client, text, length);
}

static void feed(feeder *feeder, int client)
{
    int64_t start_us = clock_us(), end_us = start_us + feeder->duration_us;
    int64_t rate = feeder->lines_per_second;
    while (!feeder->is_stopping && !feeder->has_failed) {
        int64_t now_us = clock_us(), until_us = now_us < end_us ? now_us : end_us;
        uint64_t due = (uint64_t)((until_us - start_us) * rate / 1000000);
        if (due > feeder->sent) {
            uint64_t count = due - feeder->sent < MOST_LINES ? due - feeder->sent : MOST_LINES;
            int64_t due_us = start_us + (int64_t)(feeder->sent + 1) * 1000000 / rate;
            if (now_us - due_us > feeder->most_late_us) feeder->most_late_us = now_us - due_us;
            feeder->has_failed = !send_lines(feeder, client, count, now_us);
            feeder->sent += count;
        } else if (now_us >= end_us) {
            return;
        } else {
            pause_us(WAKE_US);
        }
    }
}

static bool pour_file(const char *path, int client)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t sent = file < 0 ? -1 : 1;
    while (sent > 0 || (sent < 0 && file >= 0 && errno == EINTR))
        sent = sendfile(client, file, NULL, POUR_BYTES);
    if (file >= 0) close(file);
    return sent == 0;
}

static void pour(feeder *feeder, int client)
{
    sigset_t broken; /* the client may go away */
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, NULL);
    for (int time = 0; time < feeder->times; time++)
        for (size_t i = 0; i < feeder->path_count && !feeder->is_stopping; i++)
            if (!feeder->has_failed) feeder->has_failed = !pour_file(feeder->paths[i], client);
}

static void *run_feeder(void *argument)
{
    feeder *feeder = argument;
    (void)prctl(PR_SET_TIMERSLACK, 1000L, 0L, 0L, 0L); /* sleep to the microsecond, if it can be */
    int client = await_client(feeder);
    feeder->begun_us = clock_us();
    if (client >= 0 && feeder->lines_per_second) feed(feeder, client);
    if (client >= 0 && feeder->paths) pour(feeder, client);
    feeder->is_done = true;
    while (!feeder->is_stopping) pause_us(POLL_MS * 1000);
    if (client >= 0) close(client);
    return NULL;
}

/* All but `thread` and what belongs to the socket is filled in. */
static bool start(feeder *feeder)
{
    if (!listen_on_loopback(feeder)) return false;
    int error = pthread_create(&feeder->thread, NULL, run_feeder, feeder);
    if (!error) return true;
    fprintf(stderr, "bench: cannot start a thread: %s\n", strerror(error));
    close(feeder->server);
    return false;
}

bool feeder_start_with(feeder *feeder, int64_t lines_per_second, int64_t duration_us,
                       feeder_line line)
{
    *feeder = (struct feeder){.lines_per_second = lines_per_second, .duration_us = duration_us,
                              .line = line};
    return start(feeder);
}

bool feeder_start(feeder *feeder, int64_t lines_per_second, int64_t duration_us)
{
    return feeder_start_with(feeder, lines_per_second, duration_us, word_and_time);
}

bool feeder_pour(feeder *feeder, char *const *paths, size_t count, int times)
{
    *feeder = (struct feeder){.paths = paths, .path_count = count, .times = times};
    return start(feeder);
}

void feeder_stop(feeder *feeder)
{
    feeder->is_stopping = true;
    pthread_join(feeder->thread, NULL);
    close(feeder->server);
}
