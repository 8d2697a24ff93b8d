#include "base/log_line.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { LOG_TEXT_MAX = 4096, DAMPED_FOR_US = 10 * 1000 * 1000 };

/* One message at a time. Recursive, as a sink may well do something that logs. */
static pthread_mutex_t mutex;
static pthread_once_t mutex_once = PTHREAD_ONCE_INIT;
static weir_log_sink sink;
static void *sink_user;
static atomic_int least_level = WEIR_INFO;

static void make_mutex(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void lock(void)
{
    pthread_once(&mutex_once, make_mutex);
    pthread_mutex_lock(&mutex);
}

void weir_set_log(weir_log_sink new_sink, void *user, weir_level least)
{
    lock();
    sink = new_sink;
    sink_user = user;
    atomic_store(&least_level, (int)least);
    pthread_mutex_unlock(&mutex);
}

static bool is_wanted(weir_level level) { return (int)level >= atomic_load(&least_level); }

static void write_to_stderr(weir_level level, const char *text)
{
    const char *word = "";
    if (level == WEIR_DEBUG) word = "debug: ";
    if (level == WEIR_WARNING) word = "warning: ";
    if (level == WEIR_ERROR) word = "error: ";
    fprintf(stderr, "weir: %s%s\n", word, text);
}

/* A message is one line whatever names and records it quotes: no line ends, no commands. */
static void make_one_line(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') text[--length] = '\0';
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
    }
}

__attribute__((format(printf, 2, 0)))
static void say(weir_level level, const char *format, va_list arguments, uint64_t held_back)
{
    char text[LOG_TEXT_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    make_one_line(text);
    if (held_back > 0) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, " (%llu more like this were not shown)",
                 (unsigned long long)held_back);
    }
    lock();
    if (sink)
        sink(level, text, sink_user);
    else
        write_to_stderr(level, text);
    pthread_mutex_unlock(&mutex);
}

void log_line(weir_level level, const char *format, ...)
{
    if (!is_wanted(level)) return;
    va_list arguments;
    va_start(arguments, format);
    say(level, format, arguments, 0);
    va_end(arguments);
}

void log_damped(log_damper *damper, weir_level level, const char *format, ...)
{
    if (!is_wanted(level)) return;
    int64_t now_us = clock_monotonic_us();
    if (damper->next_us != 0 && now_us < damper->next_us) {
        damper->held_back++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    say(level, format, arguments, damper->held_back);
    va_end(arguments);
    damper->next_us = now_us + DAMPED_FOR_US;
    damper->held_back = 0;
}
