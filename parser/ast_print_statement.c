/* ast_print_statement.c - sources, queries and statements back to SQL. */
#include "parser/ast_print_int.h"

/* ---- FROM ---- */

static const char *join_text(enum ast_join join)
{
    static const char *const TEXTS[] = {
        [AST_JOIN_INNER] = "JOIN",       [AST_JOIN_LEFT] = "LEFT JOIN",
        [AST_JOIN_RIGHT] = "RIGHT JOIN", [AST_JOIN_FULL] = "FULL JOIN",
        [AST_JOIN_CROSS] = "CROSS JOIN", [AST_JOIN_COMMA] = ",",
        [AST_JOIN_SEMI] = "SEMI JOIN",   [AST_JOIN_ANTI] = "ANTI JOIN",
        [AST_JOIN_ASOF] = "ASOF JOIN",   [AST_JOIN_ASOF_LEFT] = "ASOF LEFT JOIN",
    };
    return TEXTS[join];
}

static void print_join(struct strbuf *out, const struct ast_source *source)
{
    bool nested = source->right->kind == AST_SOURCE_JOIN;
    ast_print_source(out, source->left);
    if (source->join != AST_JOIN_COMMA || source->natural)
        strbuf_puts(out, source->natural ? " NATURAL " : " ");
    strbuf_puts(out, join_text((enum ast_join)source->join));
    strbuf_puts(out, nested ? " (" : " ");
    ast_print_source(out, source->right);
    if (nested)
        strbuf_putc(out, ')');
    if (source->match_condition) {
        strbuf_puts(out, " MATCH_CONDITION (");
        ast_print_expr(source->match_condition, out);
        strbuf_putc(out, ')');
    }
    if (source->on) {
        strbuf_puts(out, " ON ");
        ast_print_expr(source->on, out);
    }
    if (source->using_columns.count > 0) {
        strbuf_puts(out, " USING (");
        ast_print_names(out, source->using_columns, ", ");
        strbuf_putc(out, ')');
    }
}

void ast_print_settings(struct strbuf *out, const struct ast_field *settings, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_name(out, settings[i].name.text);
        if (!settings[i].value)
            continue;
        strbuf_puts(out, " = ");
        ast_print_expr(settings[i].value, out);
    }
}

static void print_source_suffixes(struct strbuf *out, const struct ast_source *source)
{
    if (source->alias.text.data) {
        strbuf_puts(out, " AS ");
        ast_print_name(out, source->alias.text);
    }
    if (source->column_aliases.count > 0) {
        strbuf_putc(out, '(');
        ast_print_names(out, source->column_aliases, ", ");
        strbuf_putc(out, ')');
    }
    if (source->watermark) {
        strbuf_puts(out, " WATERMARK FOR ");
        ast_print_name(out, source->watermark_column.text);
        strbuf_puts(out, " AS ");
        ast_print_expr(source->watermark, out);
    }
    if (source->system_time) {
        strbuf_puts(out, " FOR SYSTEM_TIME AS OF ");
        ast_print_expr(source->system_time, out);
    }
    if (source->n_options > 0) {
        strbuf_puts(out, " WITH (");
        ast_print_settings(out, source->options, source->n_options);
        strbuf_putc(out, ')');
    }
}

void ast_print_source(struct strbuf *out, const struct ast_source *source)
{
    if (source->lateral)
        strbuf_puts(out, "LATERAL ");
    switch ((enum ast_source_kind)source->kind) {
    case AST_SOURCE_NAME:
        ast_print_names(out, source->names, ".");
        break;
    case AST_SOURCE_FILE:
        ast_print_text(out, source->path);
        break;
    case AST_SOURCE_CALL:
        ast_print_call(out, source->call);
        break;
    case AST_SOURCE_SELECT:
        strbuf_putc(out, '(');
        ast_print_select(source->select, out);
        strbuf_putc(out, ')');
        break;
    case AST_SOURCE_JOIN:
        print_join(out, source);
        break;
    }
    print_source_suffixes(out, source);
}

/* ---- SELECT ---- */

static void print_results(struct strbuf *out, const struct ast_select *core)
{
    strbuf_puts(out, core->distinct ? "SELECT DISTINCT " : "SELECT ");
    if (core->distinct_on.count > 0) {
        strbuf_puts(out, "ON (");
        ast_print_exprs(out, core->distinct_on);
        strbuf_puts(out, ") ");
    }
    for (uint32_t i = 0; i < core->n_results; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_expr(core->results[i].expr, out);
        if (!core->results[i].alias.text.data)
            continue;
        strbuf_puts(out, " AS ");
        ast_print_name(out, core->results[i].alias.text);
    }
}

static void print_sets(struct strbuf *out, struct ast_exprs sets)
{
    strbuf_puts(out, "GROUPING SETS (");
    for (uint32_t i = 0; i < sets.count; i++) {
        strbuf_puts(out, i > 0 ? ", (" : "(");
        ast_print_exprs(out, sets.items[i]->list);
        strbuf_putc(out, ')');
    }
    strbuf_putc(out, ')');
}

static void print_group(struct strbuf *out, const struct ast_select *core)
{
    if (core->group_kind == AST_GROUP_NONE)
        return;
    strbuf_puts(out, " GROUP BY ");
    switch ((enum ast_group_kind)core->group_kind) {
    case AST_GROUP_NONE:
        break;
    case AST_GROUP_EXPRS:
        ast_print_exprs(out, core->group_by);
        break;
    case AST_GROUP_ALL:
        strbuf_puts(out, "ALL");
        break;
    case AST_GROUP_ROLLUP:
    case AST_GROUP_CUBE:
        strbuf_puts(out, core->group_kind == AST_GROUP_CUBE ? "CUBE (" : "ROLLUP (");
        ast_print_exprs(out, core->group_by);
        strbuf_putc(out, ')');
        break;
    case AST_GROUP_SETS:
        print_sets(out, core->group_by);
        break;
    }
}

static void print_clause(struct strbuf *out, const char *words, const struct ast_expr *expr)
{
    if (!expr)
        return;
    strbuf_puts(out, words);
    ast_print_expr(expr, out);
}

static void print_core(struct strbuf *out, const struct ast_select *core)
{
    if (core->n_results > 0)
        print_results(out, core);
    if (core->from) {
        strbuf_puts(out, core->n_results > 0 ? " FROM " : "FROM ");
        ast_print_source(out, core->from);
    }
    print_clause(out, " WHERE ", core->where);
    print_group(out, core);
    print_clause(out, " HAVING ", core->having);
    for (uint32_t i = 0; i < core->n_windows; i++) {
        strbuf_puts(out, i > 0 ? ", " : " WINDOW ");
        ast_print_name(out, core->windows[i].name.text);
        strbuf_puts(out, " AS ");
        ast_print_over_spec(out, core->windows[i].over);
    }
    print_clause(out, " QUALIFY ", core->qualify);
}

static void print_values(struct strbuf *out, const struct ast_select *values)
{
    strbuf_puts(out, "VALUES ");
    for (uint32_t i = 0; i < values->n_rows; i++) {
        strbuf_puts(out, i > 0 ? ", (" : "(");
        ast_print_exprs(out, values->rows[i]);
        strbuf_putc(out, ')');
    }
}

static bool is_set_operation(const struct ast_select *select)
{
    return select->kind == AST_SELECT_UNION || select->kind == AST_SELECT_INTERSECT ||
           select->kind == AST_SELECT_EXCEPT;
}

static bool is_whole(const struct ast_select *select)
{
    return select->n_ctes > 0 || select->n_order_by > 0 || select->order_by_all || select->limit ||
           select->offset || select->emit;
}

static void print_operand(struct strbuf *out, const struct ast_select *select, bool enclose)
{
    if (enclose)
        strbuf_putc(out, '(');
    ast_print_select(select, out);
    if (enclose)
        strbuf_putc(out, ')');
}

static void print_set_operation(struct strbuf *out, const struct ast_select *select)
{
    static const char *const WORDS[] = {[AST_SELECT_UNION] = " UNION ",
                                        [AST_SELECT_INTERSECT] = " INTERSECT ",
                                        [AST_SELECT_EXCEPT] = " EXCEPT "};
    print_operand(out, select->left, is_whole(select->left));
    strbuf_puts(out, WORDS[select->kind]);
    strbuf_puts(out, select->all ? "ALL " : "");
    strbuf_puts(out, select->by_name ? "BY NAME " : "");
    print_operand(out, select->right, is_whole(select->right) || is_set_operation(select->right));
}

/* ---- EMIT ---- */

static int trigger_level(const struct ast_trigger *trigger)
{
    switch (trigger->kind) {
    case AST_TRIGGER_THEN:
        return 1;
    case AST_TRIGGER_OR:
        return 2;
    case AST_TRIGGER_AND:
        return 3;
    default:
        return 4;
    }
}

static void print_trigger(struct strbuf *out, const struct ast_trigger *trigger, int level)
{
    static const char *const WORDS[] = {
        [AST_TRIGGER_OR] = " OR ", [AST_TRIGGER_AND] = " AND ", [AST_TRIGGER_THEN] = " THEN "};
    int own = trigger_level(trigger);
    if (own < level)
        strbuf_putc(out, '(');
    if (trigger->every) {
        strbuf_puts(out, "EVERY ");
        ast_print_enclosed(out, trigger->every);
        strbuf_puts(out, trigger->kind == AST_TRIGGER_ROWS ? " ROWS" : "");
    } else {
        print_trigger(out, trigger->left, own);
        strbuf_puts(out, WORDS[trigger->kind]);
        print_trigger(out, trigger->right, own + 1);
    }
    if (own < level)
        strbuf_putc(out, ')');
}

static void print_emit(struct strbuf *out, const struct ast_emit *emit)
{
    static const char *const FORMS[] = {[AST_EMIT_CLOSE] = " EMIT ON WINDOW CLOSE",
                                        [AST_EMIT_CHANGES] = " EMIT CHANGES",
                                        [AST_EMIT_PERIODIC] = " EMIT PERIODIC ",
                                        [AST_EMIT_WATERMARK] = " EMIT AFTER WATERMARK"};
    static const char *const MODES[] = {[AST_MODE_DEFAULT] = "",
                                        [AST_DISCARDING] = " DISCARDING",
                                        [AST_ACCUMULATING] = " ACCUMULATING",
                                        [AST_RETRACTING] = " RETRACTING"};
    print_clause(out, FORMS[emit->kind], emit->period);
    if (!emit->period)
        strbuf_puts(out, FORMS[emit->kind]);
    if (emit->early) {
        strbuf_puts(out, " WITH EARLY (");
        print_trigger(out, emit->early, 0);
        strbuf_putc(out, ')');
    }
    if (emit->late) {
        strbuf_puts(out, " WITH LATE (");
        print_trigger(out, emit->late, 0);
        strbuf_putc(out, ')');
    }
    print_clause(out, " ALLOWED LATENESS ", emit->allowed_lateness);
    strbuf_puts(out, MODES[emit->mode]);
    if (emit->late_rows.text.data) {
        strbuf_puts(out, " LATE ROWS INTO ");
        ast_print_name(out, emit->late_rows.text);
    }
}

/* ---- A whole query ---- */

static void print_ctes(struct strbuf *out, const struct ast_select *select)
{
    if (select->n_ctes > 0)
        strbuf_puts(out, select->with_recursive ? "WITH RECURSIVE " : "WITH ");
    for (uint32_t i = 0; i < select->n_ctes; i++) {
        const struct ast_cte *cte = &select->ctes[i];
        ast_print_name(out, cte->name.text);
        if (cte->columns.count > 0) {
            strbuf_putc(out, '(');
            ast_print_names(out, cte->columns, ", ");
            strbuf_putc(out, ')');
        }
        strbuf_puts(out, " AS (");
        ast_print_select(cte->select, out);
        strbuf_puts(out, i + 1 < select->n_ctes ? "), " : ") ");
    }
}

void ast_print_select(const struct ast_select *select, struct strbuf *out)
{
    print_ctes(out, select);
    if (select->kind == AST_SELECT_CORE)
        print_core(out, select);
    else if (select->kind == AST_SELECT_VALUES)
        print_values(out, select);
    else
        print_set_operation(out, select);
    if (select->order_by_all)
        strbuf_puts(out, select->order_by_all_descending ? " ORDER BY ALL DESC" : " ORDER BY ALL");
    if (select->n_order_by > 0) {
        strbuf_puts(out, " ORDER BY ");
        ast_print_orders(out, select->order_by, select->n_order_by);
    }
    if (select->limit) {
        strbuf_puts(out, " LIMIT ");
        ast_print_enclosed(out, select->limit);
    }
    if (select->offset) {
        strbuf_puts(out, select->limit ? " OFFSET " : " LIMIT ALL OFFSET ");
        ast_print_enclosed(out, select->offset);
    }
    if (select->emit)
        print_emit(out, select->emit);
}

/* ---- Statements ---- */

static void print_column(struct strbuf *out, const struct ast_column_def *column)
{
    ast_print_name(out, column->name.text);
    if (column->type.name.data) {
        strbuf_putc(out, ' ');
        ast_print_type(out, &column->type);
    }
    strbuf_puts(out, column->not_null ? " NOT NULL" : "");
    strbuf_puts(out, column->primary_key ? " PRIMARY KEY" : "");
    strbuf_puts(out, column->unique ? " UNIQUE" : "");
    strbuf_puts(out, column->not_enforced ? " NOT ENFORCED" : "");
    if (column->default_value) {
        strbuf_puts(out, " DEFAULT (");
        ast_print_expr(column->default_value, out);
        strbuf_putc(out, ')');
    }
    if (column->check) {
        strbuf_puts(out, " CHECK (");
        ast_print_expr(column->check, out);
        strbuf_putc(out, ')');
    }
    if (column->generated) {
        strbuf_puts(out, " GENERATED ALWAYS AS (");
        ast_print_expr(column->generated, out);
        strbuf_putc(out, ')');
    }
    if (column->collate.text.data) {
        strbuf_puts(out, " COLLATE ");
        ast_print_name(out, column->collate.text);
    }
}

static void print_constraint(struct strbuf *out, const struct ast_table_constraint *constraint)
{
    static const char *const WORDS[] = {[AST_PRIMARY_KEY] = "PRIMARY KEY (",
                                        [AST_UNIQUE] = "UNIQUE (",
                                        [AST_CHECK] = "CHECK (",
                                        [AST_FOREIGN_KEY] = "FOREIGN KEY ("};
    strbuf_puts(out, WORDS[constraint->kind]);
    if (constraint->check)
        ast_print_expr(constraint->check, out);
    ast_print_names(out, constraint->columns, ", ");
    strbuf_putc(out, ')');
    if (constraint->references.count > 0) {
        strbuf_puts(out, " REFERENCES ");
        ast_print_names(out, constraint->references, ".");
    }
    strbuf_puts(out, constraint->not_enforced ? " NOT ENFORCED" : "");
}

static void print_table_items(struct strbuf *out, const struct ast_statement *s)
{
    const char *before = " (";
    for (uint32_t i = 0; i < s->n_column_defs; i++, before = ", ") {
        strbuf_puts(out, before);
        print_column(out, &s->column_defs[i]);
    }
    for (uint32_t i = 0; i < s->n_constraints; i++, before = ", ") {
        strbuf_puts(out, before);
        print_constraint(out, &s->constraints[i]);
    }
    if (s->watermark) {
        strbuf_printf(out, "%sWATERMARK FOR ", before);
        ast_print_name(out, s->watermark_column.text);
        strbuf_puts(out, " AS ");
        ast_print_expr(s->watermark, out);
        before = ", ";
    }
    if (before[0] == ',')
        strbuf_putc(out, ')');
}

static void print_create(struct strbuf *out, const struct ast_statement *s)
{
    bool view = s->kind == AST_STATEMENT_CREATE_VIEW;
    strbuf_puts(out, s->or_replace ? "CREATE OR REPLACE " : "CREATE ");
    strbuf_puts(out, s->temporary ? "TEMP " : "");
    strbuf_puts(out, s->external ? "EXTERNAL " : "");
    strbuf_puts(out, s->materialized ? "MATERIALIZED " : "");
    strbuf_puts(out, view ? "VIEW " : "TABLE ");
    strbuf_puts(out, s->if_not_exists ? "IF NOT EXISTS " : "");
    ast_print_names(out, s->names, ".");
    if (s->columns.count > 0) {
        strbuf_puts(out, " (");
        ast_print_names(out, s->columns, ", ");
        strbuf_putc(out, ')');
    }
    print_table_items(out, s);
    if (s->partitioned_by.count > 0) {
        strbuf_puts(out, " PARTITIONED BY (");
        ast_print_exprs(out, s->partitioned_by);
        strbuf_putc(out, ')');
    }
    if (s->n_order_by > 0) {
        strbuf_puts(out, " ORDER BY (");
        ast_print_orders(out, s->order_by, s->n_order_by);
        strbuf_putc(out, ')');
    }
    if (s->n_options > 0) {
        strbuf_puts(out, " WITH (");
        ast_print_settings(out, s->options, s->n_options);
        strbuf_putc(out, ')');
    }
    if (s->select) {
        strbuf_puts(out, " AS ");
        ast_print_select(s->select, out);
    }
}

/* WHERE and RETURNING. */
static void print_change_end(struct strbuf *out, const struct ast_statement *s)
{
    print_clause(out, " WHERE ", s->where);
    if (s->returning.count > 0) {
        strbuf_puts(out, " RETURNING ");
        ast_print_exprs(out, s->returning);
    }
}

static void print_insert(struct strbuf *out, const struct ast_statement *s)
{
    strbuf_puts(out, "INSERT INTO ");
    ast_print_names(out, s->names, ".");
    if (s->columns.count > 0) {
        strbuf_puts(out, " (");
        ast_print_names(out, s->columns, ", ");
        strbuf_putc(out, ')');
    }
    strbuf_putc(out, ' ');
    if (s->select)
        ast_print_select(s->select, out);
    else
        strbuf_puts(out, "DEFAULT VALUES");
    print_change_end(out, s);
}

static void print_update(struct strbuf *out, const struct ast_statement *s)
{
    strbuf_puts(out, "UPDATE ");
    ast_print_names(out, s->names, ".");
    for (uint32_t i = 0; i < s->n_assignments; i++) {
        strbuf_puts(out, i > 0 ? ", " : " SET ");
        ast_print_name(out, s->assignments[i].column.text);
        strbuf_puts(out, " = ");
        ast_print_expr(s->assignments[i].value, out);
    }
    print_change_end(out, s);
}

static void print_optimize(struct strbuf *out, const struct ast_statement *s)
{
    strbuf_puts(out, "OPTIMIZE ");
    ast_print_names(out, s->names, ".");
    for (uint32_t i = 0; i < s->n_assignments; i++) {
        strbuf_puts(out, i > 0 ? ", " : " PARTITION (");
        ast_print_name(out, s->assignments[i].column.text);
        strbuf_puts(out, " = ");
        ast_print_expr(s->assignments[i].value, out);
    }
    if (s->n_assignments)
        strbuf_putc(out, ')');
    print_clause(out, " WHERE ", s->where);
}

static void print_alter(struct strbuf *out, const struct ast_statement *s)
{
    strbuf_puts(out, s->if_exists ? "ALTER TABLE IF EXISTS " : "ALTER TABLE ");
    ast_print_names(out, s->names, ".");
    strbuf_printf(out, " " STR_FMT, STR_ARG(s->word));
    if (str_is(s->word, "ADD COLUMN")) {
        strbuf_putc(out, ' ');
        print_column(out, &s->column_defs[0]);
    } else if (str_is(s->word, "SET")) {
        strbuf_puts(out, " (");
        ast_print_settings(out, s->options, s->n_options);
        strbuf_putc(out, ')');
    } else {
        strbuf_puts(out, str_is(s->word, "RENAME") ? " TO " : " ");
        ast_print_names(out, s->columns, " TO ");
    }
}

static void print_format_options(struct strbuf *out, const struct ast_statement *s)
{
    if (!s->format.text.data && s->n_options == 0)
        return;
    strbuf_puts(out, " (");
    if (s->format.text.data) {
        strbuf_puts(out, "FORMAT = ");
        ast_print_name(out, s->format.text);
        strbuf_puts(out, s->n_options > 0 ? ", " : "");
    }
    ast_print_settings(out, s->options, s->n_options);
    strbuf_putc(out, ')');
}

static void print_copy(struct strbuf *out, const struct ast_statement *s)
{
    strbuf_puts(out, "COPY ");
    if (s->select) {
        strbuf_putc(out, '(');
        ast_print_select(s->select, out);
        strbuf_putc(out, ')');
    }
    ast_print_names(out, s->names, ".");
    if (s->columns.count > 0) {
        strbuf_puts(out, " (");
        ast_print_names(out, s->columns, ", ");
        strbuf_putc(out, ')');
    }
    strbuf_puts(out, s->copy_from ? " FROM " : " TO ");
    ast_print_text(out, s->path);
    print_format_options(out, s);
}

static void print_named(struct strbuf *out, const char *words, const struct ast_statement *s)
{
    strbuf_puts(out, words);
    ast_print_names(out, s->names, ".");
}

static void print_target(struct strbuf *out, const char *words, const struct ast_statement *s)
{
    strbuf_puts(out, words);
    if (s->select)
        ast_print_select(s->select, out);
    else
        ast_print_names(out, s->names, ".");
}

static void print_show(struct strbuf *out, struct str words)
{
    strbuf_puts(out, "SHOW ");
    if (str_is(words, "ALL")) {
        strbuf_puts(out, "ALL");
        return;
    }
    size_t start = 0;
    while (start <= words.length) {
        const char *blank =
            start < words.length ? memchr(words.data + start, ' ', words.length - start) : NULL;
        size_t end = blank ? (size_t)(blank - words.data) : words.length;
        if (start > 0)
            strbuf_putc(out, ' ');
        ast_print_name(out, (struct str){words.data + start, end - start});
        start = end + 1;
    }
}

static void print_session(struct strbuf *out, const struct ast_statement *s)
{
    switch ((enum ast_statement_kind)s->kind) {
    case AST_STATEMENT_SET:
        print_named(out, "SET ", s);
        strbuf_puts(out, " = ");
        ast_print_expr(s->value, out);
        break;
    case AST_STATEMENT_RESET:
        if (s->names.count == 1 && str_is(s->names.items[0].text, "ALL"))
            strbuf_puts(out, "RESET ALL");
        else
            print_named(out, "RESET ", s);
        break;
    case AST_STATEMENT_SHOW:
        if (s->names.count)
            print_named(out,
                        str_is(s->word, "CREATE VIEW") ? "SHOW CREATE VIEW " : "SHOW CREATE TABLE ",
                        s);
        else
            print_show(out, s->word);
        break;
    case AST_STATEMENT_DESCRIBE:
        print_target(out, "DESCRIBE ", s);
        break;
    case AST_STATEMENT_SUMMARIZE:
        print_target(out, "SUMMARIZE ", s);
        break;
    case AST_STATEMENT_BEGIN:
        strbuf_puts(out, "BEGIN");
        break;
    case AST_STATEMENT_COMMIT:
        strbuf_puts(out, "COMMIT");
        break;
    case AST_STATEMENT_ROLLBACK:
        strbuf_puts(out, "ROLLBACK");
        break;
    default:
        strbuf_add(out, s->word.data, s->word.length);
        break;
    }
}

void ast_print_statement(const struct ast_statement *s, struct strbuf *out)
{
    switch ((enum ast_statement_kind)s->kind) {
    case AST_STATEMENT_SELECT:
        ast_print_select(s->select, out);
        break;
    case AST_STATEMENT_EXPLAIN:
        strbuf_puts(out, s->analyze ? "EXPLAIN ANALYZE" : "EXPLAIN");
        print_format_options(out, s);
        strbuf_putc(out, ' ');
        ast_print_statement(s->inner, out);
        break;
    case AST_STATEMENT_CREATE_TABLE:
    case AST_STATEMENT_CREATE_VIEW:
        print_create(out, s);
        break;
    case AST_STATEMENT_DROP:
        strbuf_printf(out, "DROP " STR_FMT, STR_ARG(s->word));
        print_named(out, s->if_exists ? " IF EXISTS " : " ", s);
        break;
    case AST_STATEMENT_INSERT:
        print_insert(out, s);
        break;
    case AST_STATEMENT_UPDATE:
        print_update(out, s);
        break;
    case AST_STATEMENT_DELETE:
        print_named(out, "DELETE FROM ", s);
        print_change_end(out, s);
        break;
    case AST_STATEMENT_TRUNCATE:
        print_named(out, "TRUNCATE TABLE ", s);
        break;
    case AST_STATEMENT_OPTIMIZE:
        print_optimize(out, s);
        break;
    case AST_STATEMENT_ALTER:
        print_alter(out, s);
        break;
    case AST_STATEMENT_COPY:
        print_copy(out, s);
        break;
    default:
        print_session(out, s);
        break;
    }
}
