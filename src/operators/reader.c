#include "operators/reader.h"

bool weir_next(weir_reader *reader, weir_value *key, weir_value *value)
{
    if (reader->next >= reader->records->count) return false;
    *key = records_key(reader->records, reader->next);
    *value = reader->records->values[reader->next];
    reader->next++;
    return true;
}
