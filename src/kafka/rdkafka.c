#include "kafka/rdkafka.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

kafka_calls kafka;

static weir_status loaded;
static char why[ERROR_TEXT_MAX];

static bool find_calls(void *library)
{
#define FIND(call)                                                                                \
    *(void **)&kafka.call = dlsym(library, "rd_kafka_" #call);                                    \
    if (!kafka.call) {                                                                            \
        snprintf(why, sizeof why, "it has no rd_kafka_" #call);                                   \
        return false;                                                                             \
    }
    KAFKA_CALLS(FIND)
#undef FIND
    return true;
}

/* It stays loaded: its threads may outlive any use of it. */
static void load(void)
{
    void *library = dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *error = dlerror();
        snprintf(why, sizeof why, "%s", error ? error : "no reason given");
    }
    if (!library || !find_calls(library)) loaded = WEIR_UNSUPPORTED;
}

weir_status kafka_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (loaded == WEIR_OK) return WEIR_OK;
    return error_set(loaded,
                     "Kafka needs librdkafka 1.9 or newer, which cannot be loaded: %s; install it "
                     "(librdkafka1, librdkafka)",
                     why);
}
