/* How RocksDB is used: every option that is set, and why. */
#ifndef STATE_ROCKS_OPTIONS_H
#define STATE_ROCKS_OPTIONS_H

#include <rocksdb/c.h>
#include <stddef.h>

typedef struct rocks_options {
    rocksdb_options_t *database; /* of the database and of each column family */
    rocksdb_block_based_table_options_t *table;
    rocksdb_cache_t *cache;
    rocksdb_env_t *env;
    rocksdb_envoptions_t *files;
    rocksdb_writeoptions_t *write;
    rocksdb_readoptions_t *read; /* single keys */
    rocksdb_flushoptions_t *flush;
    rocksdb_ingestexternalfileoptions_t *ingest;
} rocks_options;

/* `cache_bytes`: of the block cache, which holds indexes and filters, too. */
void rocks_options_init(rocks_options *options, size_t cache_bytes);
void rocks_options_release(rocks_options *options);
/* RocksDB's own log of messages goes to that folder. Before the database is opened. */
void rocks_options_log_to(rocks_options *options, const char *folder);

/* For a scan of the keys before `end` (all if NULL, borrowed). The caller destroys it. */
rocksdb_readoptions_t *rocks_scan_options(const char *end, size_t end_size);
/* The same for a short one, or one that jumps: nothing is read ahead. */
rocksdb_readoptions_t *rocks_range_options(const char *end, size_t end_size);
/* For a merge of files that are all on the lowest level. The caller destroys it. */
rocksdb_compactoptions_t *rocks_merge_options(void);

#endif
