/* io.c - the system's calls as a table, and the errors around them. */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"

enum { IO_CHUNK_MAX = 1 << 30 }; /* bytes a single call is asked for */

/* ---- The system ---- */

static int system_open(struct io *io, const char *path, int flags, int mode)
{
    (void)io;
    return open(path, flags | O_CLOEXEC, mode);
}

static int system_close(struct io *io, int fd)
{
    (void)io;
    return close(fd);
}

static long system_pread(struct io *io, int fd, void *data, size_t size, uint64_t offset)
{
    (void)io;
    return pread(fd, data, size, (off_t)offset);
}

static long system_read(struct io *io, int fd, void *data, size_t size)
{
    (void)io;
    return read(fd, data, size);
}

static long system_write(struct io *io, int fd, const void *data, size_t size)
{
    (void)io;
    return write(fd, data, size);
}

static void fill_stat(struct io_stat *out, const struct stat *st)
{
    *out = (struct io_stat){
        .size = (uint64_t)st->st_size,
        .modified_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .device = st->st_dev,
        .inode = st->st_ino,
        .is_folder = S_ISDIR(st->st_mode),
        .is_regular = S_ISREG(st->st_mode),
    };
}

static int system_stat(struct io *io, const char *path, struct io_stat *out)
{
    (void)io;
    struct stat st;
    if (stat(path, &st) != 0)
        return -1;
    fill_stat(out, &st);
    return 0;
}

static int system_fstat(struct io *io, int fd, struct io_stat *out)
{
    (void)io;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    fill_stat(out, &st);
    return 0;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct io_entry *)a)->name, ((const struct io_entry *)b)->name);
}

/* What a name in a folder is. Only links and file systems that do not say cost a call. */
static void fill_entry(struct io_entry *entry, int folder, const struct dirent *item)
{
    entry->is_folder = item->d_type == DT_DIR;
    entry->is_regular = item->d_type == DT_REG;
    if (item->d_type != DT_LNK && item->d_type != DT_UNKNOWN)
        return;
    struct stat st;
    if (fstatat(folder, item->d_name, &st, 0) == 0) {
        entry->is_folder = S_ISDIR(st.st_mode);
        entry->is_regular = S_ISREG(st.st_mode);
    }
}

static int system_list(struct io *io, const char *path, struct arena *arena,
                       struct io_entry **entries, size_t *count)
{
    (void)io;
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    ARRAY_OF(struct io_entry) found = {0};
    for (;;) {
        errno = 0;
        const struct dirent *item = readdir(folder);
        if (!item)
            break;
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
            continue;
        struct io_entry entry = {.name = arena_strdup(arena, item->d_name)};
        fill_entry(&entry, dirfd(folder), item);
        *ARRAY_PUSH(arena, &found) = entry;
        if (arena->failed) {
            errno = ENOMEM;
            break;
        }
    }
    int reason = errno;
    closedir(folder);
    if (reason != 0) {
        errno = reason;
        return -1;
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof(*found.items), compare_entries);
    *entries = found.items;
    *count = found.count;
    return 0;
}

static int system_rename(struct io *io, const char *from, const char *to)
{
    (void)io;
    return rename(from, to);
}

static int system_unlink(struct io *io, const char *path)
{
    (void)io;
    return unlink(path);
}

static int system_fsync(struct io *io, int fd)
{
    (void)io;
    return fsync(fd);
}

static int system_mkdir(struct io *io, const char *path, int mode)
{
    (void)io;
    return mkdir(path, (mode_t)mode);
}

static int system_rmdir(struct io *io, const char *path)
{
    (void)io;
    return rmdir(path);
}

static int system_free_space(struct io *io, const char *path, uint64_t *bytes)
{
    (void)io;
    struct statvfs st;
    if (statvfs(path, &st) != 0)
        return -1;
    *bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}

struct io io_system = {
    .open = system_open,
    .close = system_close,
    .pread = system_pread,
    .read = system_read,
    .write = system_write,
    .stat = system_stat,
    .fstat = system_fstat,
    .list = system_list,
    .rename = system_rename,
    .unlink = system_unlink,
    .fsync = system_fsync,
    .mkdir = system_mkdir,
    .rmdir = system_rmdir,
    .free_space = system_free_space,
};

/* ---- Calls with errors ---- */

static enum status io_fail(struct error *error, const char *verb, const char *path)
{
    enum status status = errno == ENOMEM ? STATUS_MEMORY : STATUS_IO;
    return error_set(error, status, "cannot %s %s: %s", verb, path, strerror(errno));
}

static enum status io_open(struct io *io, const char *path, int flags, const char *verb, int *fd,
                           struct error *error)
{
    int opened;
    do
        opened = io->open(io, path, flags, 0666);
    while (opened < 0 && errno == EINTR);
    if (opened < 0)
        return io_fail(error, verb, path);
    *fd = opened;
    return STATUS_OK;
}

enum status io_open_read(struct io *io, const char *path, int *fd, struct error *error)
{
    return io_open(io, path, O_RDONLY, "open", fd, error);
}

enum status io_open_write(struct io *io, const char *path, int *fd, struct error *error)
{
    return io_open(io, path, O_WRONLY | O_CREAT | O_TRUNC, "create", fd, error);
}

/* Not restarted: after EINTR the descriptor is closed on Linux. */
enum status io_close(struct io *io, int fd, const char *path, struct error *error)
{
    if (io->close(io, fd) != 0 && errno != EINTR)
        return io_fail(error, "close", path);
    return STATUS_OK;
}

void io_close_quietly(struct io *io, int fd)
{
    int reason = errno;
    if (fd >= 0)
        io->close(io, fd);
    errno = reason;
}

enum status io_pread(struct io *io, int fd, const char *path, void *data, size_t size,
                     uint64_t offset, size_t *got, struct error *error)
{
    size_t done = 0;
    while (done < size) {
        size_t ask = MIN(size - done, (size_t)IO_CHUNK_MAX);
        long n = io->pread(io, fd, (char *)data + done, ask, offset + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(error, "read", path);
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *got = done;
    return STATUS_OK;
}

enum status io_read(struct io *io, int fd, const char *path, void *data, size_t size, size_t *got,
                    struct error *error)
{
    long n;
    do
        n = io->read(io, fd, data, MIN(size, (size_t)IO_CHUNK_MAX));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return io_fail(error, "read", path);
    *got = (size_t)n;
    return STATUS_OK;
}

enum status io_write(struct io *io, int fd, const char *path, const void *data, size_t size,
                     struct error *error)
{
    size_t done = 0;
    while (done < size) {
        size_t ask = MIN(size - done, (size_t)IO_CHUNK_MAX);
        long n = io->write(io, fd, (const char *)data + done, ask);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(error, "write", path);
        done += (size_t)n;
    }
    return STATUS_OK;
}

enum status io_fsync(struct io *io, int fd, const char *path, struct error *error)
{
    int result;
    do
        result = io->fsync(io, fd);
    while (result != 0 && errno == EINTR);
    return result == 0 ? STATUS_OK : io_fail(error, "sync", path);
}

enum status io_stat(struct io *io, const char *path, struct io_stat *out, struct error *error)
{
    int result;
    do
        result = io->stat(io, path, out);
    while (result != 0 && errno == EINTR);
    return result == 0 ? STATUS_OK : io_fail(error, "open", path);
}

enum status io_fstat(struct io *io, int fd, const char *path, struct io_stat *out,
                     struct error *error)
{
    int result;
    do
        result = io->fstat(io, fd, out);
    while (result != 0 && errno == EINTR);
    return result == 0 ? STATUS_OK : io_fail(error, "open", path);
}

bool io_exists(struct io *io, const char *path, struct io_stat *out)
{
    struct io_stat ignored;
    return io->stat(io, path, out ? out : &ignored) == 0;
}

enum status io_list(struct io *io, const char *path, struct arena *arena, struct io_entry **entries,
                    size_t *count, struct error *error)
{
    *entries = NULL;
    *count = 0;
    if (io->list(io, path, arena, entries, count) != 0)
        return io_fail(error, "list", path);
    return STATUS_OK;
}

enum status io_fsync_folder(struct io *io, const char *path, struct error *error)
{
    int fd;
    TRY(io_open(io, path, O_RDONLY | O_DIRECTORY, "open", &fd, error));
    enum status status = io_fsync(io, fd, path, error);
    io_close_quietly(io, fd);
    return status;
}

enum status io_mkdir(struct io *io, const char *path, struct error *error)
{
    int result;
    do
        result = io->mkdir(io, path, 0777);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EEXIST ? STATUS_OK : io_fail(error, "make the folder", path);
}

enum status io_unlink(struct io *io, const char *path, struct error *error)
{
    int result;
    do
        result = io->unlink(io, path);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == ENOENT ? STATUS_OK : io_fail(error, "remove", path);
}

enum status io_free_space(struct io *io, const char *path, uint64_t *bytes, struct error *error)
{
    int result;
    do
        result = io->free_space(io, path, bytes);
    while (result != 0 && errno == EINTR);
    return result == 0 ? STATUS_OK : io_fail(error, "look at the free space of", path);
}

/* ---- A table that breaks ---- */

/* True when this call is the one to fail. */
static bool faulty_now(struct io *io)
{
    struct io_faulty *faulty = (struct io_faulty *)io;
    size_t call = __atomic_add_fetch(&faulty->calls, 1, __ATOMIC_RELAXED);
    if (call != faulty->fail_at)
        return false;
    errno = faulty->fail_errno;
    return true;
}

static int faulty_open(struct io *io, const char *path, int flags, int mode)
{
    return faulty_now(io) ? -1 : system_open(io, path, flags, mode);
}

/* The descriptor is closed all the same, as the system does. */
static int faulty_close(struct io *io, int fd)
{
    int result = system_close(io, fd);
    return faulty_now(io) ? -1 : result;
}

static long faulty_pread(struct io *io, int fd, void *data, size_t size, uint64_t offset)
{
    return faulty_now(io) ? -1 : system_pread(io, fd, data, size, offset);
}

static long faulty_read(struct io *io, int fd, void *data, size_t size)
{
    return faulty_now(io) ? -1 : system_read(io, fd, data, size);
}

static long faulty_write(struct io *io, int fd, const void *data, size_t size)
{
    return faulty_now(io) ? -1 : system_write(io, fd, data, size);
}

static int faulty_stat(struct io *io, const char *path, struct io_stat *out)
{
    return faulty_now(io) ? -1 : system_stat(io, path, out);
}

static int faulty_fstat(struct io *io, int fd, struct io_stat *out)
{
    return faulty_now(io) ? -1 : system_fstat(io, fd, out);
}

static int faulty_list(struct io *io, const char *path, struct arena *arena,
                       struct io_entry **entries, size_t *count)
{
    return faulty_now(io) ? -1 : system_list(io, path, arena, entries, count);
}

static int faulty_rename(struct io *io, const char *from, const char *to)
{
    return faulty_now(io) ? -1 : system_rename(io, from, to);
}

static int faulty_unlink(struct io *io, const char *path)
{
    return faulty_now(io) ? -1 : system_unlink(io, path);
}

static int faulty_fsync(struct io *io, int fd)
{
    return faulty_now(io) ? -1 : system_fsync(io, fd);
}

static int faulty_mkdir(struct io *io, const char *path, int mode)
{
    return faulty_now(io) ? -1 : system_mkdir(io, path, mode);
}

static int faulty_rmdir(struct io *io, const char *path)
{
    return faulty_now(io) ? -1 : system_rmdir(io, path);
}

static int faulty_free_space(struct io *io, const char *path, uint64_t *bytes)
{
    return faulty_now(io) ? -1 : system_free_space(io, path, bytes);
}

void io_faulty_init(struct io_faulty *faulty, size_t fail_at, int fail_errno)
{
    *faulty = (struct io_faulty){
        .io = {.open = faulty_open,
               .close = faulty_close,
               .pread = faulty_pread,
               .read = faulty_read,
               .write = faulty_write,
               .stat = faulty_stat,
               .fstat = faulty_fstat,
               .list = faulty_list,
               .rename = faulty_rename,
               .unlink = faulty_unlink,
               .fsync = faulty_fsync,
               .mkdir = faulty_mkdir,
               .rmdir = faulty_rmdir,
               .free_space = faulty_free_space},
        .fail_at = fail_at,
        .fail_errno = fail_errno,
    };
}
