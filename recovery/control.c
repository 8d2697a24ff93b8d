#include "recovery/control.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "batch/thread.h"
#include "recovery/inspect_inside.h"

enum { WAITING_CALLERS = 8, LINE_MAX_BYTES = ERROR_TEXT_MAX + 64, PATIENCE_MS = 5000 };

/* A socket of that path, however long it is: sun_path is short, so it is reached from its folder.
 * `use` is bind or connect, which waits that long at most where many wait already. */
typedef int (*use_address)(int socket, const struct sockaddr *address, socklen_t size);
static int socket_at(const char *folder, use_address use, int64_t wait_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int at = -1;
    /* None at all would be for ever. */
    struct timeval limit = {wait_ms / 1000, wait_ms % 1000 * 1000 + 1};
    if (wait_ms >= 0 && made >= 0)
        setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/control", folder);
    if (length >= (int)sizeof address.sun_path) {
        at = directory_descriptor(folder);
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", at);
    }
    int failed = made < 0 ? -1 : use(made, (struct sockaddr *)&address, sizeof address);
    int code = errno;
    if (at >= 0) close(at);
    if (failed && made >= 0) close(made);
    errno = code;
    return failed ? -1 : made;
}

/* --- lines ----------------------------------------------------------------------------------- */

typedef struct line {
    char text[LINE_MAX_BYTES];
    size_t size;
    bool is_whole;
} line;

/* Takes what has come, up to the end of a line, which is taken away. false: no more comes. */
static bool line_take(line *line, int from)
{
    while (!line->is_whole && line->size < sizeof line->text - 1) {
        char *next = &line->text[line->size];
        ssize_t got = recv(from, next, 1, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (got <= 0) return false;
        line->is_whole = *next == '\n';
        if (!line->is_whole) line->size++;
    }
    line->text[line->size] = '\0';
    line->is_whole = true;
    return true;
}

/* A line is shorter than what a socket takes at once. */
static void write_line(int to, const char *line)
{
    ssize_t sent;
    do sent = send(to, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
}

/* Milliseconds from now on, as poll wants them; until_us < 0: for ever. */
static int wait_of(int64_t until_us)
{
    if (until_us < 0) return -1;
    int64_t wait_us = until_us - clock_monotonic_us();
    if (wait_us <= 0) return 0;
    return wait_us / 1000 < INT_MAX ? (int)(wait_us / 1000) + 1 : INT_MAX;
}

static int64_t until_of(int64_t timeout_ms)
{
    bool has_limit = timeout_ms >= 0 && timeout_ms < INT_MAX;
    return has_limit ? clock_monotonic_us() + timeout_ms * 1000 : -1;
}

/* --- the context's side ---------------------------------------------------------------------- */

typedef struct caller {
    int socket;
    bool has_asked; /* else its line has not come yet */
    line line;
    uint64_t request;
    int64_t until_us; /* -1: without limit */
} caller;

typedef struct callers {
    control *control;
    size_t count;
    caller *all[CONTROL_CALLERS];
} callers;

static void callers_drop(callers *callers, size_t at)
{
    close(callers->all[at]->socket);
    free(callers->all[at]);
    callers->all[at] = callers->all[--callers->count];
}

static void reply(int to, weir_status status, int64_t time_ms)
{
    char line[LINE_MAX_BYTES];
    if (status == WEIR_OK) snprintf(line, sizeof line, "ok %" PRId64 "\n", time_ms);
    else snprintf(line, sizeof line, "error %d %s\n", (int)status, error_text());
    write_line(to, line);
}

static void callers_add(callers *callers, int socket)
{
    if (callers->count == CONTROL_CALLERS) {
        weir_status status = error_set(
            WEIR_RUNTIME, "%d others wait for a checkpoint: ask again later", CONTROL_CALLERS);
        reply(socket, status, 0);
        close(socket);
        return;
    }
    caller *caller = memory_zero_alloc(1, sizeof *caller);
    caller->socket = socket;
    caller->until_us = until_of(PATIENCE_MS);
    callers->all[callers->count++] = caller;
}

/* false: it is through, or gone. */
static bool hear(const control *control, caller *caller)
{
    int64_t timeout_ms;
    const char *text = caller->line.text;
    if (!line_take(&caller->line, caller->socket)) return false; /* it looked who is there */
    if (!caller->line.is_whole) return true;
    if (sscanf(text, "checkpoint %" SCNd64, &timeout_ms) != 1) {
        weir_status status =
            error_set(WEIR_UNSUPPORTED, "the context does not understand \"%.40s\"", text);
        reply(caller->socket, status, 0);
        return false;
    }
    caller->has_asked = true;
    caller->request = requests_begin(control->requests);
    caller->until_us = until_of(timeout_ms);
    return true;
}

/* Gives it its answer, if there is one, or its time is over: false, it is through. */
static bool settle(const control *control, const caller *caller)
{
    weir_status status;
    int64_t time_ms = 0;
    bool is_late = caller->until_us >= 0 && clock_monotonic_us() >= caller->until_us;
    bool is_settled = caller->has_asked && requests_is_settled(control->requests, caller->request,
                                                               &status, &time_ms);
    if (!is_settled && !is_late) return true;
    if (!is_settled) status = error_set(WEIR_TIMEOUT, REQUESTS_TOO_LATE);
    if (caller->has_asked) reply(caller->socket, status, time_ms);
    return false;
}

/* `events`: what poll found of each. */
static void callers_serve(callers *callers, const struct pollfd *polled)
{
    for (size_t at = callers->count; at-- > 0;) {
        caller *caller = callers->all[at];
        bool stays = caller->has_asked ? !(polled[at].revents & (POLLHUP | POLLERR))
                                       : !polled[at].revents || hear(callers->control, caller);
        if (!stays || !settle(callers->control, caller)) callers_drop(callers, at);
    }
}

/* Waits until something happens: to a caller, or a time, or at one of the last two. */
static void callers_wait(const callers *callers, struct pollfd *polled)
{
    int64_t first_us = -1;
    for (size_t i = 0; i < callers->count; i++) {
        const caller *caller = callers->all[i];
        bool is_first = caller->until_us >= 0 && (first_us < 0 || caller->until_us < first_us);
        if (is_first) first_us = caller->until_us;
        /* Of one that waits only its end is of interest, which is always told. */
        polled[i] = (struct pollfd){caller->socket, caller->has_asked ? 0 : POLLIN, 0};
    }
    polled[callers->count] = (struct pollfd){callers->control->wake, POLLIN, 0};
    polled[callers->count + 1] = (struct pollfd){callers->control->listener, POLLIN, 0};
    int found = poll(polled, callers->count + 2, wait_of(first_us));
    for (size_t i = 0; found < 0 && i < callers->count + 2; i++) polled[i].revents = 0;
}

/* false: control_stop has shut the listener down, which accept does not say where there is no
 * descriptor left. */
static bool callers_accept(callers *callers)
{
    if (atomic_load(&callers->control->is_ending)) return false;
    int socket = accept4(callers->control->listener, NULL, NULL, SOCK_CLOEXEC);
    int code = errno;
    if (socket >= 0) callers_add(callers, socket);
    else if (code == EMFILE || code == ENFILE) clock_sleep_ms(10); /* it is there still */
    return socket >= 0 || code != EINVAL;
}

/* Before anybody is served: what changes from here on wakes again. */
static void hush(const control *control)
{
    uint64_t changes;
    while (read(control->wake, &changes, sizeof changes) < 0 && errno == EINTR) continue;
}

static void *control_main(void *user)
{
    callers callers = {.control = user};
    struct pollfd polled[CONTROL_CALLERS + 2];
    for (bool goes_on = true; goes_on;) {
        callers_wait(&callers, polled);
        const struct pollfd *others = &polled[callers.count];
        if (others[0].revents) hush(callers.control);
        callers_serve(&callers, polled);
        if (others[1].revents) goes_on = callers_accept(&callers);
    }
    /* Requests are closed, so each of them has its answer. */
    while (callers.count > 0) {
        (void)settle(callers.control, callers.all[0]);
        callers_drop(&callers, 0);
    }
    return NULL;
}

static bool listen_at(control *control, const directory *directory)
{
    control->listener = socket_at(directory->path, bind, -1);
    if (control->listener < 0 || listen(control->listener, WAITING_CALLERS) != 0) return false;
    control->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control->wake < 0) return false;
    requests_wake(control->requests, control->wake);
    return thread_start(&control->thread, "weir-control", NULL, control_main, control) == WEIR_OK;
}

static void close_all(control *control)
{
    requests_wake(control->requests, -1);
    if (control->listener >= 0) close(control->listener);
    if (control->wake >= 0) close(control->wake);
    control->listener = control->wake = -1;
}

void control_start(control *control, const directory *directory, requests *requests)
{
    size_t size = strlen(directory->path) + sizeof "/control";
    *control = (struct control){.requests = requests, .path = memory_alloc(size), .wake = -1};
    snprintf(control->path, size, "%s/control", directory->path);
    unlink(control->path); /* we hold the lock: whoever made it is gone */
    if (listen_at(control, directory)) return;
    log_line(WEIR_WARNING, "%s: cannot listen (%s); `weir checkpoint` cannot reach this context",
             control->path, strerror(errno));
    close_all(control);
}

void control_stop(control *control, bool is_in_place)
{
    if (!control->path) return;
    if (control->listener >= 0) {
        atomic_store(&control->is_ending, true);
        shutdown(control->listener, SHUT_RDWR);
        pthread_join(control->thread, NULL);
        close_all(control);
        if (is_in_place) unlink(control->path);
    }
    free(control->path);
    memset(control, 0, sizeof *control);
}

/* --- the other side -------------------------------------------------------------------------- */

int control_connect(const directory *directory, int64_t wait_ms)
{
    return socket_at(directory->path, connect, wait_ms);
}

static weir_status take_reply(const char *line, int64_t *time_ms)
{
    int status = 0, text = 0;
    if (sscanf(line, "ok %" SCNd64, time_ms) == 1) return WEIR_OK;
    if (sscanf(line, "error %d %n", &status, &text) != 1 || status <= WEIR_OK || text == 0)
        return error_set(WEIR_RUNTIME, "the context answered \"%.100s\"", line);
    return error_set((weir_status)status, "%s", line + text);
}

/* Waits for the answer, whatever the context does. */
static weir_status await_reply(int context, const char *path, int64_t until_us, int64_t *time_ms)
{
    line line = {.size = 0};
    struct pollfd polled = {.fd = context, .events = POLLIN};
    while (!line.is_whole) {
        int found = poll(&polled, 1, wait_of(until_us));
        if (found < 0 && errno == EINTR) continue;
        if (found == 0 && wait_of(until_us) == 0)
            return error_set(WEIR_TIMEOUT, REQUESTS_TOO_LATE);
        if (found != 0 && !line_take(&line, context))
            return error_set(WEIR_RUNTIME, "%s: the context ended before it took a checkpoint",
                             path);
    }
    return take_reply(line.text, time_ms);
}

/* By errno. */
static weir_status refuse_connection(const char *path)
{
    if (errno == EAGAIN) return error_set(WEIR_TIMEOUT, REQUESTS_TOO_LATE);
    if (errno == ENOENT || errno == ECONNREFUSED)
        return error_set(WEIR_NO_ELEMENT, "%s: no context runs here", path);
    return error_set(WEIR_NO_ELEMENT, "%s: no context runs here (%s)", path, strerror(errno));
}

weir_status weir_request_checkpoint(const char *path, int64_t timeout_ms, int64_t *time_ms)
{
    look look;
    char text[64];
    int64_t until_us = until_of(timeout_ms);
    weir_status status = look_begin(&look, path);
    int context = status == WEIR_OK ? control_connect(&look.directory, timeout_ms) : -1;
    if (status == WEIR_OK && context < 0) status = refuse_connection(path);
    if (status == WEIR_OK) {
        snprintf(text, sizeof text, "checkpoint %" PRId64 "\n", timeout_ms);
        write_line(context, text);
        status = await_reply(context, path, until_us, time_ms);
    }
    if (context >= 0) close(context);
    look_end(&look);
    return status;
}
