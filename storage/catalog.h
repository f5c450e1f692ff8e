/* catalog.h - tables and views by name: those in memory, and those of the database folder behind them.
 *
 * Names compare without case. A name in memory (TEMP) hides one of the database. Entries of the database are made when
 * they are asked for and kept until catalog_refresh finds that somebody has changed it, so an entry is valid until
 * the statement that asked for it ends. Owned by the session; used by one thread at a time. A plan that reads a
 * table keeps its rows alive through the source. */
#ifndef CATALOG_H
#define CATALOG_H

#include "storage/batch.h"
#include "storage/database.h"
#include "storage/value.h"

struct mem_table;

enum catalog_kind { CATALOG_TABLE, CATALOG_VIEW };
/* Where a name is looked for: t, temp.t, main.t. Without a database folder all tables are in memory, and temp.t is
 * one that was made as TEMP. */
enum catalog_place { CATALOG_ANYWHERE, CATALOG_TEMP, CATALOG_MAIN };

/* What CREATE TABLE says of a column beyond its type. Texts are SQL, parsed again when used. */
struct catalog_column {
    const char *default_sql; /* NULL: none */
    const char *check_sql;   /* NULL: none */
    uint32_t id;             /* of a stored table, or 0: the table gives it one */
    struct value missing;    /* what rows written before the column was added have */
};

/* How a table lies in the database folder. */
struct catalog_layout {
    const struct partition_column *partitions;
    uint32_t n_partitions;
    const uint32_t *order_by; /* columns, ascending */
    uint32_t n_order_by;
    bool small;     /* WITH (compression = 'small') */
    bool fast;      /* WITH (compression = 'fast') */
    int64_t ttl_us; /* 0: none */
    /* Of WATERMARK FOR, or the first timestamp of ORDER BY or the partitions; -1: none. */
    int32_t time_column;
    const char *watermark_sql; /* NULL: none */
};

struct catalog_entry {
    enum catalog_kind kind;
    const char *name;
    bool temporary;
    bool in_memory;       /* not of the database folder */
    struct schema schema; /* of a table; of a view as it was when made, no fields if it is stored */
    struct catalog_column *columns; /* of a table: one a field */
    const char **checks;            /* table checks, SQL */
    uint32_t n_checks;
    struct catalog_layout layout;
    struct mem_table *table; /* of a table in memory; the catalog holds a reference */
    struct stored_table
        *stored;          /* of a table in the database folder; the catalog holds a reference */
    const char *view_sql; /* of a view: its SELECT */
    const char **view_columns; /* names given in CREATE VIEW v (a, b); NULL: none */
    uint32_t n_view_columns;
    struct arena *arena; /* holds the entry */
};

struct catalog;

MUST_CHECK enum status catalog_new(struct catalog **out, struct error *error);
void catalog_close(struct catalog *catalog);
/* From now on names are looked for in the database too; it stays the caller's and must outlive the catalog. */
void catalog_attach(struct catalog *catalog, struct database *database);
/* NULL: everything is in memory. */
struct database *catalog_database(const struct catalog *catalog);
/* Entries of the database given out before are gone, and made again from what it now has. */
void catalog_forget(struct catalog *catalog);
/* The database up to its last commit; entries given out before are gone if it was changed. */
MUST_CHECK enum status catalog_refresh(struct catalog *catalog, struct error *error);
/* *out NULL if there is none. */
MUST_CHECK enum status catalog_find(struct catalog *catalog, enum catalog_place place,
                                    struct str name, struct catalog_entry **out,
                                    struct error *error);
/* An empty entry with an arena of its own, not yet in the catalog; catalog_entry_free drops it. */
MUST_CHECK enum status catalog_entry_new(enum catalog_kind kind, struct catalog_entry **out,
                                         struct error *error);
void catalog_entry_free(struct catalog_entry *entry); /* NULL is fine */
/* In memory. Takes the entry; one of the same name is replaced and freed. */
MUST_CHECK enum status catalog_put(struct catalog *catalog, struct catalog_entry *entry,
                                   struct error *error);
void catalog_drop(struct catalog *catalog, struct str name); /* in memory */
/* All that can be named, in order of name. Arrays in the arena. */
MUST_CHECK enum status catalog_list(struct catalog *catalog, struct arena *arena,
                                    struct catalog_entry ***out, size_t *n, struct error *error);
MUST_CHECK enum status catalog_names(struct catalog *catalog, struct arena *arena,
                                     const char ***out, size_t *n, struct error *error);

#endif
