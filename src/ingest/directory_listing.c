#include "ingest/directory_listing.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"

static bool may_be_file(const struct dirent *entry)
{
    return entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

static void visit_entries(DIR *entries, const char *directory, directory_visit visit, void *user)
{
    buffer path = {0};
    buffer_append_text(&path, directory);
    if (path.size > 0 && path.bytes[path.size - 1] != '/') buffer_append_text(&path, "/");
    size_t prefix = path.size;
    for (const struct dirent *entry; errno = 0, (entry = readdir(entries)) != NULL;) {
        if (!may_be_file(entry)) continue;
        path.size = prefix;
        buffer_append(&path, entry->d_name, strlen(entry->d_name) + 1);
        visit(user, path.bytes, path.bytes + prefix);
    }
    int failure = errno;
    buffer_release(&path);
    errno = failure;
}

static weir_status visit_directory(const char *directory, directory_visit visit, void *user)
{
    DIR *entries = opendir(directory);
    if (!entries) return error_set_errno(WEIR_IO, "%s: cannot list the directory", directory);
    visit_entries(entries, directory, visit, user);
    weir_status status = WEIR_OK;
    if (errno)
        status = error_set_errno(WEIR_IO, "%s: cannot list the directory to its end", directory);
    closedir(entries);
    return status;
}

static bool is_directory(const char *path)
{
    file_info info;
    return file_exists(path) && file_stat(path, &info) == WEIR_OK && info.is_directory;
}

/* A directory that has such a name comes first: not every bracket in a name is meant as a glob. */
weir_status directory_listing_visit(const char *pattern, directory_visit visit, void *user)
{
    if (!strpbrk(pattern, "*?[{") || is_directory(pattern))
        return visit_directory(pattern, visit, user);
    glob_t found;
    int result = glob(pattern, GLOB_ONLYDIR | GLOB_BRACE, NULL, &found);
    if (result != 0 && result != GLOB_NOMATCH) {
        globfree(&found);
        return error_set(WEIR_IO, "%s: cannot find out which directories match", pattern);
    }
    weir_status status = WEIR_OK;
    size_t directories = 0;
    for (size_t i = 0; result == 0 && status == WEIR_OK && i < found.gl_pathc; i++) {
        if (!is_directory(found.gl_pathv[i])) continue; /* GLOB_ONLYDIR is but a hint */
        directories++;
        status = visit_directory(found.gl_pathv[i], visit, user);
    }
    globfree(&found);
    if (directories == 0) return error_set(WEIR_IO, "%s: no directory matches", pattern);
    return status;
}
