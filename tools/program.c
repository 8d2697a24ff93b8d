#include "tools/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/job_object.h"
#include "tools/looking.h"

enum { DEFAULT_BATCH_MS = 1000 };

static char *short_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot != name) *dot = '\0';
    return name;
}

static bool load_job(program *program, const char *text, size_t length, problem *problem)
{
    const char *file = strcmp(program->path, "-") == 0 ? "standard input" : program->path;
    program->job = job_parse(file, text, length, problem);
    return program->job && job_load_libraries(program->job, problem) &&
           job_find_functions(program->job, problem);
}

bool program_load(program *program, const char *path, problem *problem)
{
    *program = (struct program){.path = path, .name = short_name(path)};
    size_t length;
    char *text = job_file_read(path, &length, problem);
    if (!text) return false;
    bool is_loaded;
    if (job_object_is(text, length)) {
        program->main = job_object_main(path, problem);
        is_loaded = program->main != NULL;
    } else {
        is_loaded = load_job(program, text, length, problem);
    }
    free(text);
    return is_loaded;
}

void program_release(program *program)
{
    job_free(program->job);
    free(program->name);
    *program = (struct program){0};
}

run_settings program_settings(const program *program)
{
    run_settings settings = {0};
    if (program->job) settings = program->job->settings;
    if (!settings.options.app_name) settings.options.app_name = program->name;
    if (!settings.options.batch_interval_ms) settings.options.batch_interval_ms = DEFAULT_BATCH_MS;
    return settings;
}

weir_status program_build_into(weir_context *context, void *user)
{
    program_building *building = user;
    building->has_failed = !program_build(building->program, context, building->problem);
    if (!building->has_failed) return WEIR_OK;
    weir_status status = weir_error(context);
    return status != WEIR_OK ? status : WEIR_ILLEGAL_ARGUMENT;
}

int program_create(program *program, const run_settings *settings, weir_context **context,
                   problem *problem)
{
    program_building building = {program, problem, false};
    weir_status status;
    if (settings->checkpoint) {
        status = weir_get_or_create(context, settings->checkpoint, &settings->options,
                                    &settings->durability, program_build_into,
                                    &building);
    } else {
        status = weir_context_create(context, &settings->options);
        if (status == WEIR_OK) (void)program_build_into(*context, &building);
    }
    if (building.has_failed) return EXIT_USAGE;
    if (status != WEIR_OK) problem_set(problem, "%s: %s", program->path, weir_last_error());
    return settings->checkpoint ? looking_code(status) : exit_code_of(status);
}

bool program_build(program *program, weir_context *context, problem *problem)
{
    if (program->job) return job_build(program->job, context, problem);
    weir_status status = program->main(context);
    if (status == WEIR_OK) status = weir_error(context);
    if (status == WEIR_OK) return true;
    const char *error = weir_last_error();
    return problem_set(problem, "%s: weir_job_main failed: %s", program->path,
                       *error ? error : weir_status_text(status));
}

size_t program_outputs(const program *program)
{
    return program->job ? program->job->node_count - program->job->starts[JOB_OUTPUTS] : 0;
}
