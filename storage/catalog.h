/* catalog.h - tables and views by name. In memory for now; names compare without case.
 * Owned by the session; used by one thread at a time. Entries stay valid until dropped; a plan that reads a table
 * keeps its mem_table alive through the source. */
#ifndef CATALOG_H
#define CATALOG_H

#include "storage/batch.h"
#include "storage/value.h"

struct mem_table;
struct stored_table;

enum catalog_kind { CATALOG_TABLE, CATALOG_VIEW };

/* What CREATE TABLE says of a column beyond its type. Texts are SQL, parsed again when used. */
struct catalog_column {
    const char *default_sql; /* NULL: none */
    const char *check_sql;   /* NULL: none */
};

struct catalog_entry {
    enum catalog_kind kind;
    const char *name;
    bool temporary;
    struct schema schema;           /* of a table; of a view as it was when made */
    struct catalog_column *columns; /* of a table: one a field */
    const char **checks;            /* table checks, SQL */
    uint32_t n_checks;
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
/* NULL if there is none. */
struct catalog_entry *catalog_find(const struct catalog *catalog, struct str name);
/* An empty entry with an arena of its own, not yet in the catalog; catalog_entry_free drops it. */
MUST_CHECK enum status catalog_entry_new(enum catalog_kind kind, struct catalog_entry **out,
                                         struct error *error);
void catalog_entry_free(struct catalog_entry *entry);
/* Takes the entry; one of the same name is replaced and freed. */
MUST_CHECK enum status catalog_put(struct catalog *catalog, struct catalog_entry *entry,
                                   struct error *error);
void catalog_drop(struct catalog *catalog, struct str name);
/* In order of name. */
size_t catalog_list(const struct catalog *catalog, struct catalog_entry **out, size_t cap);

#endif
