#include "conformance/recorder.h"

#include "tools/json_value.h"
#include "weir/dataset.h"

static json_t *recorded; /* a list for each output */
static bool is_failing;

static weir_status conformance_record(weir_dataset *in, int64_t time_ms, weir_value output)
{
    weir_value list;
    if (is_failing) {
        weir_fail("as the case wants it");
        return WEIR_RUNTIME;
    }
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    json_t *batches = json_array_get(recorded, (size_t)weir_as_int(output));
    json_t *batch =
        json_pack("{s:I,s:o}", "time", (json_int_t)time_ms, "records", json_from_value(list));
    if (batch && json_array_append_new(batches, batch) == 0) return WEIR_OK;
    weir_fail("what came cannot be recorded");
    return WEIR_RUNTIME;
}
WEIR_FOREACH(conformance_record)

void recorder_begin(size_t outputs)
{
    json_decref(recorded);
    recorded = json_array();
    for (size_t i = 0; i < outputs; i++) json_array_append_new(recorded, json_array());
}

weir_status recorder_add(weir_stream *stream, size_t output)
{
    return weir_foreach_rdd(stream, &weir_fn_conformance_record, weir_int((int64_t)output));
}

const json_t *recorder_batches(size_t output) { return json_array_get(recorded, output); }

size_t recorder_datasets(void)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(recorded); i++)
        count += json_array_size(json_array_get(recorded, i));
    return count;
}

void recorder_fail(bool fails) { is_failing = fails; }
