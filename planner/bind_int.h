/* bind_int.h - from syntax tree to logical plan: names looked up, types found, casts put in.
 *
 * One `struct binder` a statement. A `struct bind` is the place an expression stands in: what names mean there and
 * whether aggregates may be used. While a grouped SELECT is bound, aggregates and the columns of a
 * grouped-form window stand as columns past the limits below; bind_aggregate.c puts real ones in their place. */
#ifndef BIND_INT_H
#define BIND_INT_H

#include "base/array.h"
#include "parser/parse.h"
#include "planner/logical.h"
#include "planner/plan.h"

enum {
    BIND_WINDOW_BASE =
        0x20000000, /* + 0, 1, 2: window_start, window_end, window_time of GROUP BY TUMBLE(..) */
    BIND_PANE_BASE = 0x30000000,      /* + pane_timing, pane_index, pane_is_last, op of this emit */
    BIND_AGGREGATE_BASE = 0x40000000, /* + index in bind_aggregates */
    BIND_RAW_BASE = 0x60000000,       /* + a column that is neither grouped nor aggregated */
    BIND_DEPTH_MAX = 2000,            /* nesting of one expression */
    BIND_SIZE_MAX = 200000, /* nodes of one expression that is written once and used twice */
    BIND_NODES_MAX = 20000, /* nodes of a plan, views and WITH written out */
    BIND_VIEWS_MAX = 64     /* views within views */
};

/* A plan with what must be closed. */
struct plan_owned {
    struct plan plan;
    ARRAY_OF(struct source *) sources;
};

/* WITH: the names seen from here outward. */
struct bind_with {
    const struct ast_cte *cte;
    const struct bind_with *outer; /* also what the query of `cte` itself sees */
};

/* The views being written out, innermost first. */
struct bind_view {
    struct str name;
    const struct bind_view *outer;
    unsigned depth;
};

struct binder {
    const struct planner_env *env;
    struct arena *arena;
    struct error *error;
    struct plan_owned *plan;
    struct str sql; /* what spans point into at the moment: the statement, a view, a CHECK */
    const struct bind_with *with;
    const struct bind_view *views;
    uint32_t n_nodes;
    uint32_t n_within;     /* subqueries, views and WITH that are being bound */
    const char *temporary; /* a table or view in memory that is read; NULL: none */
};

/* What names in a SELECT mean. */
struct scope {
    struct binder *binder;
    struct logical *node; /* of FROM; NULL: none */
    struct str name;      /* alias or name of the table; empty: none */
    struct span span;
};

/* One aggregate call, arguments over the scope's columns. */
struct bind_aggregate {
    enum aggregate_id id;
    struct expr *args[2];
    uint32_t n_args;
    struct expr *filter;
    bool distinct;
    struct type type;
    struct value separator;
    struct span span;
};
struct bind_aggregates {
    struct bind_aggregate *items;
    size_t count, capacity;
};

/* GROUP BY TUMBLE(ts, ...), HOP, SESSION. */
struct bind_grouped_window {
    struct window_fn fn;
    struct expr *time;
    struct type time_type;
    const struct ast_expr *ast;
};

struct bind_aliases { /* the select list, for names that are no columns */
    const struct ast_result *results;
    uint32_t n_results;
};

struct bind {
    struct binder *binder;
    struct scope *scope;                /* NULL: no names at all */
    const char *clause;                 /* "WHERE", for messages */
    struct bind_aggregates *aggregates; /* NULL: refused */
    bool in_aggregate;
    const struct bind_aliases *aliases; /* NULL: none */
    bool alias_first;
    const struct bind_grouped_window *window;
    const struct emit *emit; /* of the SELECT, for the pane columns; NULL: one pane each */
    bool has_panes;          /* pane_timing, pane_index, pane_is_last are names here */
    bool has_op;             /* so is op */
    unsigned depth;
};

/* ---- bind_expr.c ---- */
MUST_CHECK enum status bind_expr(struct bind *at, const struct ast_expr *ast, struct expr **out);
/* An expression that must be BOOLEAN; a bare NULL is. */
MUST_CHECK enum status bind_condition(struct bind *at, const struct ast_expr *ast,
                                      struct expr **out);
MUST_CHECK enum status bind_to_condition(struct bind *at, struct expr *e, const char *what,
                                         struct expr **out);
/* A call of the scalar function or operator `name` with bound arguments: overload found, casts put in. */
MUST_CHECK enum status bind_resolve(struct bind *at, struct str name, bool is_operator,
                                    struct expr **args, uint32_t n_args, struct span span,
                                    struct expr **out);
struct expr *bind_list(struct binder *b, enum expr_kind kind, struct expr **args, uint32_t n_args,
                       struct span span);

/* ---- bind_name.c ---- */
MUST_CHECK enum status bind_name(struct bind *at, const struct ast_expr *ast, struct expr **out);
/* tags[1], (payload).user: a path into a value. */
MUST_CHECK enum status bind_path(struct bind *at, const struct ast_expr *ast, struct expr **out);

/* ---- bind_literal.c ---- */
bool bind_is_literal(const struct ast_expr *ast);
MUST_CHECK enum status bind_literal(struct bind *at, const struct ast_expr *ast, bool negative,
                                    struct expr **out);
MUST_CHECK enum status bind_type(struct binder *b, const struct ast_type *ast, struct type *out);
/* Casts the planner puts in unasked. Text literals become values here, so that errors have a place. */
MUST_CHECK enum status bind_cast(struct binder *b, struct expr *e, struct type type,
                                 struct expr **out);
/* CAST as written: refuses what cannot be. */
MUST_CHECK enum status bind_explicit_cast(struct binder *b, struct expr *e, struct type type,
                                          bool is_try, struct span span, struct expr **out);
bool bind_is_text_literal(const struct expr *e);
/* Integer literals that meet a DECIMAL become DECIMALs of their digits. */
void bind_meet_decimal(struct binder *b, struct expr **args, uint32_t n_args);
/* The type that all meet in; each is cast to it. `what` for the message: "CASE". */
MUST_CHECK enum status bind_common(struct binder *b, struct expr **args, uint32_t n_args,
                                   const char *what);
/* The value of an expression without columns; error names `what`. */
MUST_CHECK enum status bind_constant(struct bind *at, const struct ast_expr *ast, const char *what,
                                     struct value *out);
struct expr *bind_bool(struct binder *b, bool value, struct span span);
struct expr *bind_integer(struct binder *b, int64_t value, struct span span);
struct expr *bind_text(struct binder *b, const char *text, struct span span);

/* ---- bind_call.c ---- */
MUST_CHECK enum status bind_call(struct bind *at, const struct ast_expr *ast, struct expr **out);

/* ---- scope.c ---- */
/* The column of the scope's table, or -1. */
int64_t scope_find(const struct scope *scope, struct str name);
/* Asks the text files below for a column; *found false: there is none. */
MUST_CHECK enum status scope_add(struct scope *scope, const struct str *path, uint32_t n_path,
                                 bool *found, uint32_t *column);
/* Whether scope_add can ever find something. */
bool scope_can_add(const struct scope *scope);
/* The columns that `*` stands for, in order. */
void scope_star(const struct scope *scope, uint32_t **columns, uint32_t *n);
enum status scope_unknown_column(const struct scope *scope, const struct bind_aliases *aliases,
                                 struct str name, struct span span);
/* The same for t.name, shown as such; only columns are proposed. */
enum status scope_unknown_qualified(const struct scope *scope, struct str name, struct str shown,
                                    struct span span);
/* What FROM has, as a hint to the failure of an unknown table name. */
void scope_hint_table(const struct scope *scope);

/* ---- bind_from.c ---- */
MUST_CHECK enum status bind_from(struct binder *b, const struct ast_source *source,
                                 struct scope *out);
MUST_CHECK enum status bind_source(struct binder *b, const struct ast_source *source,
                                   struct logical **out);
/* A table, view, WITH query or system table by name. */
MUST_CHECK enum status bind_table_name(struct binder *b, const struct ast_names *names,
                                       struct span span, struct logical **out);
MUST_CHECK enum status bind_file(struct binder *b, struct str path, struct span span,
                                 struct logical **out);
MUST_CHECK enum status bind_table_function(struct binder *b, const struct ast_call *call,
                                           struct span span, struct logical **out);
/* A scan that the plan closes. Takes the source. */
MUST_CHECK enum status bind_scan(struct binder *b, struct source *source, struct span span,
                                 struct logical **out);
/* Rows of values as a scan. */
MUST_CHECK enum status bind_rows(struct binder *b, const struct schema *schema,
                                 const struct value *values, uint32_t n_rows, struct span span,
                                 struct logical **out);
/* Counts a node against the plan's limit. */
MUST_CHECK enum status bind_count_node(struct binder *b, struct span span);
/* Rows of a catalog table, all columns. */
MUST_CHECK enum status bind_catalog_table(struct binder *b, struct catalog_entry *entry,
                                          struct span span, struct logical **out);

/* ---- bind_select.c ---- */
MUST_CHECK enum status bind_select(struct binder *b, const struct ast_select *select,
                                   struct logical_root *out);
/* As a table: ordered by a TOP node if it was ordered, hidden columns gone. */
MUST_CHECK enum status bind_subquery(struct binder *b, const struct ast_select *select,
                                     struct logical **out);
/* What the planner would call an unnamed column. */
const char *bind_column_name(struct binder *b, const struct ast_expr *expr);
/* Projects to `names` over the same columns. */
struct logical *bind_rename(struct binder *b, struct logical *node, const char *const *names,
                            uint32_t n);
struct expr_list bind_all_columns(struct binder *b, const struct logical *node);
enum status bind_refuse(struct binder *b, struct span span, const char *what);

/* ---- bind_values.c ---- */
MUST_CHECK enum status bind_values(struct binder *b, const struct ast_select *select,
                                   struct logical **out);
MUST_CHECK enum status bind_union(struct binder *b, const struct ast_select *select,
                                  struct logical **out);

/* ---- bind_aggregate.c ---- */
/* A grouped SELECT on its way. Expressions of `exprs` (select list, ORDER BY) and `having` are over the scope's
 * columns and the columns past the limits; they come back over the grouped node's. */
struct bind_group {
    struct binder *binder;
    struct scope *scope;
    struct expr *where; /* NULL: none */
    struct expr **keys;
    uint32_t n_keys;
    struct bind_aggregates *aggregates;
    const struct bind_grouped_window *window;
    struct expr *having;
    struct expr_list *exprs;
    const struct emit *emit; /* NULL: results at the end of the input */
};
MUST_CHECK enum status bind_grouped(struct bind_group *group, struct logical **out);

/* ---- bind_emit.c ---- */
/* WATERMARK FOR column AS expr on a source: put on the scans below. */
MUST_CHECK enum status bind_source_watermark(struct binder *b, const struct ast_source *source,
                                             struct logical *node);
/* What EMIT says of a SELECT over `from`; ast may be NULL. *out NULL: results come at the end of the input. `windowed`:
 * as far as is known before grouping is bound. */
MUST_CHECK enum status bind_emit(struct binder *b, const struct ast_emit *ast,
                                 const struct logical *from, bool grouped, bool windowed,
                                 const struct emit **out);
/* Whether the result has the column op. */
bool bind_emit_has_op(const struct ast_emit *ast);
/* pane_timing, pane_index, pane_is_last, op; *out NULL: the name is none of them. */
MUST_CHECK enum status bind_pane_column(struct bind *at, struct str name, struct span span,
                                        struct expr **out);
/* Sees to it that a live Combine's input is stamped with watermarks; where it cannot be, and nobody has asked for it,
 * *emit becomes NULL. `window` NULL: the grouping has none. */
MUST_CHECK enum status bind_live_input(struct binder *b, struct logical *input,
                                       const struct logical *window,
                                       const struct bind_aggregates *aggregates,
                                       const struct emit **emit);
/* Whether rows of the tree are to be taken as they come. */
bool bind_is_live(const struct binder *b, const struct logical *node);

/* ---- bind_window.c ---- */
/* TUMBLE, HOP, CUMULATE, SESSION by name; WINDOW_GLOBAL: none of them. */
enum window_kind bind_window_kind(struct str name);
MUST_CHECK enum status bind_window_table(struct binder *b, const struct ast_call *call,
                                         struct span span, struct logical **out);
MUST_CHECK enum status bind_window_group(struct bind *at, const struct ast_expr *ast,
                                         struct bind_grouped_window *out);
/* TUMBLE_START(..) and the like: *found false if the name is none of these. */
MUST_CHECK enum status bind_window_bound(struct bind *at, const struct ast_expr *ast, bool *found,
                                         struct expr **out);

/* ---- bind_create.c ---- */
MUST_CHECK enum status bind_create_table(struct binder *b, const struct ast_statement *s,
                                         struct logical_root *root);
/* Adds the column to the entry, whose arrays have room. */
MUST_CHECK enum status bind_column_def(struct binder *b, const struct ast_column_def *def,
                                       struct catalog_entry *entry);
/* A CHECK of the table that is being made. */
MUST_CHECK enum status bind_check_text(struct binder *b, const struct catalog_entry *entry,
                                       const struct ast_expr *ast);
/* Names of a table's columns for CHECK, before there is a table: an empty scan of its schema. */
MUST_CHECK enum status bind_schema_scope(struct binder *b, const struct schema *schema,
                                         struct str name, struct scope *out);

/* ---- bind_layout.c ---- */
/* PARTITIONED BY, ORDER BY, WITH, WATERMARK of CREATE TABLE. */
MUST_CHECK enum status bind_layout(struct binder *b, const struct ast_statement *s,
                                   struct catalog_entry *entry);
/* WITH (..), or SET (..) of ALTER TABLE. */
MUST_CHECK enum status bind_table_options(struct binder *b, const struct ast_statement *s,
                                          struct catalog_entry *entry);

/* ---- bind_alter.c ---- */
MUST_CHECK enum status bind_alter(struct binder *b, const struct ast_statement *s,
                                  struct logical_root *root);

/* ---- bind_optimize.c ---- */
MUST_CHECK enum status bind_optimize(struct binder *b, const struct ast_statement *s);

/* ---- bind_ddl.c ---- */
/* Looks whether the name is free. *skip: it is taken and IF NOT EXISTS says to do nothing. */
MUST_CHECK enum status bind_free_name(struct binder *b, const struct ast_statement *s,
                                      enum catalog_kind kind, const struct ast_name **name,
                                      bool *temporary, bool *skip);
/* Refuses what would change a database that is read-only. */
MUST_CHECK enum status bind_writable(struct binder *b, bool temporary, struct span span);
MUST_CHECK enum status bind_truncate(struct binder *b, const struct ast_statement *s);
MUST_CHECK enum status bind_transaction(struct binder *b, const struct ast_statement *s);
MUST_CHECK enum status bind_create_view(struct binder *b, const struct ast_statement *s);
MUST_CHECK enum status bind_drop(struct binder *b, const struct ast_statement *s);
/* The object's own name, and where "main" or "temp" before it says that it is. */
MUST_CHECK enum status bind_object_name(struct binder *b, const struct ast_names *names,
                                        const struct ast_name **out, enum catalog_place *place);
/* Fails: no `kind` (table, view) of the name; proposes one. */
enum status bind_unknown_object(struct binder *b, const struct ast_name *name, const char *kind);

/* ---- bind_write.c ---- */
/* A table of the catalog for writing; refuses views and unknown names. */
MUST_CHECK enum status bind_target(struct binder *b, const struct ast_names *names,
                                   struct catalog_entry **out);
/* The column of the name; an error proposes one. */
MUST_CHECK enum status bind_column_of(struct binder *b, const struct schema *schema,
                                      const struct ast_name *name, uint32_t *out);
/* A CHECK of the catalog, parsed again, for the rows that the plan writes. */
MUST_CHECK enum status bind_add_check(struct binder *b, const struct catalog_entry *table,
                                      const char *sql);
/* May a value of the expression be stored in such a column? Wider than what is cast unasked elsewhere: numbers fit
 * numbers, and fail when they are out of range. */
MUST_CHECK enum status bind_assign(struct binder *b, struct expr *e, const struct field *field,
                                   struct expr **out);
MUST_CHECK enum status bind_default(struct binder *b, const struct ast_expr *ast,
                                    const struct field *field, struct expr **out);
MUST_CHECK enum status bind_insert(struct binder *b, const struct ast_statement *s,
                                   struct logical_root *root);
MUST_CHECK enum status bind_delete(struct binder *b, const struct ast_statement *s,
                                   struct logical_root *root);
MUST_CHECK enum status bind_update(struct binder *b, const struct ast_statement *s,
                                   struct logical_root *root);

/* The column's DEFAULT, or NULL of its type. */
MUST_CHECK enum status bind_default_of(struct binder *b, const struct catalog_entry *table,
                                       uint32_t column, struct expr **out);
/* NOT NULL and CHECK of the table, over rows in its columns. */
MUST_CHECK enum status bind_add_checks(struct binder *b, const struct catalog_entry *table);

/* ---- bind_copy.c, bind_load.c ---- */
MUST_CHECK enum status bind_copy(struct binder *b, const struct ast_statement *s,
                                 struct logical_root *root);
/* Fails: no such FORMAT; proposes one of `names`. */
enum status bind_unknown_format(struct binder *b, const struct ast_name *name,
                                const char *const *names, size_t n_names);
/* COPY .. FROM */
MUST_CHECK enum status bind_load(struct binder *b, const struct ast_statement *s,
                                 struct logical_root *root);

/* ---- bind_show.c ---- */
MUST_CHECK enum status bind_set(struct binder *b, const struct ast_statement *s);
MUST_CHECK enum status bind_show(struct binder *b, const struct ast_statement *s,
                                 struct logical_root *root);
MUST_CHECK enum status bind_describe(struct binder *b, const struct ast_statement *s,
                                     struct logical_root *root);
MUST_CHECK enum status bind_summarize(struct binder *b, const struct ast_statement *s,
                                      struct logical_root *root);

#endif
