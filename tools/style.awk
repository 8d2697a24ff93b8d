# The checks of tools/style, over all C files given, one pass each. Variables: cmakelists, the top CMakeLists.txt that
# names the rooms. Prints `file:line: rule: what`. Runs under LC_ALL=C: characters are bytes.

function complain(line, rule, text)
{
    printf "%s:%d: %s: %s\n", FILENAME, line, rule, text
    bad = 1
}

# The rooms and whom each may include, from `weir_room(NAME DIR USES room... LIBRARIES lib...)`. Rooms are named after
# those that they use, so that one pass is enough.
function read_rooms(    line, words, count, i, name, used, key)
{
    while ((getline line < cmakelists) > 0) {
        if (line !~ /^weir_room\(/) continue
        gsub(/^weir_room\(|\)/, "", line)
        count = split(line, words, /[ \t]+/)
        name = words[1]
        room_dir[words[2]] = name
        allowed[name, name] = 1
        for (i = 4; i <= count && words[i] != "LIBRARIES"; i++) {
            used = words[i]
            for (key in room_dir)
                if ((used SUBSEP room_dir[key]) in allowed) allowed[name, room_dir[key]] = 1
        }
    }
    close(cmakelists)
}

# A call that only the named file, or only programs, may make; and how it should be done.
function ban(calls, everywhere, home, advice,    names, count, i)
{
    count = split(calls, names, " ")
    for (i = 1; i <= count; i++) {
        banned[names[i]] = advice
        ban_everywhere[names[i]] = everywhere
        ban_home[names[i]] = home
    }
}

# `file` may call `call`, for the reason given here.
function except(file, call, reason) { exception[file, call] = reason }

BEGIN {
    read_rooms()
    ban("strcpy strcat sprintf vsprintf gets strtok alloca", 1, "", "does not know how much room there is")
    ban("system popen", 1, "", "runs a shell; use posix_spawn")
    ban("fork vfork", 0, "", "forks without exec; use posix_spawn")
    ban("exit abort _exit quick_exit", 0, "", "the library never ends the process; return an error")
    ban("clock_gettime time gettimeofday clock nanosleep usleep sleep uv_hrtime", 0, "src/base/clock.c",
        "ask base/clock.h, or take the time as an argument")
    ban("open openat creat fopen fsync fdatasync sync_file_range rename renameat renameat2 pwrite ftruncate", 0,
        "src/base/file.c", "durable files go through base/file.h")
    ban("malloc calloc realloc strdup strndup", 0, "src/base/memory.c", "use base/memory.h, which never returns NULL")
    ban("pthread_create", 0, "src/base/named_thread.c",
        "base/named_thread.h gives the thread a name, and keeps signals from it")
    except("src/record/out.c", "abort", "going on would write behind the vector")
    except("recovery/directory.c", "open", "the lock and its text only explain; nothing is recovered from them")
    except("recovery/directory.c", "pwrite", "the same")
    except("recovery/directory.c", "ftruncate", "the same")
    except("src/base/large_files.c", "open", "what it empties is removed next; nothing is to last")
    except("src/base/large_files.c", "openat", "the same")
    except("src/base/large_files.c", "ftruncate", "the same")
    except("src/base/memory.c", "abort", "there is no memory left to report that there is none")
}

FNR == 1 {
    finish_file()
    file = FILENAME
    sub(/^\.\//, "", file)
    directory = file
    sub(/\/[^\/]*$/, "", directory)
    room = room_dir[directory]
    in_comment = 0
    body_start = 0
    is_engine = file ~ /^(src|wal|state|recovery)\//
}

{
    lines = FNR
    columns = $0
    gsub(/[\200-\277]/, "", columns)
    if (length(columns) >= LINE_LIMIT) complain(FNR, "line-length", length(columns) " columns")
    if ($0 ~ /[ \t\r]$/) complain(FNR, "white-space", "at the end of the line")
    if ($0 ~ /\t/) complain(FNR, "white-space", "a tab")
    if ($0 ~ /(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/) complain(FNR, "unfinished", "finish it, or open an issue")

    code = strip($0)
    if ($0 ~ /^#[ ]*include/) check_include($0)
    else check_calls(code)
    check_function(code)
}

END { finish_file(); exit bad }

function finish_file()
{
    if (FILENAME != "" && lines > 800) {
        printf "%s:%d: file-length: %d lines, at most 800\n", file, lines, lines
        bad = 1
    }
    lines = 0
}

# The line without comments, and with empty strings.
function strip(line,    out, at, c)
{
    out = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (at == 0) return out
            line = substr(line, at + 2)
            in_comment = 0
            continue
        }
        if (!match(line, /["'\/]/)) return out line
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART)
        c = substr(line, 1, 1)
        if (substr(line, 1, 2) == "//") return out
        if (substr(line, 1, 2) == "/*") {
            in_comment = 1
            line = substr(line, 3)
        } else if (c == "\"" && match(line, /^"([^"\\]|\\.)*"/)) {
            out = out "\"\""
            line = substr(line, RLENGTH + 1)
        } else if (c == "'" && match(line, /^'([^'\\]|\\.)*'/)) {
            out = out "''"
            line = substr(line, RLENGTH + 1)
        } else {
            out = out c
            line = substr(line, 2)
        }
    }
    return out
}

function check_include(line,    path, other)
{
    if (line !~ /"/) {
        if (line ~ /rocksdb/ && file !~ /^(state|tests|bench)\//) complain(FNR, "include", "RocksDB stays behind state/")
        return
    }
    path = line
    sub(/^[^"]*"/, "", path)
    sub(/".*/, "", path)
    if (path ~ /\.\.\//) complain(FNR, "include", path " climbs out of its folder")
    other = path
    sub(/\/.*/, "", other)
    if (path !~ /\//) {
        complain(FNR, "include", path " does not name its room")
    } else if (other == "weir") {
        return
    } else if (room != "") {
        if (!((room SUBSEP other) in allowed)) complain(FNR, "include", "the room " room " does not use " other)
    } else if (directory ~ /^(examples|bench|tools)/ && directory != "bench/rooms") {
        if (index(directory "/", other "/") != 1) complain(FNR, "include", path " is not public")
    }
}

function check_calls(code,    rest, name)
{
    rest = code
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ ]*\(/)) {
        name = substr(rest, RSTART, RLENGTH)
        sub(/[ ]*\($/, "", name)
        if (name in banned && !is_member(rest) && (is_engine || ban_everywhere[name]) && ban_home[name] != file &&
            !((file SUBSEP name) in exception))
            complain(FNR, "banned-call", name "(): " banned[name])
        rest = substr(rest, RSTART + RLENGTH)
    }
}

# Is the name that was matched in `text` reached through a struct?
function is_member(text,    before)
{
    before = substr(text, 1, RSTART - 1)
    return before ~ /(\.|->)[ ]*$/
}

# A function's body stands between a brace alone at the left edge and the next closing one there.
function check_function(code)
{
    if (code ~ /^\{[ ]*$/) body_start = FNR
    if (code ~ /^\}/ && body_start > 0) {
        if (FNR - body_start - 1 > 70) {
            complain(body_start, "function-length", (FNR - body_start - 1) " lines, at most 70")
        }
        body_start = 0
    }
}
