/* io.h - the system's files, behind a table so that tests can break every call in turn.
 *
 * All calls restart on EINTR. Errors name the path and the system's reason:
 *   "cannot open logs/a.jsonl: No such file or directory". Thread-safe. */
#ifndef IO_H
#define IO_H

#include "base/str.h"

struct io_stat {
    uint64_t size;
    int64_t modified_ns;
    uint64_t device, inode;
    bool is_folder, is_regular;
};

struct io_entry {
    const char *name;
    bool is_folder, is_regular; /* links are followed */
};

/* The calls that tests replace. Each returns -1 and sets errno on failure. */
struct io {
    int (*open)(struct io *, const char *path, int flags, int mode);
    int (*close)(struct io *, int fd);
    long (*pread)(struct io *, int fd, void *data, size_t size, uint64_t offset);
    long (*read)(struct io *, int fd, void *data, size_t size);
    long (*write)(struct io *, int fd, const void *data, size_t size);
    int (*stat)(struct io *, const char *path, struct io_stat *out);
    int (*fstat)(struct io *, int fd, struct io_stat *out);
    int (*list)(struct io *, const char *path, struct arena *arena, struct io_entry **entries,
                size_t *count);
    int (*rename)(struct io *, const char *from, const char *to);
    int (*unlink)(struct io *, const char *path);
    int (*fsync)(struct io *, int fd);
    int (*mkdir)(struct io *, const char *path, int mode);
    int (*rmdir)(struct io *, const char *path);
    int (*free_space)(struct io *, const char *path, uint64_t *bytes);
};

extern struct io io_system; /* stateless; never written to */

MUST_CHECK enum status io_open_read(struct io *io, const char *path, int *fd, struct error *error);
/* Creates or truncates. */
MUST_CHECK enum status io_open_write(struct io *io, const char *path, int *fd, struct error *error);
MUST_CHECK enum status io_close(struct io *io, int fd, const char *path, struct error *error);
void io_close_quietly(struct io *io, int fd);
/* Reads up to `size` bytes at `offset`; `*got` is less only at the end of the file. */
MUST_CHECK enum status io_pread(struct io *io, int fd, const char *path, void *data, size_t size,
                                uint64_t offset, size_t *got, struct error *error);
/* Reads what is there, up to `size`; `*got` is 0 only at the end. */
MUST_CHECK enum status io_read(struct io *io, int fd, const char *path, void *data, size_t size,
                               size_t *got, struct error *error);
MUST_CHECK enum status io_write(struct io *io, int fd, const char *path, const void *data,
                                size_t size, struct error *error);
/* Waits until what was written has reached the disk. */
MUST_CHECK enum status io_fsync(struct io *io, int fd, const char *path, struct error *error);
MUST_CHECK enum status io_stat(struct io *io, const char *path, struct io_stat *out,
                               struct error *error);
MUST_CHECK enum status io_fstat(struct io *io, int fd, const char *path, struct io_stat *out,
                                struct error *error);
/* Whether something is there; no error. */
bool io_exists(struct io *io, const char *path, struct io_stat *out);
/* The names in a folder in byte order, without . and .. */
MUST_CHECK enum status io_list(struct io *io, const char *path, struct arena *arena,
                               struct io_entry **entries, size_t *count, struct error *error);

/* Makes the names in a folder lasting: what was created, renamed or removed there. */
MUST_CHECK enum status io_fsync_folder(struct io *io, const char *path, struct error *error);
/* Makes a folder; fine if it is there. */
MUST_CHECK enum status io_mkdir(struct io *io, const char *path, struct error *error);
/* Removes a file; fine if it is not there. */
MUST_CHECK enum status io_unlink(struct io *io, const char *path, struct error *error);
/* Bytes that can still be written to the file system of the path. */
MUST_CHECK enum status io_free_space(struct io *io, const char *path, uint64_t *bytes,
                                     struct error *error);

/* An io that counts calls and makes number `fail_at` (from 1) fail with `fail_errno`; 0: never. */
struct io_faulty {
    struct io io; /* first: a pointer to it is a pointer to this */
    size_t calls, fail_at;
    int fail_errno;
};
void io_faulty_init(struct io_faulty *faulty, size_t fail_at, int fail_errno);

#endif
