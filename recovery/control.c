#include "recovery/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log_line.h"
#include "base/memory.h"
#include "batch/thread.h"
#include "recovery/inspect_inside.h"

enum { WAITING_CALLERS = 8, LINE_MAX_BYTES = ERROR_TEXT_MAX + 64, PATIENCE_S = 5 };

/* A socket of that path, however long it is: sun_path is short, so it is reached from its folder.
 * `use` is bind or connect. */
typedef int (*use_address)(int socket, const struct sockaddr *address, socklen_t size);
static int socket_at(const char *folder, use_address use)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int at = -1;
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

/* Reads up to the end of a line, which is taken away. */
static bool read_line(int from, char line[LINE_MAX_BYTES])
{
    size_t size = 0;
    while (size < LINE_MAX_BYTES - 1) {
        ssize_t got = recv(from, line + size, 1, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        if (line[size] == '\n') break;
        size++;
    }
    line[size] = '\0';
    return true;
}

static void write_line(int to, const char *line)
{
    size_t size = strlen(line), done = 0;
    while (done < size) {
        ssize_t sent = send(to, line + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;
        done += (size_t)sent;
    }
}

/* --- the context's side ---------------------------------------------------------------------- */

static void answer(control *control, int caller)
{
    char line[LINE_MAX_BYTES], reply[LINE_MAX_BYTES];
    int64_t timeout_ms, time_ms = 0;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!read_line(caller, line)) return; /* somebody looked whether we are there */
    weir_status status = WEIR_OK;
    if (sscanf(line, "checkpoint %" SCNd64, &timeout_ms) != 1)
        status = error_set(WEIR_UNSUPPORTED, "the context does not understand \"%.40s\"", line);
    else
        status = requests_ask(control->requests, timeout_ms, &time_ms);
    if (status == WEIR_OK)
        snprintf(reply, sizeof reply, "ok %" PRId64 "\n", time_ms);
    else
        snprintf(reply, sizeof reply, "error %d %s\n", (int)status, error_text());
    write_line(caller, reply);
}

static void *control_main(void *user)
{
    control *control = user;
    for (;;) {
        int caller = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        if (caller < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (caller < 0) return NULL; /* control_stop has shut it down */
        answer(control, caller);
        close(caller);
    }
}

void control_start(control *control, const directory *directory, requests *requests)
{
    size_t size = strlen(directory->path) + sizeof "/control";
    *control = (struct control){.requests = requests, .path = memory_alloc(size)};
    snprintf(control->path, size, "%s/control", directory->path);
    unlink(control->path); /* we hold the lock: whoever made it is gone */
    control->listener = socket_at(directory->path, bind);
    bool is_good = control->listener >= 0 && listen(control->listener, WAITING_CALLERS) == 0 &&
                   thread_start(&control->thread, "weir-control", NULL, control_main, control) ==
                       WEIR_OK;
    if (is_good) return;
    log_line(WEIR_WARNING, "%s: cannot listen (%s); `weir checkpoint` cannot reach this context",
             control->path, strerror(errno));
    if (control->listener >= 0) close(control->listener);
    control->listener = -1;
}

void control_stop(control *control, bool is_in_place)
{
    if (!control->path) return;
    if (control->listener >= 0) {
        shutdown(control->listener, SHUT_RDWR);
        pthread_join(control->thread, NULL);
        close(control->listener);
        if (is_in_place) unlink(control->path);
    }
    free(control->path);
    memset(control, 0, sizeof *control);
}

/* --- the other side -------------------------------------------------------------------------- */

int control_connect(const directory *directory) { return socket_at(directory->path, connect); }

static weir_status take_reply(const char *line, int64_t *time_ms)
{
    int status = 0, text = 0;
    if (sscanf(line, "ok %" SCNd64, time_ms) == 1) return WEIR_OK;
    if (sscanf(line, "error %d %n", &status, &text) != 1 || status <= WEIR_OK || text == 0)
        return error_set(WEIR_RUNTIME, "the context answered \"%.100s\"", line);
    return error_set((weir_status)status, "%s", line + text);
}

weir_status weir_request_checkpoint(const char *path, int64_t timeout_ms, int64_t *time_ms)
{
    look look;
    char line[LINE_MAX_BYTES];
    weir_status status = look_begin(&look, path);
    int context = status == WEIR_OK ? control_connect(&look.directory) : -1;
    if (status == WEIR_OK && context < 0)
        status = errno == ENOENT || errno == ECONNREFUSED
            ? error_set(WEIR_NO_ELEMENT, "%s: no context runs here", path)
            : error_set(WEIR_NO_ELEMENT, "%s: no context runs here (%s)", path, strerror(errno));
    if (status == WEIR_OK) {
        snprintf(line, sizeof line, "checkpoint %" PRId64 "\n", timeout_ms);
        write_line(context, line);
        status = read_line(context, line)
            ? take_reply(line, time_ms)
            : error_set(WEIR_RUNTIME, "%s: the context ended before it took a checkpoint", path);
    }
    if (context >= 0) close(context);
    look_end(&look);
    return status;
}
