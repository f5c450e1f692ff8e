/* power.c - the power goes: what was not synced is lost, or half there, or there.
 *
 * A run of statements is written down, call by call. For a moment in it the disk is built as it may look afterwards:
 * bytes synced before are there, later ones are dropped, torn or kept at random; names of synced folders are there,
 * later changes of names happen up to some point, folder by folder. The database must open, hold what was reported
 * done, and each statement whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/crash/disk.h"
#include "tests/crash/workload.h"

enum { LIFE = 24, FILES_MAX = 4096, FOLDERS_MAX = 256 };

enum chance { CHANCE_NONE, CHANCE_ALL, CHANCE_RANDOM };

/* ---- The disk afterwards ---- */

struct image {
    const char *root; /* of what was recorded */
    const char *path; /* of what is built */
    size_t moment;    /* events before it happened */
    enum chance chance;
    size_t synced[FILES_MAX]; /* by file: the last sync before the moment, + 1 */
};

static bool keeps(const struct image *image)
{
    return image->chance == CHANCE_ALL || (image->chance == CHANCE_RANDOM && rand() % 2);
}

static void place(const struct image *image, const char *path, char out[512])
{
    snprintf(out, 512, "%s%s", image->path, path + strlen(image->root));
}

/* Length of the folder's part of a path. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* Whether the change of a name at `at` outlives the power: its folder was synced later, or luck, which holds for all
 * that came before in the folder. `fate` remembers from which event on a folder's changes are lost. */
static bool name_lasts(const struct image *image, size_t at, size_t *fates, const char **folders,
                       size_t *n_folders)
{
    const struct disk_event *event = &disk.events[at];
    size_t length = folder_length(event->path);
    for (size_t i = at + 1; i < image->moment; i++)
        if (disk.events[i].kind == DISK_SYNC_FOLDER && strlen(disk.events[i].path) == length &&
            memcmp(disk.events[i].path, event->path, length) == 0)
            return true;
    for (size_t i = 0; i < *n_folders; i++)
        if (folder_length(folders[i]) == length && memcmp(folders[i], event->path, length) == 0)
            return fates[i] && (fates[i] = keeps(image));
    if (*n_folders == FOLDERS_MAX)
        exit(1);
    folders[*n_folders] = event->path;
    fates[*n_folders] = keeps(image);
    return fates[(*n_folders)++];
}

static void write_bytes(int fd, const struct disk_event *event, size_t length)
{
    if (pwrite(fd, event->data, length, (off_t)event->offset) != (ssize_t)length) {
        perror("pwrite");
        exit(1);
    }
}

static void build_file(const struct image *image, const char *path, int file)
{
    char to[512];
    place(image, path, to);
    int fd = open(to, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        return; /* its folder is lost */
    for (size_t i = 0; i < image->moment; i++) {
        const struct disk_event *event = &disk.events[i];
        if (event->file != file || (event->kind != DISK_WRITE && event->kind != DISK_TRUNCATE))
            continue;
        bool lasts = i + 1 < image->synced[file] || keeps(image);
        if (event->kind == DISK_TRUNCATE) {
            if (lasts && ftruncate(fd, (off_t)event->offset) != 0)
                exit(1);
        } else if (lasts) {
            write_bytes(fd, event, event->length);
        } else if (image->chance == CHANCE_RANDOM && rand() % 2) {
            write_bytes(fd, event, (size_t)rand() % (event->length + 1));
        }
    }
    close(fd);
}

static void build(struct image *image)
{
    static struct {
        const char *path;
        int file;
    } found[FILES_MAX];
    const char *folders[FOLDERS_MAX];
    size_t fates[FOLDERS_MAX], n_folders = 0, n = 0;
    char to[512];
    memset(image->synced, 0, sizeof image->synced);
    for (size_t i = 0; i < image->moment; i++)
        if (disk.events[i].kind == DISK_SYNC)
            image->synced[disk.events[i].file] = i + 1;
    mkdir(image->path, 0777);
    for (size_t i = 0; i < image->moment; i++) {
        const struct disk_event *event = &disk.events[i];
        if (event->kind != DISK_CREATE && event->kind != DISK_UNLINK && event->kind != DISK_MKDIR &&
            event->kind != DISK_RMDIR)
            continue;
        if (!name_lasts(image, i, fates, folders, &n_folders))
            continue;
        place(image, event->path, to);
        if (event->kind == DISK_MKDIR)
            mkdir(to, 0777);
        else if (event->kind == DISK_CREATE && n < FILES_MAX)
            found[n].path = event->path, found[n++].file = event->file;
        for (size_t f = 0; event->kind == DISK_UNLINK && f < n; f++)
            if (found[f].path && strcmp(found[f].path, event->path) == 0)
                found[f].path = NULL;
        if (event->kind == DISK_RMDIR)
            rmdir(to);
    }
    for (size_t f = 0; f < n; f++)
        if (found[f].path)
            build_file(image, found[f].path, found[f].file);
}

/* ---- Judging it ---- */

static void judge(struct tally *tally, struct image *image)
{
    int done = 0;
    struct error error = {0};
    struct state is;
    char db[512];
    for (size_t i = 0; i < image->moment; i++)
        done += disk.events[i].kind == DISK_DONE;
    build(image);
    snprintf(db, sizeof db, "%s/db", image->path);
    struct state before = state_after(done), after = state_after(done + 1);
    enum status status = workload_look(db, &is, &error);
    bool fine = status == STATUS_OK && (state_equal(&is, &before) || state_equal(&is, &after));
    tally_check(tally, fine, "power gone after %zu calls, %d statements done, chance %d: %s",
                image->moment, done, (int)image->chance,
                status == STATUS_OK ? "the rows are not what was done" : error.message);
    scratch_remove(image->path);
}

static void record(struct tally *tally, const char *root)
{
    struct workload w;
    struct error error = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/db", root);
    disk_record();
    enum status status = STATUS_OK;
    /* Two lives, so that opening again is in it. */
    for (int i = 0; i < LIFE && status == STATUS_OK;) {
        status = workload_open(&w, path, &disk.io, &error);
        for (int k = 0; k < LIFE / 2 && status == STATUS_OK; k++, i++) {
            status = workload_run(&w, i, &error);
            disk_note_done();
        }
        workload_close(&w);
    }
    tally_check(tally, status == STATUS_OK, "nothing fails: %s", error.message);
    disk.records = false;
}

void crash_power(struct tally *tally, int images)
{
    char folder[64], root[96], built[96];
    scratch_open(folder);
    snprintf(root, sizeof root, "%s/before", folder);
    snprintf(built, sizeof built, "%s/after", folder);
    mkdir(root, 0777);
    record(tally, root);
    struct image *image = calloc(1, sizeof *image);
    if (!image)
        exit(1);
    image->root = root;
    image->path = built;
    srand(7);
    for (int i = 0; i < images; i++) {
        image->moment = disk.n_events * (size_t)i / (size_t)images + 1;
        image->chance = (enum chance)(i % 8 == 0   ? CHANCE_NONE
                                      : i % 8 == 1 ? CHANCE_ALL
                                                   : CHANCE_RANDOM);
        judge(tally, image);
    }
    printf("power gone: %d disks out of %zu calls\n", images, disk.n_events);
    disk_forget();
    free(image);
    scratch_remove(folder);
}
