/* fuzz_csv.c - any bytes as a CSV file: sniffed, read with a schema, with errors skipped, and windowed. */
#include "tests/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd;
    if (size > FUZZ_FILE_MAX)
        return 0;
    struct weir *db = fuzz_database();
    if (db && fuzz_file(data, size, path, &fd)) {
        fuzz_run(db, "SELECT * FROM read_csv('%s')", path);
        fuzz_run(db, "SELECT count(*) FROM read_csv('%s', on_error => 'skip')", path);
        fuzz_run(db,
                 "SELECT a, b, ts FROM read_csv('%s', columns => {a: 'BIGINT', b: 'VARCHAR', ts: "
                 "'TIMESTAMP'}, on_error => 'null')",
                 path);
        fuzz_run(db,
                 "SELECT window_start, count(*) FROM TUMBLE(TABLE read_csv('%s'), DESCRIPTOR(ts), "
                 "INTERVAL '1' MINUTE) GROUP BY window_start",
                 path);
        close(fd);
    }
    weir_close(db);
    return 0;
}
