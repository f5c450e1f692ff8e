/* fuzz_file.h - any bytes as an event file: written to memory and read by statements. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/weir.h"

enum { FUZZ_FILE_MAX = 1 << 16 };

/* Runs `format`, in which %s is the file's path, and reads every row. Errors are fine; the number of rows is returned,
 * or -1 after an error. */
static int64_t fuzz_run(struct weir *db, const char *format, const char *path)
{
    char sql[1024];
    int length = snprintf(sql, sizeof(sql), format, path);
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    size_t used = 0;
    int64_t rows = 0;
    if (weir_prepare(db, sql, (size_t)length, &statement, &used, NULL) == WEIR_OK &&
        weir_execute(statement, &stream, NULL) == WEIR_OK && stream.release) {
        for (;;) {
            struct ArrowArray array = {0};
            if (stream.get_next(&stream, &array) != 0) {
                rows = -1;
                break;
            }
            if (!array.release)
                break;
            rows += array.length;
            array.release(&array);
        }
        stream.release(&stream);
    } else {
        rows = -1;
    }
    weir_statement_close(statement);
    return rows;
}

/* A path under which `data` can be read; `*fd` is to be closed. False if the system refuses. */
static bool fuzz_file(const uint8_t *data, size_t size, char path[64], int *fd)
{
    *fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (*fd < 0)
        return false;
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
    return write(*fd, data, size) == (ssize_t)size;
}

static struct weir *fuzz_database(void)
{
    struct weir *db = NULL;
    if (weir_open(NULL, &db, NULL) != WEIR_OK)
        return NULL;
    if (weir_set(db, "threads", "1", NULL) != WEIR_OK ||
        weir_set(db, "memory_limit", "64MB", NULL) != WEIR_OK ||
        weir_set(db, "batch_size", "7", NULL) != WEIR_OK) {
        weir_close(db);
        return NULL;
    }
    return db;
}

#endif
