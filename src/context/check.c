/* What a start looks at before it touches anything, for whoever only asks. Spec 01 §7. */
#include "base/error.h"
#include "context/context.h"
#include "durability/block_log.h"
#include "ingest/source.h"
#include "library/library.h"

/* C-53. */
weir_status context_check_state(const weir_context *context, bool lasts)
{
    const weir_stream *stream = lineage_find_lasting(&context->lineage);
    char label[STREAM_LABEL_MAX];
    if (!stream || lasts || context->options.volatile_state) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "%s (%s) %s and needs a checkpoint directory (`weir run "
                     "--checkpoint=DIR`, weir_get_or_create), or volatile_state "
                     "(`--volatile-state`), which loses the state when the context stops",
                     stream_label(stream, label), stream_kind_text(stream->kind),
                     stream_must_last(stream) ? "keeps state" : "has a checkpoint interval");
}

weir_status context_check_sources(const weir_context *context)
{
    size_t most = context->options.max_record_bytes;
    for (size_t i = 0; i < context->ingest.count; i++) {
        const source *source = context->ingest.sources[i];
        if (!source->is_needed) continue;
        if (!source->class->describe)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s cannot be recovered (queueStream doesn't support checkpointing); "
                             "use it in a context without a checkpoint directory",
                             source->stream->source_text);
        if (source->intake && most > BLOCK_LOG_RECORD_MAX)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "max_record_bytes %zu: in a context that lasts give at most %u, as "
                             "what is received has to fit into the log",
                             most, BLOCK_LOG_RECORD_MAX);
    }
    return WEIR_OK;
}

weir_status weir_check(weir_context *context, bool lasts)
{
    library_register();
    if (context_state(context) != WEIR_INITIALIZED)
        return error_set(WEIR_ILLEGAL_STATE, "the context has been started already");
    weir_status status = lineage_validate(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_spaces(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_outputs(&context->lineage);
    if (status == WEIR_OK) status = ingest_prepare(&context->ingest);
    if (status == WEIR_OK) status = context_check_state(context, lasts);
    if (status == WEIR_OK && lasts) status = context_check_sources(context);
    return status;
}
