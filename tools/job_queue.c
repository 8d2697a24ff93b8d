/* A file cannot push while the job runs; but what each interval takes is known beforehand. So this
 * plays the pushes through, and puts into the real queue exactly one dataset for each interval, in
 * order: the same batches whatever the clock does. Once they are used up, the queue is empty for
 * good, as it would be. (What this does not keep: where the partitions of several datasets taken
 * at once meet.) */
#include "tools/job_queue.h"

#include "tools/json_value.h"

static weir_value records_value(const json_t *records)
{
    weir_value value = weir_list(NULL, 0);
    json_to_value(records, &value);
    return value;
}

/* How many intervals it takes until the queue is empty for good. */
static size_t count_intervals(const json_t *pushes, bool one_at_a_time)
{
    size_t intervals = json_array_size(pushes), waiting = 0;
    if (!one_at_a_time) return intervals;
    for (size_t i = 0; i < intervals; i++) {
        waiting += json_array_size(json_array_get(pushes, i));
        if (waiting > 0) waiting--;
    }
    return intervals + waiting;
}

/* The queue while it is played through. */
typedef struct play {
    const json_t *pushes;
    const json_t *otherwise; /* what an interval takes from an empty queue */
    json_t *waiting;
    bool one_at_a_time;
} play;

/* What interval i takes, given to the caller; NULL: no memory. */
static json_t *take(play *play, size_t interval)
{
    json_t *arrived = json_array_get(play->pushes, interval);
    if (arrived) json_array_extend(play->waiting, arrived);
    size_t count = json_array_size(play->waiting);
    if (count == 0)
        return play->otherwise ? json_copy((json_t *)(uintptr_t)play->otherwise) : json_array();
    json_t *taken = json_array();
    size_t wanted = play->one_at_a_time ? 1 : count;
    for (size_t i = 0; i < wanted; i++) {
        json_array_extend(taken, json_array_get(play->waiting, 0));
        json_array_remove(play->waiting, 0);
    }
    return taken;
}

weir_stream *job_queue_build(weir_context *context, const json_t *object)
{
    const json_t *pushes = json_object_get(object, "pushes");
    const json_t *otherwise = json_object_get(object, "default");
    bool one_at_a_time = !json_is_false(json_object_get(object, "one_at_a_time"));
    int partitions = (int)json_integer_value(json_object_get(object, "partitions"));

    weir_value empty = otherwise ? records_value(otherwise) : weir_absent();
    weir_stream *queue = weir_queue_stream(context, true, empty);
    if (!queue) return NULL;
    if (otherwise && weir_queue_default(queue, empty, partitions) != WEIR_OK) return NULL;

    play play = {pushes, otherwise, json_array(), one_at_a_time};
    size_t intervals = count_intervals(pushes, one_at_a_time);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < intervals && status == WEIR_OK; i++) {
        json_t *taken = take(&play, i);
        status = weir_queue_push(queue, records_value(taken), partitions);
        json_decref(taken);
    }
    json_decref(play.waiting);
    return status == WEIR_OK ? queue : NULL;
}
