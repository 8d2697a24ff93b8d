/* A split: one partition of what a source gives to a batch, as a description that a worker can
 * open (a range of a file, a block, records in memory). Reading it pushes vectors, or whole lines
 * of text, into a sink. */
#ifndef RECORD_SPLIT_H
#define RECORD_SPLIT_H

#include "base/file.h"
#include "record/range_hash.h"
#include "record/records.h"
#include "record/task.h"

/* Where records go, a vector at a time. A sink is embedded as the first member of whatever
 * implements it. */
typedef struct sink {
    /* The vector and what it reaches are borrowed for the call. */
    void (*push)(struct sink *sink, task *task, const weir_vector *vector);
    /* NULL, or takes whole lines of padded, valid UTF-8 text in place of the vector of these
     * lines. */
    void (*push_text)(struct sink *sink, task *task, const char *text, size_t length);
} sink;

typedef struct split split;

typedef struct split_class {
    const char *name;
    /* Reads it all into the sink. Failures go to the task (task_fail); also returns its status.
     * Several threads may read one split at once. Counts task->records_in. */
    weir_status (*read)(const split *split, task *task, sink *sink);
    /* Frees it; NULL if there is nothing to free. */
    void (*free)(split *split);
} split_class;

/* Embedded as the first member of each kind of split. */
struct split {
    const split_class *class;
};

/* Pushes whole lines (LF, CR or CRLF; a last one without end counts) into the sink: the text
 * itself if the sink takes text, else vectors of lines. The text is padded by TEXT_PADDING. Bad
 * UTF-8 is replaced; a line longer than task->max_record_bytes is refused, and one that no string
 * could hold afterwards. Counts task->records_in and task->refused. Returns the task's status. */
weir_status split_push_text(task *task, sink *sink, const char *text, size_t length);
/* The same of text that stands at `offset` of the file or source `name` (NULL: nothing to name),
 * for messages. */
weir_status split_push_text_at(task *task, sink *sink, const char *name, int64_t offset,
                               const char *text, size_t length);
/* Counts a line that is too long, and says where it stands. */
void split_refuse_line(task *task, const char *name, int64_t offset);

/* Opens a file as it was when it was chosen. One that is another or was changed since fails the
 * task: its size or modification time tells. One that only became longer is still the file that it
 * was, and what is behind is not read; a longer one of its name is not (`chosen->inode`; 0:
 * nothing is compared). *is_empty: the system says that it has no bytes; if it had none when it
 * was chosen it is read to its end, wherever that is. The caller closes the descriptor. */
weir_status split_open_file(const char *path, const file_info *chosen, task *task, int *descriptor,
                            bool *is_empty);

/* Records in memory, borrowed: they outlive the split. Nothing to free: the split stands wherever
 * its maker put it. */
typedef struct records_split {
    split base;
    const records *records;
    bool counts; /* these are source records: count them in task->records_in */
} records_split;
extern const split_class records_split_class;

/* The lines of a file between two boundaries: boundary(0) = 0, boundary(size) = size, and
 * boundary(m) is just behind the first line end at or after m. So every line is in exactly one of
 * the splits of a file, wherever it is cut. The split and its path are made by memory_alloc and
 * freed by the class. */
typedef struct file_split {
    split base;
    char *path;
    int64_t from;
    int64_t to;
    file_info chosen; /* the file as it was then: bytes behind its size are not read, unless
                       * that is 0 and remains so (split_open_file) */
    range_hash *hash; /* of [from, to), set by reading it; NULL: nobody asks. Owned */
} file_split;
extern const split_class file_split_class;
/* A part of the format of done marks, whose checksums are of splits (docs/FORMATS.md): with
 * another one every file that a batch has read would seem changed. */
enum { FILE_SPLIT_BYTES = 1 << 20 };

/* The records of `length` bytes of a file in [from, to), both multiples of length; a `to` that is
 * not (a file with a short tail) fails the task. An empty file is read as one of lines is. Made
 * and freed as a file_split. */
typedef struct binary_split {
    split base;
    char *path;
    int64_t from;
    int64_t to;
    size_t length;
    file_info chosen; /* the file as it was then (split_open_file) */
    range_hash *hash; /* of [from, to), set by reading it; NULL: nobody asks. Owned */
} binary_split;
extern const split_class binary_split_class;

#endif
