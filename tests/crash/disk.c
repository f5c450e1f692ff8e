#include "tests/crash/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct disk disk;

enum { FDS_MAX = 1024, NAMES_MAX = 4096 };

/* What an open descriptor is, and which file a name is. */
static struct {
    bool is_folder;
    int file;
    uint64_t at;
    const char *path;
} opened[FDS_MAX];
static struct {
    const char *path;
    int file;
} names[NAMES_MAX];
static int n_names, n_files;

/* ---- Failing ---- */

static bool fails(bool is_read)
{
    if (!disk.armed)
        return false;
    disk.calls++;
    if (disk.calls != disk.fail_at && (!disk.stays_broken || disk.calls < disk.fail_at || is_read))
        return false;
    errno = disk.fail_errno;
    return true;
}

void disk_break(size_t fail_at, bool stays_broken, int fail_errno)
{
    disk.armed = true;
    disk.calls = 0;
    disk.fail_at = fail_at;
    disk.stays_broken = stays_broken;
    disk.fail_errno = fail_errno;
}

void disk_mend(void)
{
    disk.armed = disk.memory_armed = false;
}

/* ---- SQLite's memory ---- */

static sqlite3_mem_methods real_memory;

void disk_break_memory(size_t fail_at)
{
    disk.memory_armed = true;
    disk.allocations = 0;
    disk.fail_at = fail_at;
}

static bool memory_fails(void)
{
    return disk.memory_armed && ++disk.allocations == disk.fail_at;
}

static void *shim_malloc(int size)
{
    return memory_fails() ? NULL : real_memory.xMalloc(size);
}

static void *shim_realloc(void *old, int size)
{
    return memory_fails() ? NULL : real_memory.xRealloc(old, size);
}

/* ---- Writing down ---- */

static void note(struct disk_event event)
{
    if (!disk.records)
        return;
    if (disk.n_events == disk.capacity) {
        disk.capacity = disk.capacity ? disk.capacity * 2 : 1024;
        disk.events = realloc(disk.events, disk.capacity * sizeof *disk.events);
    }
    if (event.path)
        event.path = arena_strdup(&disk.arena, event.path);
    if (event.data)
        event.data = arena_memdup(&disk.arena, event.data, event.length);
    if (!disk.events || disk.arena.failed) {
        printf("no memory for the log\n");
        exit(1);
    }
    disk.events[disk.n_events++] = event;
}

void disk_record(void)
{
    struct error error = {0};
    if (arena_init(&disk.arena, &error) != STATUS_OK)
        exit(1);
    disk.records = true;
    n_names = n_files = 0;
}

void disk_forget(void)
{
    disk.records = false;
    free(disk.events);
    disk.events = NULL;
    disk.n_events = disk.capacity = 0;
    arena_fini(&disk.arena);
}

void disk_note_done(void)
{
    note((struct disk_event){.kind = DISK_DONE});
}

static int file_of(const char *path)
{
    for (int i = 0; i < n_names; i++)
        if (names[i].path && strcmp(names[i].path, path) == 0)
            return names[i].file;
    return -1;
}

static int name_file(const char *path)
{
    int file = file_of(path);
    if (file >= 0)
        return file;
    if (n_names == NAMES_MAX)
        exit(1);
    names[n_names].path = arena_strdup(&disk.arena, path);
    names[n_names++].file = n_files;
    note((struct disk_event){.kind = DISK_CREATE, .path = path, .file = n_files});
    return n_files++;
}

static void forget_name(const char *path)
{
    for (int i = 0; i < n_names; i++)
        if (names[i].path && strcmp(names[i].path, path) == 0)
            names[i].path = NULL;
    note((struct disk_event){.kind = DISK_UNLINK, .path = path});
}

/* ---- The database's own files ---- */

static int disk_open(struct io *io, const char *path, int flags, int mode)
{
    (void)io;
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if (fails(!writes))
        return -1;
    int fd = io_system.open(&io_system, path, flags, mode);
    if (fd < 0 || fd >= FDS_MAX || !disk.records)
        return fd;
    opened[fd].is_folder = (flags & O_DIRECTORY) != 0;
    opened[fd].path = arena_strdup(&disk.arena, path);
    opened[fd].at = 0;
    opened[fd].file = -1;
    if (writes) {
        opened[fd].file = name_file(path);
        if (flags & O_TRUNC)
            note((struct disk_event){.kind = DISK_TRUNCATE, .path = path, .file = opened[fd].file});
    }
    return fd;
}

static int disk_close(struct io *io, int fd)
{
    (void)io;
    int result = io_system.close(&io_system, fd);
    return fails(true) ? -1 : result;
}

static long disk_pread(struct io *io, int fd, void *data, size_t size, uint64_t offset)
{
    (void)io;
    return fails(true) ? -1 : io_system.pread(&io_system, fd, data, size, offset);
}

static long disk_read(struct io *io, int fd, void *data, size_t size)
{
    (void)io;
    return fails(true) ? -1 : io_system.read(&io_system, fd, data, size);
}

static long disk_write(struct io *io, int fd, const void *data, size_t size)
{
    (void)io;
    if (fails(false))
        return -1;
    long written = io_system.write(&io_system, fd, data, size);
    if (written > 0 && disk.records) {
        note((struct disk_event){DISK_WRITE, opened[fd].path, opened[fd].file, opened[fd].at, data,
                                 (size_t)written});
        opened[fd].at += (uint64_t)written;
    }
    return written;
}

static int disk_stat(struct io *io, const char *path, struct io_stat *out)
{
    (void)io;
    return fails(true) ? -1 : io_system.stat(&io_system, path, out);
}

static int disk_fstat(struct io *io, int fd, struct io_stat *out)
{
    (void)io;
    return fails(true) ? -1 : io_system.fstat(&io_system, fd, out);
}

static int disk_list(struct io *io, const char *path, struct arena *arena,
                     struct io_entry **entries, size_t *count)
{
    (void)io;
    return fails(true) ? -1 : io_system.list(&io_system, path, arena, entries, count);
}

static int disk_unlink(struct io *io, const char *path)
{
    (void)io;
    if (fails(true)) /* a full disk can be emptied */
        return -1;
    int result = io_system.unlink(&io_system, path);
    if (result == 0 && disk.records)
        forget_name(path);
    return result;
}

/* The data here goes nowhere: what is recorded is what counts. */
static int disk_fsync(struct io *io, int fd)
{
    (void)io;
    if (fails(false))
        return -1;
    if (disk.records)
        note((struct disk_event){.kind = opened[fd].is_folder ? DISK_SYNC_FOLDER : DISK_SYNC,
                                 .path = opened[fd].path,
                                 .file = opened[fd].file});
    return 0;
}

static int disk_mkdir(struct io *io, const char *path, int mode)
{
    (void)io;
    if (fails(false))
        return -1;
    int result = io_system.mkdir(&io_system, path, mode);
    if (result == 0)
        note((struct disk_event){.kind = DISK_MKDIR, .path = path});
    return result;
}

static int disk_rmdir(struct io *io, const char *path)
{
    (void)io;
    if (fails(true))
        return -1;
    int result = io_system.rmdir(&io_system, path);
    if (result == 0)
        note((struct disk_event){.kind = DISK_RMDIR, .path = path});
    return result;
}

static int disk_rename(struct io *io, const char *from, const char *to)
{
    (void)io;
    if (disk.records) {
        printf("renames are not recorded: %s\n", to);
        exit(1);
    }
    return fails(false) ? -1 : io_system.rename(&io_system, from, to);
}

static int disk_free_space(struct io *io, const char *path, uint64_t *bytes)
{
    (void)io;
    return fails(true) ? -1 : io_system.free_space(&io_system, path, bytes);
}

/* ---- SQLite's files ---- */

struct shim_file {
    sqlite3_file base;
    int file;
    bool records;      /* not the shared memory, nor temporary files */
    bool syncs_folder; /* its first sync is its folder's too, as SQLite does on unix */
    const char *path;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;

static struct shim_file *shim(sqlite3_file *file)
{
    return (struct shim_file *)file;
}

static int shim_close(sqlite3_file *file)
{
    return shim(file)->real->pMethods->xClose(shim(file)->real);
}

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    if (fails(true))
        return SQLITE_IOERR_READ;
    return shim(file)->real->pMethods->xRead(shim(file)->real, data, size, offset);
}

static int broken(int code)
{
    return disk.fail_errno == ENOSPC ? SQLITE_FULL : code;
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    struct shim_file *f = shim(file);
    if (fails(false))
        return broken(SQLITE_IOERR_WRITE);
    int code = f->real->pMethods->xWrite(f->real, data, size, offset);
    if (code == SQLITE_OK && f->records)
        note((struct disk_event){DISK_WRITE, f->path, f->file, (uint64_t)offset, data,
                                 (size_t)size});
    return code;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct shim_file *f = shim(file);
    if (fails(false))
        return SQLITE_IOERR_TRUNCATE;
    int code = f->real->pMethods->xTruncate(f->real, size);
    if (code == SQLITE_OK && f->records)
        note((struct disk_event){
            .kind = DISK_TRUNCATE, .path = f->path, .file = f->file, .offset = (uint64_t)size});
    return code;
}

static void note_sync_folder(const char *path)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    note((struct disk_event){.kind = DISK_SYNC_FOLDER, .path = folder});
}

static int shim_sync(sqlite3_file *file, int flags)
{
    struct shim_file *f = shim(file);
    (void)flags;
    if (fails(false))
        return SQLITE_IOERR_FSYNC;
    if (f->records) {
        note((struct disk_event){.kind = DISK_SYNC, .path = f->path, .file = f->file});
        if (f->syncs_folder)
            note_sync_folder(f->path);
        f->syncs_folder = false;
    }
    return SQLITE_OK;
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return shim(file)->real->pMethods->xFileSize(shim(file)->real, size);
}

static int shim_lock(sqlite3_file *file, int lock)
{
    return shim(file)->real->pMethods->xLock(shim(file)->real, lock);
}

static int shim_unlock(sqlite3_file *file, int lock)
{
    return shim(file)->real->pMethods->xUnlock(shim(file)->real, lock);
}

static int shim_check_lock(sqlite3_file *file, int *locked)
{
    return shim(file)->real->pMethods->xCheckReservedLock(shim(file)->real, locked);
}

static int shim_control(sqlite3_file *file, int op, void *argument)
{
    return shim(file)->real->pMethods->xFileControl(shim(file)->real, op, argument);
}

static int shim_sector(sqlite3_file *file)
{
    return shim(file)->real->pMethods->xSectorSize(shim(file)->real);
}

/* No promises about torn writes where the power goes. */
static int shim_traits(sqlite3_file *file)
{
    if (disk.records)
        return 0;
    return shim(file)->real->pMethods->xDeviceCharacteristics(shim(file)->real);
}

static int shim_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    if (fails(true))
        return SQLITE_IOERR_SHMMAP;
    return shim(file)->real->pMethods->xShmMap(shim(file)->real, region, size, extend, out);
}

static int shim_map_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return shim(file)->real->pMethods->xShmLock(shim(file)->real, offset, n, flags);
}

static void shim_barrier(sqlite3_file *file)
{
    shim(file)->real->pMethods->xShmBarrier(shim(file)->real);
}

static int shim_unmap(sqlite3_file *file, int remove)
{
    return shim(file)->real->pMethods->xShmUnmap(shim(file)->real, remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_map,
    .xShmLock = shim_map_lock,
    .xShmBarrier = shim_barrier,
    .xShmUnmap = shim_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *out_flags)
{
    (void)vfs;
    struct shim_file *f = shim(file);
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(void *)(f + 1);
    if (fails((flags & SQLITE_OPEN_READWRITE) == 0))
        return SQLITE_CANTOPEN;
    int code = real_vfs->xOpen(real_vfs, name, f->real, flags, out_flags);
    if (code != SQLITE_OK)
        return code;
    f->base.pMethods = &methods;
    f->records = disk.records && name && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
    if (f->records) {
        bool is_new = file_of(name) < 0;
        f->path = arena_strdup(&disk.arena, name);
        f->file = name_file(name);
        f->syncs_folder = is_new && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    if (fails(true))
        return SQLITE_IOERR_DELETE;
    int code = real_vfs->xDelete(real_vfs, name, 0);
    if (code == SQLITE_OK && disk.records) {
        forget_name(name);
        if (sync_folder)
            note_sync_folder(name);
    }
    return code;
}

void disk_install(void)
{
    static sqlite3_vfs vfs;
    if (real_vfs)
        return;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods memory = real_memory;
    memory.xMalloc = shim_malloc;
    memory.xRealloc = shim_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK) {
        printf("SQLite's memory cannot be replaced: it is in use\n");
        exit(1);
    }
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* all of it passes here */
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.pNext = NULL;
    vfs.zName = "disk";
    vfs.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    sqlite3_vfs_register(&vfs, 1);
    disk.io = (struct io){.open = disk_open,
                          .close = disk_close,
                          .pread = disk_pread,
                          .read = disk_read,
                          .write = disk_write,
                          .stat = disk_stat,
                          .fstat = disk_fstat,
                          .list = disk_list,
                          .rename = disk_rename,
                          .unlink = disk_unlink,
                          .fsync = disk_fsync,
                          .mkdir = disk_mkdir,
                          .rmdir = disk_rmdir,
                          .free_space = disk_free_space};
}
