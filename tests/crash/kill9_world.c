#include "crash/kill9_world.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "crash/random.h"

struct kill9_world {
    kill9_job job;
    const char *directory;
    random_source random;
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_ending;
    int listener;
    int port;
    int64_t next; /* number to be sent */
};

/* --- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const buffer *bytes)
{
    int file;
    if (file_create(path, &file) != WEIR_OK) return;
    (void)file_write(file, path, bytes->bytes, bytes->size);
    (void)file_close(file, path);
}

static void print_pairs(random_source *random, buffer *to)
{
    uint64_t lines = 1 + random_below(random, 400);
    uint64_t keys = random_once_in(random, 4) ? 3000 : 80;
    for (uint64_t i = 0; i < lines; i++)
        buffer_printf(to, "user%" PRIu64 ",%" PRIu64 "\n", random_below(random, keys),
                      random_below(random, 1000));
}

static void make_files(kill9_world *world)
{
    for (int i = 0; i < FILES; i++) {
        char path[4300];
        buffer bytes = {0};
        (void)snprintf(path, sizeof path, "%.4200s/in/%03d", world->directory, i);
        print_pairs(&world->random, &bytes);
        write_file(path, &bytes);
        buffer_release(&bytes);
    }
}

/* --- a directory ----------------------------------------------------------------------------- */

static void move_in(kill9_world *world, int at, const buffer *bytes)
{
    char aside[4300], path[4300];
    (void)snprintf(aside, sizeof aside, "%.4200s/aside", world->directory);
    (void)snprintf(path, sizeof path, "%.4200s/in/%03d", world->directory, at);
    write_file(aside, bytes);
    (void)file_rename(aside, path);
}

static void print_numbers(kill9_world *world, int64_t count, buffer *to)
{
    for (int64_t i = 0; i < count && world->next <= NUMBERS; i++)
        buffer_printf(to, "%" PRId64 "\n", world->next++);
}

static void *move_files(void *user)
{
    kill9_world *world = user;
    for (int i = 0; i < FILES && !atomic_load(&world->is_ending); i++) {
        buffer bytes = {0};
        clock_sleep_ms((int64_t)random_below(&world->random, 25));
        print_numbers(world, NUMBERS / FILES, &bytes);
        move_in(world, i, &bytes);
        buffer_release(&bytes);
    }
    buffer end = {0};
    buffer_append_text(&end, "END\n");
    move_in(world, FILES, &end);
    buffer_release(&end);
    return NULL;
}

/* --- a server that never repeats a line ------------------------------------------------------ */

static bool is_gone(int connection)
{
    char byte;
    struct pollfd polled = {.fd = connection, .events = POLLIN};
    return poll(&polled, 1, 0) > 0 && recv(connection, &byte, 1, MSG_DONTWAIT) <= 0;
}

static void serve(kill9_world *world, int connection)
{
    bool has_ended = false;
    while (!atomic_load(&world->is_ending) && !is_gone(connection)) {
        buffer bytes = {0};
        print_numbers(world, 1 + (int64_t)random_below(&world->random, 30), &bytes);
        if (bytes.size == 0 && !has_ended) {
            buffer_append_text(&bytes, "END\n");
            has_ended = true;
        }
        ssize_t sent = bytes.size ? send(connection, bytes.bytes, bytes.size, MSG_NOSIGNAL) : 0;
        buffer_release(&bytes);
        if (sent < 0) break;
        clock_sleep_ms(1 + (int64_t)random_below(&world->random, 8));
    }
    close(connection);
}

static void *serve_all(void *user)
{
    kill9_world *world = user;
    struct pollfd polled = {.fd = world->listener, .events = POLLIN};
    while (!atomic_load(&world->is_ending)) {
        if (poll(&polled, 1, 10) <= 0) continue;
        int connection = accept4(world->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0) serve(world, connection);
    }
    return NULL;
}

static void open_port(kill9_world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    world->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)bind(world->listener, (struct sockaddr *)&address, size);
    (void)listen(world->listener, 8);
    (void)getsockname(world->listener, (struct sockaddr *)&address, &size);
    world->port = ntohs(address.sin_port);
}

/* --- life ------------------------------------------------------------------------------------ */

kill9_world *kill9_world_start(kill9_job job, const char *directory, uint64_t seed)
{
    kill9_world *world = memory_zero_alloc(1, sizeof *world);
    world->job = job;
    world->directory = directory;
    world->random.state = seed;
    world->next = 1;
    world->listener = -1;
    void *(*run)(void *) = NULL;
    if (job == JOB_FILES) make_files(world);
    if (job == JOB_SOCKET) open_port(world);
    if (job == JOB_SOCKET) run = serve_all;
    if (job == JOB_DIRECTORY) run = move_files;
    if (run) world->has_thread = pthread_create(&world->thread, NULL, run, world) == 0;
    return world;
}

int kill9_world_port(const kill9_world *world) { return world->port; }

void kill9_world_stop(kill9_world *world)
{
    atomic_store(&world->is_ending, true);
    if (world->has_thread) pthread_join(world->thread, NULL);
    if (world->listener >= 0) close(world->listener);
    free(world);
}
