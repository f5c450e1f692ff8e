/* database_lock.c - weir.lock: byte ranges that say who writes and which snapshots are read.
 *
 * The locks are of the open file (Linux' OFD locks), so that two databases in one process see each other, and
 * the system drops them when the process dies. A byte far past the file's end stands for each writer, each
 * snapshot in use, and each file that is being replaced. */
#include "storage/database_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define WRITER_BASE   ((uint64_t)1 << 60)
#define FILE_BASE     ((uint64_t)2 << 60)
#define SNAPSHOT_BASE ((uint64_t)3 << 60)

static struct flock range_of(short type, uint64_t at, uint64_t length)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = (off_t)length};
}

static enum status lock_fail(struct error *error)
{
    return error_set(error, STATUS_IO, "cannot lock weir.lock of the database: %s",
                     strerror(errno));
}

enum status lock_file_open(struct io *io, const char *path, bool writable, struct lock_file **out,
                           struct error *error)
{
    void *memory = NULL;
    int fd = -1;
    *out = NULL;
    do
        fd = io->open(io, path, writable ? O_RDWR | O_CREAT : O_RDONLY, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 && (writable || errno != ENOENT))
        return error_set(error, STATUS_IO, "cannot open %s: %s", path, strerror(errno));
    enum status status =
        block_alloc(&memory, sizeof(struct lock_file), NULL, "database locks", error);
    if (status != STATUS_OK) {
        io_close_quietly(io, fd);
        return status;
    }
    struct lock_file *locks = memory;
    atomic_init(&locks->refs, 1);
    mutex_init(&locks->lock);
    locks->io = io;
    locks->fd = fd;
    locks->writable = writable;
    *out = locks;
    return STATUS_OK;
}

struct lock_file *lock_file_ref(struct lock_file *locks)
{
    atomic_fetch_add_explicit(&locks->refs, 1, memory_order_relaxed);
    return locks;
}

void lock_file_unref(struct lock_file *locks)
{
    if (!locks || atomic_fetch_sub_explicit(&locks->refs, 1, memory_order_acq_rel) != 1)
        return;
    io_close_quietly(locks->io, locks->fd);
    mutex_fini(&locks->lock);
    block_free(locks->pins, locks->capacity * sizeof *locks->pins, NULL);
    block_free(locks, sizeof *locks, NULL);
}

/* ---- Locks of a byte ---- */

static enum status take(struct lock_file *locks, short type, uint64_t at, bool *taken,
                        struct error *error)
{
    struct flock range = range_of(type, at, 1);
    int result;
    do
        result = fcntl(locks->fd, F_OFD_SETLK, &range);
    while (result != 0 && errno == EINTR);
    *taken = result == 0;
    if (result != 0 && errno != EAGAIN && errno != EACCES)
        return lock_fail(error);
    return STATUS_OK;
}

static void drop(struct lock_file *locks, uint64_t at)
{
    struct flock range = range_of(F_UNLCK, at, 1);
    while (fcntl(locks->fd, F_OFD_SETLK, &range) != 0 && errno == EINTR)
        ;
}

enum status lock_file_take_writer(struct lock_file *locks, uint64_t writer, bool *taken,
                                  struct error *error)
{
    return take(locks, F_WRLCK, WRITER_BASE + writer, taken, error);
}

enum status lock_file_take_file(struct lock_file *locks, uint64_t file, bool *taken,
                                struct error *error)
{
    return take(locks, F_WRLCK, FILE_BASE + file, taken, error);
}

void lock_file_drop_writer(struct lock_file *locks, uint64_t writer)
{
    drop(locks, WRITER_BASE + writer);
}

void lock_file_drop_file(struct lock_file *locks, uint64_t file)
{
    drop(locks, FILE_BASE + file);
}

/* ---- Snapshots in use ---- */

static enum status pin_new(struct lock_file *locks, uint64_t snapshot, struct error *error)
{
    if (locks->n_pins == locks->capacity) {
        size_t wanted = MAX(locks->capacity * 2, (size_t)8);
        void *memory = locks->pins;
        TRY(block_grow(&memory, locks->capacity * sizeof *locks->pins, wanted * sizeof *locks->pins,
                       NULL, "database locks", error));
        locks->pins = memory;
        locks->capacity = wanted;
    }
    bool taken = true;
    if (locks->fd >= 0)
        TRY(take(locks, F_RDLCK, SNAPSHOT_BASE + snapshot, &taken, error));
    if (!taken)
        return error_set(error, STATUS_INTERNAL, "a snapshot of the database is locked");
    locks->pins[locks->n_pins++] = (struct pin){snapshot, 1};
    return STATUS_OK;
}

enum status lock_file_pin(struct lock_file *locks, uint64_t snapshot, struct error *error)
{
    enum status status = STATUS_OK;
    size_t i = 0;
    mutex_lock(&locks->lock);
    while (i < locks->n_pins && locks->pins[i].snapshot != snapshot)
        i++;
    if (i < locks->n_pins)
        locks->pins[i].count++;
    else
        status = pin_new(locks, snapshot, error);
    mutex_unlock(&locks->lock);
    return status;
}

void lock_file_unpin(struct lock_file *locks, uint64_t snapshot)
{
    size_t i = 0;
    mutex_lock(&locks->lock);
    while (i < locks->n_pins && locks->pins[i].snapshot != snapshot)
        i++;
    assert(i < locks->n_pins);
    if (--locks->pins[i].count == 0) {
        locks->pins[i] = locks->pins[--locks->n_pins];
        if (locks->fd >= 0)
            drop(locks, SNAPSHOT_BASE + snapshot);
    }
    mutex_unlock(&locks->lock);
}

/* The system names one lock that is in the way, not the lowest: asked again below it until none is left. */
static enum status oldest_of_others(struct lock_file *locks, uint64_t *out, struct error *error)
{
    for (;;) {
        struct flock range = range_of(F_WRLCK, SNAPSHOT_BASE, *out);
        int result;
        if (*out == 0)
            return STATUS_OK;
        do
            result = fcntl(locks->fd, F_OFD_GETLK, &range);
        while (result != 0 && errno == EINTR);
        if (result != 0)
            return lock_fail(error);
        if (range.l_type == F_UNLCK)
            return STATUS_OK;
        uint64_t found = (uint64_t)range.l_start;
        *out = found > SNAPSHOT_BASE ? found - SNAPSHOT_BASE : 0;
    }
}

enum status lock_file_oldest(struct lock_file *locks, uint64_t newest, uint64_t *out,
                             struct error *error)
{
    *out = newest;
    mutex_lock(&locks->lock);
    for (size_t i = 0; i < locks->n_pins; i++)
        *out = MIN(*out, locks->pins[i].snapshot);
    enum status status = locks->fd >= 0 ? oldest_of_others(locks, out, error) : STATUS_OK;
    mutex_unlock(&locks->lock);
    return status;
}
