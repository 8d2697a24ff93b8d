#include "state/rocks_options.h"

enum {
    INFO_LEVEL_ERROR = 3,
    BACKGROUND_JOBS = 2,
    OPEN_THREADS = 4,
    L0_TRIGGER = 8,
    L0_NEVER = 1 << 20,
    BITS_PER_KEY = 10,
    FORMAT_VERSION = 5,
    CHECKSUM_XXH3 = 4,
    CACHE_SHARD_BITS = 2,
    FORCE = 2,
};

static const size_t block_size = 4 << 10;
static const size_t write_buffer = 4 << 20;
static const size_t readahead = 2 << 20;
static const size_t manifest_size = 1 << 20;

static void set_files(rocksdb_options_t *options)
{
    /* A first start has none yet. */
    rocksdb_options_set_create_if_missing(options, 1);
    /* What is wrong must be found when the database is opened, not later: recovery then takes the
     * checkpoint before. Sizes of all files are compared with the manifest, contents are not
     * read. */
    rocksdb_options_set_paranoid_checks(options, 1);
    /* All files are opened by the start, which waits for the disk: a few at a time, without the
     * sixteen threads of the default. */
    rocksdb_options_set_max_file_opening_threads(options, OPEN_THREADS);
    /* The manifest has every file that ever came or went since it was begun, a checkpoint copies
     * it, and a start reads it: of a context that runs for weeks it would come to the default of
     * 1 GiB. A new one is begun with what there is; that of a state of 100 GB has 300 KB. */
    rocksdb_options_set_max_manifest_file_size(options, manifest_size);
    /* Everything that is worth saying reaches us as an error of a call. */
    rocksdb_options_set_info_log_level(options, INFO_LEVEL_ERROR);
    rocksdb_options_set_keep_log_file_num(options, 1);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
}

static void set_compaction(rocks_options *options)
{
    rocksdb_options_t *database = options->database;
    /* Values are small and already packed; what compression saves costs more time on each read. */
    rocksdb_options_set_compression(database, rocksdb_no_compression);
    /* Each checkpoint of uniform updates is a layer of level 0. A few of them are cheap to read
     * through, thanks to filters, and merging many at once writes less. */
    rocksdb_options_set_level0_file_num_compaction_trigger(database, L0_TRIGGER);
    /* Nothing may hold up a checkpoint: it brings at most two files for each space. */
    rocksdb_options_set_level0_slowdown_writes_trigger(database, L0_NEVER);
    rocksdb_options_set_level0_stop_writes_trigger(database, L0_NEVER);
    /* Keeps what is overwritten or removed below a tenth of what lives. */
    rocksdb_options_set_level_compaction_dynamic_level_bytes(database, 1);
    /* One that flushes and one that merges: more would take processors from batches. */
    rocksdb_options_set_max_background_jobs(database, BACKGROUND_JOBS);
    /* Compaction is for idle processors: batches go first. */
    rocksdb_env_lower_thread_pool_cpu_priority(options->env);
    rocksdb_env_lower_thread_pool_io_priority(options->env);
    /* Only metadata is written through memtables: everything else comes as finished files. */
    rocksdb_options_set_write_buffer_size(database, write_buffer);
}

static void set_blocks(rocks_options *options)
{
    rocksdb_block_based_table_options_t *table = options->table;
    /* A miss in a table reads one key: small blocks to read and to check. */
    rocksdb_block_based_options_set_block_size(table, block_size);
    /* The newest that 7.8 reads, which docs/FORMATS.md promises: a later RocksDB would by itself
     * write one that it does not. */
    rocksdb_block_based_options_set_format_version(table, FORMAT_VERSION);
    /* As in all files of weir, and said for the same reason. */
    rocksdb_block_based_options_set_checksum(table, CHECKSUM_XXH3);
    /* New keys are looked for in every layer: a filter answers most of that. */
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(BITS_PER_KEY));
    /* A space can be one file, whose filter would be one block of many megabytes: in pieces it can
     * be cached in part. Only the index of the pieces stays in memory. */
    rocksdb_block_based_options_set_index_type(
        table, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(table, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
    /* Filters and indexes count in the memory budget like everything else. */
    rocksdb_block_based_options_set_block_cache(table, options->cache);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_options_set_block_based_table_factory(options->database, table);
}

static void set_calls(rocks_options *options)
{
    /* The database is scratch: what lasts are the log and the checkpoints. */
    rocksdb_writeoptions_disable_WAL(options->write, 1);
    /* State that is damaged must stop a batch, not go into its results. Only blocks that are not
     * in the cache are checked. */
    rocksdb_readoptions_set_verify_checksums(options->read, 1);
    /* Files that are taken in are links: written once. */
    rocksdb_ingestexternalfileoptions_set_move_files(options->ingest, 1);
    /* Their keys are in earlier files, too: a number for the whole file says that it is newer. */
    rocksdb_ingestexternalfileoptions_set_allow_global_seqno(options->ingest, 1);
    /* Memtables have no keys of a space, so nothing is waited for; failing would help nobody. */
    rocksdb_ingestexternalfileoptions_set_allow_blocking_flush(options->ingest, 1);
    /* Nobody holds a snapshot: iterators have their own view. */
    rocksdb_ingestexternalfileoptions_set_snapshot_consistency(options->ingest, 0);
}

/* In few shards: no block may be larger than its shard. */
static rocksdb_cache_t *create_cache(size_t bytes)
{
    rocksdb_lru_cache_options_t *options = rocksdb_lru_cache_options_create();
    rocksdb_lru_cache_options_set_capacity(options, bytes);
    rocksdb_lru_cache_options_set_num_shard_bits(options, CACHE_SHARD_BITS);
    rocksdb_cache_t *cache = rocksdb_cache_create_lru_opts(options);
    rocksdb_lru_cache_options_destroy(options);
    return cache;
}

void rocks_options_init(rocks_options *options, size_t cache_bytes)
{
    *options = (rocks_options){
        .database = rocksdb_options_create(),
        .table = rocksdb_block_based_options_create(),
        .cache = create_cache(cache_bytes),
        .env = rocksdb_create_default_env(),
        .files = rocksdb_envoptions_create(),
        .write = rocksdb_writeoptions_create(),
        .read = rocksdb_readoptions_create(),
        .flush = rocksdb_flushoptions_create(),
        .ingest = rocksdb_ingestexternalfileoptions_create(),
    };
    set_files(options->database);
    set_compaction(options);
    set_blocks(options);
    set_calls(options);
}

void rocks_options_release(rocks_options *options)
{
    rocksdb_ingestexternalfileoptions_destroy(options->ingest);
    rocksdb_flushoptions_destroy(options->flush);
    rocksdb_readoptions_destroy(options->read);
    rocksdb_writeoptions_destroy(options->write);
    rocksdb_envoptions_destroy(options->files);
    rocksdb_env_destroy(options->env);
    rocksdb_options_destroy(options->database);
    rocksdb_block_based_options_destroy(options->table);
    rocksdb_cache_destroy(options->cache);
}

/* Where RocksDB is built with assertions, as distributions do, a second write to that log on a
 * full disk ends the process: it is not to be on the disk of the state. */
void rocks_options_log_to(rocks_options *options, const char *folder)
{
    rocksdb_options_set_db_log_dir(options->database, folder);
}

rocksdb_readoptions_t *rocks_range_options(const char *end, size_t end_size)
{
    rocksdb_readoptions_t *options = rocksdb_readoptions_create();
    /* As for single keys: tables are filled from this. */
    rocksdb_readoptions_set_verify_checksums(options, 1);
    /* What is read so will live in memory of ours: it would only drive out what is read key by
     * key. */
    rocksdb_readoptions_set_fill_cache(options, 0);
    if (end) rocksdb_readoptions_set_iterate_upper_bound(options, end, end_size);
    return options;
}

rocksdb_readoptions_t *rocks_scan_options(const char *end, size_t end_size)
{
    rocksdb_readoptions_t *options = rocks_range_options(end, end_size);
    rocksdb_readoptions_set_readahead_size(options, readahead);
    return options;
}

rocksdb_compactoptions_t *rocks_merge_options(void)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
    /* What RocksDB merges by itself need not wait for it. */
    rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
    /* As a rule nothing would be done on the lowest level. */
    rocksdb_compactoptions_set_bottommost_level_compaction(options, FORCE);
    return options;
}
