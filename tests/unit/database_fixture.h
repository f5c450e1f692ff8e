/* database_fixture.h - a database in a temporary folder, and tables and files to put into it. */
#ifndef DATABASE_FIXTURE_H
#define DATABASE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/database.h"
#include "tests/unit/unit.h"

enum { FIXTURE_COLUMNS = 3 };

struct database_fixture {
    struct budget budget;
    struct arena arena;
    struct error error;
    char folder[64]; /* the database is in it */
    char path[96];
    struct field fields[FIXTURE_COLUMNS];
    struct stored_column columns[FIXTURE_COLUMNS];
    struct partition_column partition;
    uint32_t order;
    struct stored_table description;
    struct database *db;
};

/* t (day DATE, name VARCHAR, n BIGINT) partitioned by day, ordered by n. */
static inline void fixture_describe(struct database_fixture *f, const char *name)
{
    f->fields[0] = (struct field){"day", type_of(TYPE_DATE), true};
    f->fields[1] = (struct field){"name", type_of(TYPE_VARCHAR), false};
    f->fields[2] = (struct field){"n", type_of(TYPE_BIGINT), false};
    for (int i = 0; i < FIXTURE_COLUMNS; i++)
        f->columns[i] = (struct stored_column){.missing = value_null(f->fields[i].type)};
    f->partition = (struct partition_column){
        .transform = PARTITION_IDENTITY, .column = 0, .name = "day", .type = type_of(TYPE_DATE)};
    f->order = 2;
    f->description = (struct stored_table){.name = name,
                                           .schema = {f->fields, FIXTURE_COLUMNS},
                                           .columns = f->columns,
                                           .partitions = &f->partition,
                                           .n_partitions = 1,
                                           .order_by = &f->order,
                                           .n_order_by = 1,
                                           .time_column = -1};
}

static inline void fixture_open(struct database_fixture *f)
{
    ASSERT_OK(database_open(f->path, false, &io_system, &f->budget, &f->db, &f->error), f->error);
}

static inline void fixture_close(struct database_fixture *f)
{
    database_close(f->db);
    f->db = NULL;
}

static inline int fixture_set_up(struct database_fixture *f)
{
    memset(f, 0, sizeof *f);
    budget_init(&f->budget, SIZE_MAX);
    assert_int_equal(arena_init(&f->arena, &f->error), STATUS_OK);
    snprintf(f->folder, sizeof f->folder, "/tmp/test_database_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/db", f->folder);
    fixture_describe(f, "t");
    fixture_open(f);
    return 0;
}

static inline int fixture_tear_down(struct database_fixture *f)
{
    char command[160];
    fixture_close(f);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    return system(command);
}

static inline struct stored_table *fixture_table(struct database *db, const char *name)
{
    struct stored_table *table = NULL;
    struct error error = {0};
    ASSERT_OK(database_table(db, str_of(name), &table, &error), error);
    return table;
}

static inline struct change *fixture_change(struct database *db)
{
    struct change *change = NULL;
    struct error error = {0};
    ASSERT_OK(change_open(db, &change, &error), error);
    return change;
}

static inline void fixture_commit(struct change *change)
{
    struct error error = {0};
    ASSERT_OK(change_commit(change, &error), error);
}

static inline void fixture_create(struct database_fixture *f)
{
    struct change *change = fixture_change(f->db);
    struct stored_table *table;
    ASSERT_OK(change_create_table(change, &f->description, &table, &f->error), f->error);
    stored_table_unref(table);
    fixture_commit(change);
}

static inline bool fixture_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Announces, writes and adds a file of some bytes. Its path is in the arena. */
static inline uint64_t fixture_add(struct database_fixture *f, struct change *change,
                                   const struct stored_table *table, int day, uint64_t rows,
                                   const char **path)
{
    struct value partition = {.type = type_of(TYPE_DATE), .i64 = day};
    struct column_zone zones[FIXTURE_COLUMNS] = {
        {.known = true, .min = partition, .max = partition, .distinct = 1},
        {.known = true,
         .min = {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("a\0b")},
         .max = {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("zz")},
         .nulls = 1,
         .distinct = 2},
        {.nulls = rows},
    };
    uint64_t id;
    const char *at;
    ASSERT_OK(change_new_file(change, table, &partition, &f->arena, &id, &at, &f->error), f->error);
    FILE *file = fopen(at, "w");
    assert_non_null(file);
    fputs("bytes", file);
    fclose(file);
    ASSERT_OK(change_add_file(change, table, id, rows, 5, zones, &f->error), f->error);
    if (path)
        *path = at;
    return id;
}

static inline void fixture_insert(struct database_fixture *f, struct database *db, int day,
                                  uint64_t rows)
{
    struct change *change = fixture_change(db);
    struct stored_table *table = fixture_table(db, "t");
    assert_non_null(table);
    fixture_add(f, change, table, day, rows, NULL);
    stored_table_unref(table);
    fixture_commit(change);
}

static inline uint64_t fixture_rows(struct database *db)
{
    struct error error = {0};
    bool changed;
    uint64_t rows = 0;
    ASSERT_OK(database_refresh(db, &changed, &error), error);
    struct stored_table *table = fixture_table(db, "t");
    assert_non_null(table);
    for (uint32_t i = 0; i < table->n_files; i++)
        rows += table->files[i].rows;
    stored_table_unref(table);
    return rows;
}

#endif
