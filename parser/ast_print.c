/* ast_print.c - expressions back to SQL. A child gets parentheses where it binds looser than its place asks. */
#include "parser/ast_print.h"

#include "parser/ast_print_int.h"
#include "parser/keyword.h"
#include "parser/sql.h"

/* How tightly an expression holds together, from the %left lines of sql.y. */
enum level {
    LEVEL_ANY,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_EQUAL,
    LEVEL_LESS,
    LEVEL_BITS,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_CONCAT,
    LEVEL_COLLATE,
    LEVEL_UNARY,
    LEVEL_LEAF,
    LEVEL_PRIMARY /* may be followed by [..] and .name */
};

static void print_at(struct strbuf *out, const struct ast_expr *expr, enum level level);

/* ---- Names and texts ---- */

static bool is_plain_word(struct str name)
{
    if (name.length == 0 || (name.data[0] >= '0' && name.data[0] <= '9') || name.data[0] == '$')
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i], lower = (char)(c | 0x20);
        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '$')
            return false;
    }
    return true;
}

static void print_quoted(struct strbuf *out, struct str text, char quote)
{
    strbuf_putc(out, quote);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == quote)
            strbuf_putc(out, quote);
        strbuf_putc(out, text.data[i]);
    }
    strbuf_putc(out, quote);
}

void ast_print_text(struct strbuf *out, struct str text)
{
    print_quoted(out, text, '\'');
}

/* Keywords that nothing but their one clause ever takes for anything else than a name. */
static bool is_reserved(struct str name)
{
    uint16_t code = keyword_code(name);
    return code != 0 && code != TK_NAME && code != TK_KEY && code != TK_QUERY && code != TK_PLAN;
}

void ast_print_name(struct strbuf *out, struct str name)
{
    if (name.length == 0)
        ast_print_text(out, name);
    else if (is_plain_word(name) && !is_reserved(name))
        strbuf_add(out, name.data, name.length);
    else
        print_quoted(out, name, '"');
}

void ast_print_names(struct strbuf *out, struct ast_names names, const char *separator)
{
    for (uint32_t i = 0; i < names.count; i++) {
        if (i > 0)
            strbuf_puts(out, separator);
        ast_print_name(out, names.items[i].text);
    }
}

/* Keywords that are read as names before a parenthesis. */
static void print_function_name(struct strbuf *out, struct str name)
{
    static const char *const BARE[] = {"first", "glob",   "if",      "last",  "left",    "like",
                                       "range", "regexp", "replace", "right", "truncate"};
    for (size_t i = 0; i < ARRAY_LENGTH(BARE); i++) {
        if (str_is(name, BARE[i])) {
            strbuf_add(out, name.data, name.length);
            return;
        }
    }
    ast_print_name(out, name);
}

static void print_blob(struct strbuf *out, struct str bytes)
{
    strbuf_puts(out, "x'");
    for (size_t i = 0; i < bytes.length; i++)
        strbuf_printf(out, "%02X", (unsigned)(unsigned char)bytes.data[i]);
    strbuf_putc(out, '\'');
}

/* ---- Types ---- */

static size_t type_suffix(struct str name)
{
    static const char *const SUFFIXES[] = {"[]", " WITH TIME ZONE", " WITHOUT TIME ZONE"};
    for (size_t i = 0; i < ARRAY_LENGTH(SUFFIXES); i++) {
        size_t length = strlen(SUFFIXES[i]);
        struct str end = {name.data + name.length - MIN(length, name.length),
                          MIN(length, name.length)};
        if (name.length > length && str_is(end, SUFFIXES[i]))
            return length;
    }
    return 0;
}

void ast_print_type(struct strbuf *out, const struct ast_type *type)
{
    struct str base = type->name;
    for (size_t cut = type_suffix(base); cut > 0; cut = type_suffix(base))
        base.length -= cut;
    size_t start = 0;
    bool first = true;
    while (start < base.length) {
        const char *blank = memchr(base.data + start, ' ', base.length - start);
        size_t end = blank ? (size_t)(blank - base.data) : base.length;
        if (end > start && !first)
            strbuf_putc(out, ' ');
        if (end > start) {
            ast_print_name(out, (struct str){base.data + start, end - start});
            first = false;
        }
        start = end + 1;
    }
    if (type->n_args == 1)
        strbuf_printf(out, "(%lld)", (long long)type->args[0]);
    else if (type->n_args == 2)
        strbuf_printf(out, "(%lld, %lld)", (long long)type->args[0], (long long)type->args[1]);
    strbuf_add(out, base.data + base.length, type->name.length - base.length);
}

/* ---- Levels ---- */

static enum level op_level(enum ast_op op)
{
    switch (op) {
    case AST_OP_OR:
        return LEVEL_OR;
    case AST_OP_AND:
        return LEVEL_AND;
    case AST_OP_EQ:
    case AST_OP_NE:
        return LEVEL_EQUAL;
    case AST_OP_LT:
    case AST_OP_LE:
    case AST_OP_GT:
    case AST_OP_GE:
        return LEVEL_LESS;
    case AST_OP_BIT_AND:
    case AST_OP_BIT_OR:
    case AST_OP_SHIFT_LEFT:
    case AST_OP_SHIFT_RIGHT:
        return LEVEL_BITS;
    case AST_OP_ADD:
    case AST_OP_SUB:
        return LEVEL_SUM;
    case AST_OP_MUL:
    case AST_OP_DIV:
    case AST_OP_MOD:
        return LEVEL_PRODUCT;
    case AST_OP_CONCAT:
    case AST_OP_ARROW:
    case AST_OP_ARROW_TEXT:
        return LEVEL_CONCAT;
    case AST_OP_AT_TIME_ZONE:
        return LEVEL_COLLATE;
    default:
        return LEVEL_UNARY;
    }
}

static enum level expr_level(const struct ast_expr *expr)
{
    switch ((enum ast_expr_kind)expr->kind) {
    case AST_BINARY:
    case AST_QUANTIFIED:
        return op_level((enum ast_op)expr->op);
    case AST_UNARY:
        return expr->op == AST_OP_NOT ? LEVEL_NOT : LEVEL_UNARY;
    case AST_BETWEEN:
    case AST_IN:
    case AST_IS:
    case AST_LIKE:
        return LEVEL_EQUAL;
    case AST_COLLATE:
        return LEVEL_COLLATE;
    case AST_EXISTS:
        return expr->negated ? LEVEL_NOT : LEVEL_LEAF;
    case AST_CASE:
    case AST_CAST:
    case AST_CALL:
    case AST_SUBQUERY:
    case AST_ROW:
    case AST_LIST:
    case AST_STRUCT:
    case AST_INDEX:
        return LEVEL_PRIMARY;
    default:
        return LEVEL_LEAF;
    }
}

/* ---- Lists ---- */

void ast_print_exprs(struct strbuf *out, struct ast_exprs exprs)
{
    for (uint32_t i = 0; i < exprs.count; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_expr(exprs.items[i], out);
    }
}

void ast_print_orders(struct strbuf *out, const struct ast_order *orders, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_expr(orders[i].expr, out);
        if (orders[i].descending)
            strbuf_puts(out, " DESC");
        if (orders[i].nulls != AST_NULLS_DEFAULT)
            strbuf_puts(out, orders[i].nulls == AST_NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST");
    }
}

void ast_print_enclosed(struct strbuf *out, const struct ast_expr *expr)
{
    bool simple = expr->kind <= AST_PARAMETER || expr->kind == AST_CALL;
    if (!simple)
        strbuf_putc(out, '(');
    ast_print_expr(expr, out);
    if (!simple)
        strbuf_putc(out, ')');
}

/* ---- Calls ---- */

static void print_bound(struct strbuf *out, const struct ast_frame_bound *bound)
{
    static const char *const TEXTS[] = {[AST_UNBOUNDED_PRECEDING] = "UNBOUNDED PRECEDING",
                                        [AST_PRECEDING] = " PRECEDING",
                                        [AST_CURRENT_ROW] = "CURRENT ROW",
                                        [AST_FOLLOWING] = " FOLLOWING",
                                        [AST_UNBOUNDED_FOLLOWING] = "UNBOUNDED FOLLOWING"};
    if (bound->offset)
        print_at(out, bound->offset, LEVEL_LEAF);
    strbuf_puts(out, TEXTS[bound->kind]);
}

static void print_frame(struct strbuf *out, const struct ast_over *over)
{
    static const char *const UNITS[] = {"", "ROWS", "RANGE", "GROUPS"};
    static const char *const EXCLUDES[] = {[AST_EXCLUDE_NONE] = "",
                                           [AST_EXCLUDE_CURRENT_ROW] = " EXCLUDE CURRENT ROW",
                                           [AST_EXCLUDE_GROUP] = " EXCLUDE GROUP",
                                           [AST_EXCLUDE_TIES] = " EXCLUDE TIES"};
    strbuf_printf(out, "%s BETWEEN ", UNITS[over->frame]);
    print_bound(out, &over->start);
    strbuf_puts(out, " AND ");
    print_bound(out, &over->end);
    strbuf_puts(out, EXCLUDES[over->exclude]);
}

void ast_print_over_spec(struct strbuf *out, const struct ast_over *over)
{
    const char *blank = "";
    strbuf_putc(out, '(');
    if (over->base.text.data) {
        ast_print_name(out, over->base.text);
        blank = " ";
    }
    if (over->partition_by.count > 0) {
        strbuf_printf(out, "%sPARTITION BY ", blank);
        ast_print_exprs(out, over->partition_by);
        blank = " ";
    }
    if (over->n_order_by > 0) {
        strbuf_printf(out, "%sORDER BY ", blank);
        ast_print_orders(out, over->order_by, over->n_order_by);
        blank = " ";
    }
    if (over->frame != AST_FRAME_NONE) {
        strbuf_puts(out, blank);
        print_frame(out, over);
    }
    strbuf_putc(out, ')');
}

static void print_arg(struct strbuf *out, const struct ast_arg *arg)
{
    if (arg->name.text.data) {
        ast_print_name(out, arg->name.text);
        strbuf_puts(out, " => ");
    }
    ast_print_expr(arg->value, out);
    if (arg->partition_by) {
        strbuf_puts(out, " PARTITION BY ");
        ast_print_expr(arg->partition_by, out);
    }
}

void ast_print_call(struct strbuf *out, const struct ast_call *call)
{
    bool word =
        keyword_code(call->name.text) == TK_CURRENT_WORD && call->n_args == 0 && !call->star;
    if (word)
        strbuf_add(out, call->name.text.data, call->name.text.length);
    else
        print_function_name(out, call->name.text);
    if (!word) {
        strbuf_puts(out, call->star ? "(*" : call->distinct ? "(DISTINCT " : "(");
        for (uint32_t i = 0; i < call->n_args; i++) {
            if (i > 0)
                strbuf_puts(out, ", ");
            print_arg(out, &call->args[i]);
        }
        if (call->n_order_by > 0) {
            strbuf_puts(out, " ORDER BY ");
            ast_print_orders(out, call->order_by, call->n_order_by);
        }
        strbuf_putc(out, ')');
    }
    if (call->filter) {
        strbuf_puts(out, " FILTER (WHERE ");
        ast_print_expr(call->filter, out);
        strbuf_putc(out, ')');
    }
    if (call->over && call->over->named) {
        strbuf_puts(out, " OVER ");
        ast_print_name(out, call->over->base.text);
    } else if (call->over) {
        strbuf_puts(out, " OVER ");
        ast_print_over_spec(out, call->over);
    }
}

/* ---- Expressions by kind ---- */

static void print_interval(struct strbuf *out, const struct ast_expr *expr)
{
    const struct ast_expr *arg = expr->arg;
    bool negative = arg->kind == AST_UNARY && arg->op == AST_OP_NEGATE &&
                    (arg->arg->kind == AST_INTEGER || arg->arg->kind == AST_DECIMAL);
    bool plain = negative || arg->kind == AST_STRING || arg->kind == AST_INTEGER ||
                 arg->kind == AST_DECIMAL || arg->kind == AST_FLOAT || arg->kind == AST_PARAMETER;
    strbuf_puts(out, plain ? "INTERVAL " : "INTERVAL (");
    ast_print_expr(arg, out);
    if (!plain)
        strbuf_putc(out, ')');
    if (expr->unit.text.length > 0)
        strbuf_printf(out, " " STR_FMT, STR_ARG(expr->unit.text));
    if (expr->unit_to.text.length > 0)
        strbuf_printf(out, " TO " STR_FMT, STR_ARG(expr->unit_to.text));
}

static void print_parameter(struct strbuf *out, const struct ast_expr *expr)
{
    if (expr->text.length == 0) {
        strbuf_printf(out, "?%u", expr->index);
        return;
    }
    strbuf_putc(out, is_plain_word(expr->text) ? ':' : '$');
    strbuf_add(out, expr->text.data, expr->text.length);
}

static void print_star(struct strbuf *out, const struct ast_star *star)
{
    if (star->table.text.data) {
        ast_print_name(out, star->table.text);
        strbuf_putc(out, '.');
    }
    strbuf_putc(out, '*');
    if (star->exclude.count > 0) {
        strbuf_puts(out, " EXCLUDE (");
        ast_print_names(out, star->exclude, ", ");
        strbuf_putc(out, ')');
    }
    if (star->n_replace > 0)
        strbuf_puts(out, " REPLACE (");
    for (uint32_t i = 0; i < star->n_replace; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_expr(star->replace[i].value, out);
        strbuf_puts(out, " AS ");
        ast_print_name(out, star->replace[i].name.text);
    }
    if (star->n_replace > 0)
        strbuf_putc(out, ')');
}

static void print_unary(struct strbuf *out, const struct ast_expr *expr)
{
    strbuf_puts(out, ast_op_text((enum ast_op)expr->op));
    if (expr->op == AST_OP_NOT) {
        strbuf_putc(out, ' ');
        print_at(out, expr->arg, LEVEL_NOT);
        return;
    }
    if (expr->arg->kind == AST_UNARY)
        strbuf_putc(out, ' ');
    print_at(out, expr->arg, LEVEL_UNARY);
}

static void print_binary(struct strbuf *out, const struct ast_expr *expr)
{
    enum level level = op_level((enum ast_op)expr->op);
    print_at(out, expr->left, level);
    strbuf_printf(out, " %s ", ast_op_text((enum ast_op)expr->op));
    print_at(out, expr->right, level + 1);
}

static void print_in(struct strbuf *out, const struct ast_expr *expr)
{
    print_at(out, expr->arg, LEVEL_EQUAL);
    strbuf_puts(out, expr->negated ? " NOT IN (" : " IN (");
    if (expr->select)
        ast_print_select(expr->select, out);
    else
        ast_print_exprs(out, expr->list);
    strbuf_putc(out, ')');
}

static void print_is(struct strbuf *out, const struct ast_expr *expr)
{
    static const char *const WHAT[] = {[AST_IS_NULL] = "NULL",
                                       [AST_IS_TRUE] = "TRUE",
                                       [AST_IS_FALSE] = "FALSE",
                                       [AST_IS_UNKNOWN] = "UNKNOWN"};
    print_at(out, expr->arg, LEVEL_EQUAL);
    if (expr->is == AST_IS_SAME) {
        strbuf_puts(out, expr->negated ? " IS DISTINCT FROM " : " IS NOT DISTINCT FROM ");
        print_at(out, expr->right, LEVEL_LESS);
        return;
    }
    strbuf_puts(out, expr->negated ? " IS NOT " : " IS ");
    strbuf_puts(out, WHAT[expr->is]);
}

static void print_like(struct strbuf *out, const struct ast_expr *expr)
{
    print_at(out, expr->arg, LEVEL_EQUAL);
    strbuf_printf(out, expr->negated ? " NOT %s " : " %s ", ast_op_text((enum ast_op)expr->op));
    print_at(out, expr->right, expr->escape ? LEVEL_BITS : LEVEL_LESS);
    if (!expr->escape)
        return;
    strbuf_puts(out, " ESCAPE ");
    print_at(out, expr->escape, LEVEL_BITS);
}

static void print_case(struct strbuf *out, const struct ast_expr *expr)
{
    strbuf_puts(out, "CASE");
    if (expr->arg) {
        strbuf_putc(out, ' ');
        ast_print_expr(expr->arg, out);
    }
    for (uint32_t i = 0; i < expr->n_whens; i++) {
        strbuf_puts(out, " WHEN ");
        ast_print_expr(expr->whens[i].when, out);
        strbuf_puts(out, " THEN ");
        ast_print_expr(expr->whens[i].then, out);
    }
    if (expr->otherwise) {
        strbuf_puts(out, " ELSE ");
        ast_print_expr(expr->otherwise, out);
    }
    strbuf_puts(out, " END");
}

static void print_struct(struct strbuf *out, const struct ast_expr *expr)
{
    strbuf_putc(out, '{');
    for (uint32_t i = 0; i < expr->n_fields; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_name(out, expr->fields[i].name.text);
        strbuf_puts(out, ": ");
        ast_print_expr(expr->fields[i].value, out);
    }
    strbuf_putc(out, '}');
}

static void print_table(struct strbuf *out, const struct ast_source *source)
{
    strbuf_puts(out, "TABLE ");
    ast_print_source(out, source);
    if (source->partition_by.count > 0) {
        strbuf_puts(out, " PARTITION BY ");
        ast_print_exprs(out, source->partition_by);
    }
}

static void print_listed(struct strbuf *out, const char *open, struct ast_exprs list,
                         const char *close)
{
    strbuf_puts(out, open);
    ast_print_exprs(out, list);
    strbuf_puts(out, close);
}

static void print_query(struct strbuf *out, const char *before, const struct ast_select *select)
{
    strbuf_puts(out, before);
    ast_print_select(select, out);
    strbuf_putc(out, ')');
}

static void print_leaf(struct strbuf *out, const struct ast_expr *expr)
{
    switch ((enum ast_expr_kind)expr->kind) {
    case AST_NULL:
        strbuf_puts(out, "NULL");
        break;
    case AST_TRUE:
        strbuf_puts(out, "TRUE");
        break;
    case AST_FALSE:
        strbuf_puts(out, "FALSE");
        break;
    case AST_STRING:
        ast_print_text(out, expr->text);
        break;
    case AST_BLOB:
        print_blob(out, expr->text);
        break;
    case AST_TYPED:
        ast_print_type(out, &expr->type);
        strbuf_putc(out, ' ');
        ast_print_text(out, expr->text);
        break;
    case AST_INTERVAL:
        print_interval(out, expr);
        break;
    case AST_PARAMETER:
        print_parameter(out, expr);
        break;
    case AST_NAME:
        ast_print_names(out, expr->names, ".");
        break;
    case AST_STAR:
        print_star(out, expr->star);
        break;
    case AST_TABLE:
        print_table(out, expr->source);
        break;
    default: /* numbers */
        strbuf_add(out, expr->text.data, expr->text.length);
        break;
    }
}

static void print_primary(struct strbuf *out, const struct ast_expr *expr)
{
    switch ((enum ast_expr_kind)expr->kind) {
    case AST_CASE:
        print_case(out, expr);
        break;
    case AST_CAST:
        strbuf_puts(out, expr->is_try ? "TRY_CAST(" : "CAST(");
        ast_print_expr(expr->arg, out);
        strbuf_puts(out, " AS ");
        ast_print_type(out, &expr->type);
        strbuf_putc(out, ')');
        break;
    case AST_CALL:
        ast_print_call(out, expr->call);
        break;
    case AST_SUBQUERY:
        print_query(out, "(", expr->select);
        break;
    case AST_EXISTS:
        print_query(out, expr->negated ? "NOT EXISTS (" : "EXISTS (", expr->select);
        break;
    case AST_ROW:
        print_listed(out, "(", expr->list, ")");
        break;
    case AST_LIST:
        print_listed(out, "[", expr->list, "]");
        break;
    case AST_STRUCT:
        print_struct(out, expr);
        break;
    case AST_INDEX:
        print_at(out, expr->arg,
                 expr->arg->kind == AST_NAME || expr->arg->kind == AST_FIELD ? LEVEL_ANY
                                                                             : LEVEL_PRIMARY);
        strbuf_putc(out, '[');
        ast_print_expr(expr->right, out);
        strbuf_putc(out, ']');
        break;
    case AST_FIELD:
        print_at(out, expr->arg, LEVEL_PRIMARY);
        strbuf_putc(out, '.');
        ast_print_names(out, expr->names, ".");
        break;
    default:
        print_leaf(out, expr);
        break;
    }
}

void ast_print_expr(const struct ast_expr *expr, struct strbuf *out)
{
    switch ((enum ast_expr_kind)expr->kind) {
    case AST_UNARY:
        print_unary(out, expr);
        break;
    case AST_BINARY:
        print_binary(out, expr);
        break;
    case AST_BETWEEN:
        print_at(out, expr->arg, LEVEL_EQUAL);
        strbuf_puts(out, expr->negated ? " NOT BETWEEN " : " BETWEEN ");
        print_at(out, expr->left, LEVEL_LESS);
        strbuf_puts(out, " AND ");
        print_at(out, expr->right, LEVEL_LESS);
        break;
    case AST_IN:
        print_in(out, expr);
        break;
    case AST_IS:
        print_is(out, expr);
        break;
    case AST_LIKE:
        print_like(out, expr);
        break;
    case AST_QUANTIFIED:
        print_at(out, expr->arg, expr_level(expr));
        strbuf_printf(out, " %s %s (", ast_op_text((enum ast_op)expr->op),
                      expr->is_all ? "ALL" : "ANY");
        print_query(out, "", expr->select);
        break;
    case AST_COLLATE:
        print_at(out, expr->arg, LEVEL_COLLATE);
        strbuf_puts(out, " COLLATE ");
        ast_print_names(out, expr->names, ".");
        break;
    default:
        print_primary(out, expr);
        break;
    }
}

static void print_at(struct strbuf *out, const struct ast_expr *expr, enum level level)
{
    bool enclose = expr_level(expr) < level;
    if (enclose)
        strbuf_putc(out, '(');
    ast_print_expr(expr, out);
    if (enclose)
        strbuf_putc(out, ')');
}
