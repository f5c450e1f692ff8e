/* disk.h - all that a database asks of the disk, by its own files (struct io) and by SQLite (a VFS), passes here: it
 * can be made to fail, and is written down. */
#ifndef DISK_H
#define DISK_H

#include "base/io.h"

enum disk_event_kind {
    DISK_CREATE,   /* name -> a new, empty file */
    DISK_WRITE,    /* bytes at an offset of a file */
    DISK_TRUNCATE, /* a file to a size */
    DISK_SYNC,     /* a file's bytes are lasting */
    DISK_UNLINK,
    DISK_MKDIR,
    DISK_RMDIR,
    DISK_SYNC_FOLDER, /* the names in a folder are lasting */
    DISK_DONE         /* a statement was reported done */
};

struct disk_event {
    enum disk_event_kind kind;
    const char *path; /* of names; and of the file, for reading the log */
    int file;         /* number of a file: names come and go */
    uint64_t offset;  /* or size */
    const void *data;
    size_t length;
};

struct disk {
    struct io io; /* first */
    /* Failing. */
    bool armed;
    size_t calls, fail_at; /* from 1 */
    bool stays_broken;     /* all calls from fail_at on fail, but reads: the disk is full */
    int fail_errno;
    bool memory_armed;
    size_t allocations; /* of SQLite; fail_at counts them */
    /* Writing down. */
    bool records;
    struct arena arena;
    struct disk_event *events;
    size_t n_events, capacity;
};
extern struct disk disk;

/* Makes the VFS the default one; before SQLite is used. */
void disk_install(void);
void disk_break(size_t fail_at, bool stays_broken, int fail_errno);
/* Refuses one allocation of SQLite's. */
void disk_break_memory(size_t fail_at);
void disk_mend(void);
void disk_record(void);
void disk_forget(void);
void disk_note_done(void);

#endif
