#include "bench/weir_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool failed(const char *what, int error)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
    return false;
}

/* Runs the command with standard error into `into`. */
static int spawn(weir_run *run, const char *weir, const char *job, const char *master, int into)
{
    const char *arguments[] = {weir, "run", "--progress=json", "--master", master, job, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, into, STDERR_FILENO);
    int error = posix_spawn(&run->process, weir, &actions, NULL,
                            (char **)(uintptr_t)arguments, environ); /* it changes none */
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

bool weir_run_start(weir_run *run, const char *weir, const char *job, const char *master)
{
    int ends[2];
    *run = (weir_run){0};
    if (pipe2(ends, O_CLOEXEC) != 0) return failed("cannot make a pipe", errno);
    int error = spawn(run, weir, job, master, ends[1]);
    close(ends[1]);
    if (!error) run->progress = fdopen(ends[0], "r");
    if (run->progress) return true;
    close(ends[0]);
    return failed(weir, error ? error : errno);
}

json_t *weir_run_next(weir_run *run)
{
    while (getline(&run->line, &run->room, run->progress) > 0) {
        json_t *object = json_loads(run->line, 0, NULL);
        const char *event = json_string_value(json_object_get(object, "event"));
        if (event && (strcmp(event, "batch") == 0 || strcmp(event, "summary") == 0)) return object;
        if (event && strcmp(event, "resumed") == 0)
            run->replayed = (uint64_t)json_integer_value(json_object_get(object, "replayed"));
        json_decref(object);
        free(run->said);
        run->said = strdup(run->line);
    }
    return NULL;
}

/* Until the process is gone; what became of it. */
static int await_end(weir_run *run)
{
    int status = 0;
    json_t *left;
    while ((left = weir_run_next(run)) != NULL) json_decref(left);
    while (waitpid(run->process, &status, 0) < 0 && errno == EINTR) {}
    return status;
}

static void release(weir_run *run)
{
    fclose(run->progress);
    free(run->line);
    free(run->said);
}

bool weir_run_wait(weir_run *run)
{
    int status = await_end(run);
    bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!is_well)
        fprintf(stderr, "bench: weir run ended with %s %d; it last said: %s\n",
                WIFEXITED(status) ? "exit code" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
                run->said ? run->said : "nothing");
    release(run);
    return is_well;
}

void weir_run_kill(weir_run *run)
{
    kill(run->process, SIGKILL);
    (void)await_end(run);
    release(run);
}

bool weir_run_stop(weir_run *run)
{
    kill(run->process, SIGTERM);
    return weir_run_wait(run);
}

static uint64_t count_of(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

bool weir_run_whole(const char *weir, const char *job, const char *master, run_summary *summary)
{
    weir_run run;
    json_t *object, *last = NULL;
    if (!weir_run_start(&run, weir, job, master)) return false;
    while ((object = weir_run_next(&run)) != NULL) {
        json_decref(last);
        last = object;
    }
    bool is_well = weir_run_wait(&run);
    const char *event = json_string_value(json_object_get(last, "event"));
    if (is_well && (!event || strcmp(event, "summary") != 0)) {
        fprintf(stderr, "bench: weir run %s wrote no summary\n", job);
        is_well = false;
    }
    const json_t *outputs = json_object_get(last, "outputs");
    *summary = (run_summary){
        .batches = count_of(last, "batches"),
        .records = count_of(last, "records"),
        .seconds = json_number_value(json_object_get(last, "seconds")),
        .cpu_seconds = json_number_value(json_object_get(last, "cpu_seconds")),
        .max_rss_bytes = (int64_t)count_of(last, "max_rss_bytes"),
        .output = (uint64_t)json_integer_value(json_array_get(outputs, 0)),
    };
    json_decref(last);
    return is_well;
}
