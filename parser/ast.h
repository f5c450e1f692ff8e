/* ast.h - the syntax tree: what was written, nothing looked up yet.
 *
 * Every node carries its span in the SQL text. Nodes live in the arena of the parse and are never changed
 * afterwards. Lists are arrays with a count. Names are as written with quotes removed and "" undone; their
 * case is kept, comparing ignores it; a name was quoted if its span is longer than its text. Absent parts are
 * NULL or count 0. Parentheses leave no node, but the span of what they hold takes them in. */
#ifndef AST_H
#define AST_H

#include "base/str.h"

struct ast_expr;
struct ast_select;
struct ast_source;

struct ast_name { /* one identifier */
    struct str text;
    struct span span;
};

struct ast_names { /* a.b.c, or a list of columns */
    struct ast_name *items;
    uint32_t count;
};

struct ast_exprs {
    struct ast_expr **items;
    uint32_t count;
};

/* VARCHAR(20), DECIMAL(10, 2), TIMESTAMP(3) WITH TIME ZONE (name holds all the words, one blank between). */
struct ast_type {
    struct str name;
    int64_t args[2];
    uint32_t n_args;
    struct span span;
};

enum ast_expr_kind {
    AST_NULL,
    AST_TRUE,
    AST_FALSE,
    AST_INTEGER, /* text: digits, underscores removed, or 0x... */
    AST_DECIMAL, /* text: digits with a point, no exponent */
    AST_FLOAT,   /* text: with an exponent */
    AST_STRING,  /* text: quotes undone */
    AST_BLOB,    /* text: the bytes */
    AST_TYPED,   /* DATE '..', TIME '..', TIMESTAMP [WITH TIME ZONE | TZ] '..': type, text */
    AST_INTERVAL, /* INTERVAL '..' [unit [TO unit]], INTERVAL 5 MINUTE, INTERVAL (expr) DAY: arg, unit, unit_to */
    AST_PARAMETER,  /* index from 1; text: name without the mark, empty for ? and ?N */
    AST_NAME,       /* a, t.a, t.a.b.c: names */
    AST_STAR,       /* *, t.*, with EXCLUDE and REPLACE: star */
    AST_UNARY,      /* op, arg */
    AST_BINARY,     /* op, left, right */
    AST_BETWEEN,    /* [negated] arg BETWEEN left AND right */
    AST_IN,         /* [negated] arg IN (list) | (select) */
    AST_IS,         /* arg IS [negated] what */
    AST_LIKE,       /* arg [negated] LIKE right [ESCAPE escape]; op is one of AST_OP_LIKE.. */
    AST_CASE,       /* [arg] whens [otherwise] */
    AST_CAST,       /* CAST(arg AS type), arg::type, TRY_CAST: is_try */
    AST_CALL,       /* function call: call */
    AST_EXISTS,     /* [negated] EXISTS (select) */
    AST_SUBQUERY,   /* (select) */
    AST_QUANTIFIED, /* left op ANY|ALL (select): op, arg, select, is_all */
    AST_ROW,        /* (a, b): list */
    AST_LIST,       /* [a, b]: list */
    AST_STRUCT,     /* {a: 1, 'b': 2}: fields */
    AST_INDEX,      /* arg[right] */
    AST_FIELD,      /* (expr).name: arg, names */
    AST_COLLATE,    /* arg COLLATE names */
    AST_TABLE,      /* TABLE t inside a function's arguments: source */
    AST_WINDOW_CALL /* reserved */
};

enum ast_op {
    AST_OP_NONE,
    AST_OP_ADD,
    AST_OP_SUB,
    AST_OP_MUL,
    AST_OP_DIV,
    AST_OP_MOD,
    AST_OP_CONCAT,
    AST_OP_BIT_AND,
    AST_OP_BIT_OR,
    AST_OP_SHIFT_LEFT,
    AST_OP_SHIFT_RIGHT,
    AST_OP_EQ,
    AST_OP_NE,
    AST_OP_LT,
    AST_OP_LE,
    AST_OP_GT,
    AST_OP_GE,
    AST_OP_AND,
    AST_OP_OR,
    AST_OP_ARROW,      /* -> */
    AST_OP_ARROW_TEXT, /* ->> */
    AST_OP_NEGATE,     /* unary */
    AST_OP_PLUS,
    AST_OP_NOT,
    AST_OP_BIT_NOT,
    AST_OP_LIKE, /* of AST_LIKE */
    AST_OP_ILIKE,
    AST_OP_GLOB,
    AST_OP_REGEXP,
    AST_OP_MATCH,
    AST_OP_SIMILAR,
    AST_OP_AT_TIME_ZONE, /* left AT TIME ZONE right */
    AST_OP_COUNT
};
/* "+", "||", "AT TIME ZONE", "NOT". */
const char *ast_op_text(enum ast_op op);

enum ast_is {
    AST_IS_NULL,
    AST_IS_TRUE,
    AST_IS_FALSE,
    AST_IS_UNKNOWN,
    AST_IS_SAME /* IS [NOT] x; IS [NOT] DISTINCT FROM */
};

struct ast_when {
    struct ast_expr *when, *then;
};

struct ast_order {
    struct ast_expr *expr;
    bool descending;
    enum { AST_NULLS_DEFAULT, AST_NULLS_FIRST, AST_NULLS_LAST } nulls;
};

struct ast_field { /* name: value */
    struct ast_name name;
    struct ast_expr *value;
};

struct ast_arg {          /* [name =>] value */
    struct ast_name name; /* text.data NULL: positional */
    struct ast_expr *value;
    struct ast_expr *partition_by; /* INTERVAL '1' MINUTE PARTITION BY k, of GAP_FILL */
};

struct ast_frame_bound {
    enum {
        AST_UNBOUNDED_PRECEDING,
        AST_PRECEDING,
        AST_CURRENT_ROW,
        AST_FOLLOWING,
        AST_UNBOUNDED_FOLLOWING
    } kind;
    struct ast_expr *offset;
};

struct ast_over { /* OVER name, OVER (...) */
    struct ast_name base;
    bool named; /* OVER name: the window itself, not one made from it */
    struct ast_exprs partition_by;
    struct ast_order *order_by;
    uint32_t n_order_by;
    enum { AST_FRAME_NONE, AST_FRAME_ROWS, AST_FRAME_RANGE, AST_FRAME_GROUPS } frame;
    struct ast_frame_bound start, end;
    enum { AST_EXCLUDE_NONE, AST_EXCLUDE_CURRENT_ROW, AST_EXCLUDE_GROUP, AST_EXCLUDE_TIES } exclude;
    struct span span;
};

struct ast_call {
    struct span span;
    struct ast_name name;
    struct ast_arg *args;
    uint32_t n_args;
    bool star; /* count(*) */
    bool distinct;
    struct ast_order *order_by; /* f(x ORDER BY y) */
    uint32_t n_order_by;
    struct ast_expr *filter;
    struct ast_over *over;
    uint16_t height;
};

struct ast_star {
    struct ast_name table; /* text.data NULL: all */
    struct ast_names exclude;
    struct ast_field *replace; /* expr AS name */
    uint32_t n_replace;
};

struct ast_expr {
    uint8_t kind; /* enum ast_expr_kind */
    uint8_t op;   /* enum ast_op */
    uint8_t is;   /* enum ast_is */
    bool negated, is_try, is_all;
    uint16_t
        height; /* of the tree below, 1 for a leaf; at most PARSE_HEIGHT_MAX, so walkers may recurse */
    struct span span;
    struct span op_span; /* of the operator's word, for errors */
    struct str text;
    uint32_t index; /* parameter */
    struct ast_expr *left, *right, *arg, *escape, *otherwise;
    struct ast_exprs list;
    struct ast_names names;
    struct ast_name unit, unit_to; /* of INTERVAL, upper case */
    struct ast_when *whens;
    uint32_t n_whens;
    struct ast_field *fields;
    uint32_t n_fields;
    struct ast_type type;
    struct ast_call *call;
    struct ast_star *star;
    struct ast_select *select;
    struct ast_source *source;
};

/* ---- FROM ---- */

enum ast_source_kind {
    AST_SOURCE_NAME,   /* t, schema.t: names */
    AST_SOURCE_FILE,   /* 'logs/x.jsonl': path */
    AST_SOURCE_CALL,   /* read_csv(..), TUMBLE(..), generate_series(..): call */
    AST_SOURCE_SELECT, /* (SELECT ..), (VALUES ..): select */
    AST_SOURCE_JOIN    /* left, right, join.. */
};
enum ast_join {
    AST_JOIN_INNER,
    AST_JOIN_LEFT,
    AST_JOIN_RIGHT,
    AST_JOIN_FULL,
    AST_JOIN_CROSS,
    AST_JOIN_COMMA,
    AST_JOIN_SEMI,
    AST_JOIN_ANTI,
    AST_JOIN_ASOF,
    AST_JOIN_ASOF_LEFT
};

struct ast_source {
    uint8_t kind; /* enum ast_source_kind */
    uint8_t join; /* enum ast_join */
    bool natural, lateral;
    uint16_t height;
    struct span span;
    struct span join_span; /* of the join's words */
    struct ast_names names;
    struct str path;
    struct ast_call *call;
    struct ast_select *select;
    struct ast_source *left, *right;
    struct ast_expr *on, *match_condition;
    struct ast_names using_columns;
    struct ast_name alias; /* text.data NULL: none */
    struct ast_names column_aliases;
    /* WATERMARK FOR column AS expr; FOR SYSTEM_TIME AS OF expr; WITH (..) options */
    struct ast_name watermark_column;
    struct ast_expr *watermark;
    struct ast_expr *system_time;
    struct ast_exprs partition_by; /* of TABLE t PARTITION BY k inside a function's arguments */
    struct ast_field *options;
    uint32_t n_options;
};

/* ---- SELECT ---- */

struct ast_result { /* a column of the select list */
    struct ast_expr *expr;
    struct ast_name alias; /* text.data NULL: none */
    struct span span;
};

struct ast_cte {
    struct ast_name name;
    struct ast_names columns;
    struct ast_select *select;
};

enum ast_select_kind {
    AST_SELECT_CORE,
    AST_SELECT_VALUES,
    AST_SELECT_UNION,
    AST_SELECT_INTERSECT,
    AST_SELECT_EXCEPT
};

struct ast_trigger { /* EVERY i | EVERY n ROWS, joined */
    enum {
        AST_TRIGGER_TIME,
        AST_TRIGGER_ROWS,
        AST_TRIGGER_OR,
        AST_TRIGGER_AND,
        AST_TRIGGER_THEN
    } kind;
    uint16_t height;
    struct ast_expr *every;
    struct ast_trigger *left, *right;
    struct span span;
};

struct ast_emit { /* 40-streams: EMIT .. */
    enum { AST_EMIT_CLOSE, AST_EMIT_CHANGES, AST_EMIT_PERIODIC, AST_EMIT_WATERMARK } kind;
    struct ast_expr *period, *allowed_lateness;
    struct ast_trigger *early, *late;
    enum { AST_MODE_DEFAULT, AST_DISCARDING, AST_ACCUMULATING, AST_RETRACTING } mode;
    struct ast_name late_rows;
    struct span span;
};

struct ast_named_window {
    struct ast_name name;
    struct ast_over *over;
};

enum ast_group_kind {
    AST_GROUP_NONE,
    AST_GROUP_EXPRS,
    AST_GROUP_ALL,
    AST_GROUP_ROLLUP,
    AST_GROUP_CUBE,
    AST_GROUP_SETS
};

struct ast_select {
    uint8_t kind; /* enum ast_select_kind */
    uint16_t height;
    struct span span;
    /* WITH, ORDER BY, LIMIT, EMIT belong to the whole; the rest to one core */
    bool with_recursive;
    struct ast_cte *ctes;
    uint32_t n_ctes;
    /* core */
    bool distinct;
    struct ast_exprs distinct_on;
    struct ast_result *results; /* none after FROM-first: means * */
    uint32_t n_results;
    struct ast_source *from;
    struct ast_expr *where;
    uint8_t group_kind; /* enum ast_group_kind */
    struct span group_span;
    struct ast_exprs group_by; /* of ROLLUP and CUBE too; sets: AST_ROW items */
    struct ast_expr *having, *qualify;
    struct ast_named_window *windows;
    uint32_t n_windows;
    /* VALUES */
    struct ast_exprs *rows;
    uint32_t n_rows;
    /* set operation */
    struct ast_select *left, *right;
    bool all, by_name;
    /* whole */
    struct ast_order *order_by;
    uint32_t n_order_by;
    bool order_by_all, order_by_all_descending;
    struct span order_span;
    struct ast_expr *limit, *offset;
    struct ast_emit *emit;
};

/* ---- Statements ---- */

enum ast_statement_kind {
    AST_STATEMENT_SELECT,
    AST_STATEMENT_EXPLAIN, /* inner; analyze, format */
    AST_STATEMENT_CREATE_TABLE,
    AST_STATEMENT_CREATE_VIEW, /* also MATERIALIZED */
    AST_STATEMENT_DROP,        /* object, if_exists, names */
    AST_STATEMENT_INSERT,
    AST_STATEMENT_UPDATE,
    AST_STATEMENT_DELETE,
    AST_STATEMENT_TRUNCATE,
    AST_STATEMENT_OPTIMIZE, /* names; where, or assignments: the values of PARTITION (..) */
    AST_STATEMENT_ALTER, /* word: ADD COLUMN, DROP COLUMN, RENAME COLUMN, RENAME, SET; refused by name so far */
    AST_STATEMENT_COPY,
    AST_STATEMENT_SET, /* name, value */
    AST_STATEMENT_RESET,
    /* SHOW TABLES|VIEWS|FUNCTIONS|JOBS|REPORTS|<setting>|ALL: word; CREATE TABLE|VIEW: names too */
    AST_STATEMENT_SHOW,
    AST_STATEMENT_DESCRIBE, /* names or select */
    AST_STATEMENT_SUMMARIZE,
    AST_STATEMENT_BEGIN,
    AST_STATEMENT_COMMIT,
    AST_STATEMENT_ROLLBACK,
    AST_STATEMENT_OTHER /* understood but not done: word says what, "CREATE REPORT", "CREATE INDEX" */
};

struct ast_column_def {
    struct ast_name name;
    struct ast_type type; /* name.data NULL: none given */
    bool not_null, primary_key, unique, not_enforced;
    struct ast_expr *default_value, *check, *generated;
    struct ast_name collate;
    struct span span;
};

struct ast_table_constraint {
    enum { AST_PRIMARY_KEY, AST_UNIQUE, AST_CHECK, AST_FOREIGN_KEY } kind;
    struct ast_names columns;
    struct ast_names references; /* of FOREIGN KEY: the other table */
    struct ast_expr *check;
    bool not_enforced;
    struct span span;
};

struct ast_assignment {
    struct ast_name column;
    struct ast_expr *value;
};

struct ast_statement {
    uint8_t kind; /* enum ast_statement_kind */
    struct span span;
    struct str word; /* SHOW's or OTHER's words; DROP's object in upper case: TABLE, VIEW, .. */
    struct ast_select *select;
    struct ast_statement *inner; /* EXPLAIN */
    bool analyze;
    struct ast_name format; /* EXPLAIN (FORMAT json), COPY .. (FORMAT ..) */
    struct ast_names names; /* the object: t, schema.t; SET's and RESET's setting */
    bool temporary, if_not_exists, or_replace, if_exists, materialized, external;
    struct ast_names columns; /* INSERT's, a view's */
    /* CREATE TABLE */
    struct ast_column_def *column_defs;
    uint32_t n_column_defs;
    struct ast_table_constraint *constraints;
    uint32_t n_constraints;
    struct ast_name watermark_column;
    struct ast_expr *watermark;
    struct ast_exprs partitioned_by;
    struct ast_order *order_by;
    uint32_t n_order_by;
    struct ast_field *options; /* WITH (..), COPY options */
    uint32_t n_options;
    /* INSERT: select; or_replace etc are refused by the parser */
    bool default_values;
    /* UPDATE, DELETE */
    struct ast_assignment *assignments;
    uint32_t n_assignments;
    struct ast_expr *where;
    struct ast_exprs returning; /* refused by the planner */
    /* SET */
    struct ast_expr *value; /* SET name = value */
    /* COPY t|(select) FROM|TO 'file' */
    bool copy_from;
    struct str path;
    struct span path_span;
};

#endif
