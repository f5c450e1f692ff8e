#include "parser/ast_print.h"
#include "parser/parse.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static struct arena arena;

static int setup(void **state)
{
    struct error error = {0};
    (void)state;
    return arena_init(&arena, &error) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct ast_statement *parse(const char *sql)
{
    struct parse_result result;
    struct error error = {0};
    if (parse_statement(&arena, str_of(sql), &result, &error) != STATUS_OK)
        fail_msg("%s: %s", sql, error.message);
    return result.statement;
}

static struct ast_expr *parse_one(const char *sql)
{
    struct ast_expr *expr;
    struct error error = {0};
    if (parse_expression(&arena, str_of(sql), &expr, &error) != STATUS_OK)
        fail_msg("%s: %s", sql, error.message);
    return expr;
}

/* ---- Precedence ---- */

/* The tree with a parenthesis around every operator. */
static void shape(const struct ast_expr *e, struct strbuf *out)
{
    const struct ast_expr *parts[] = {e->arg, e->left, e->right, e->escape};
    switch (e->kind) {
    case AST_UNARY:
    case AST_BINARY:
    case AST_LIKE:
    case AST_BETWEEN:
    case AST_IN:
    case AST_IS:
    case AST_COLLATE:
    case AST_CAST:
        strbuf_putc(out, '(');
        strbuf_puts(out, e->negated ? "not-" : "");
        strbuf_puts(out, e->kind == AST_BETWEEN   ? "between"
                         : e->kind == AST_IN      ? "in"
                         : e->kind == AST_IS      ? "is"
                         : e->kind == AST_COLLATE ? "collate"
                         : e->kind == AST_CAST    ? "::"
                                                  : ast_op_text((enum ast_op)e->op));
        for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
            if (parts[i]) {
                strbuf_putc(out, ' ');
                shape(parts[i], out);
            }
        }
        strbuf_putc(out, ')');
        break;
    default:
        ast_print_expr(e, out);
        break;
    }
}

static void assert_shape(const char *sql, const char *wanted)
{
    struct strbuf text;
    strbuf_init(&text, &arena);
    shape(parse_one(sql), &text);
    assert_string_equal(text.data, wanted);
}

static void test_parse_precedence_is_sqlite_s(void **state)
{
    (void)state;
    assert_shape("a OR b AND c", "(OR a (AND b c))");
    assert_shape("NOT a AND b", "(AND (NOT a) b)");
    assert_shape("NOT a = b", "(NOT (= a b))");
    assert_shape("a = b < c", "(= a (< b c))");
    assert_shape("a < b = c", "(= (< a b) c)");
    assert_shape("a = b IS c", "(is (= a b) c)");
    assert_shape("a = b IN (1)", "(in (= a b))");
    assert_shape("a < b | c", "(< a (| b c))");
    assert_shape("a | b + c", "(| a (+ b c))");
    assert_shape("a & b | c << d", "(<< (| (& a b) c) d)");
    assert_shape("a + b * c - d", "(- (+ a (* b c)) d)");
    assert_shape("a * b || c", "(* a (|| b c))");
    assert_shape("a || b -> c ->> d", "(->> (-> (|| a b) c) d)");
    assert_shape("-a -> b", "(-> (- a) b)");
    assert_shape("- a || b", "(|| (- a) b)");
    assert_shape("~a + b", "(+ (~ a) b)");
    assert_shape("a || b COLLATE nocase", "(|| a (collate b))");
    assert_shape("-a COLLATE nocase", "(collate (- a))");
    assert_shape("-a::int", "(- (:: a))");
    assert_shape("a AT TIME ZONE 'UTC' = b", "(= (AT TIME ZONE a 'UTC') b)");
    assert_shape("a BETWEEN b AND c AND d", "(AND (between a b c) d)");
    assert_shape("a NOT BETWEEN b + 1 AND c OR d", "(OR (not-between a (+ b 1) c) d)");
    assert_shape("a LIKE b || c ESCAPE d", "(LIKE a (|| b c) d)");
    assert_shape("a LIKE b = c", "(= (LIKE a b) c)");
    assert_shape("NOT a LIKE b", "(NOT (LIKE a b))");
    assert_shape("a NOT NULL AND b", "(AND (not-is a) b)");
    assert_shape("a IS NOT b = c", "(= (not-is a b) c)");
    assert_shape("a IS NOT DISTINCT FROM b AND c", "(AND (is a b) c)");
    assert_shape("(a + b) * c", "(* (+ a b) c)");
}

/* ---- Spans ---- */

static void assert_expr_span(const char *sql, const struct ast_expr *expr);

static void assert_spans(const char *sql, const struct ast_exprs *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        assert_expr_span(sql, list->items[i]);
}

/* The text under an expression's span is that expression. */
static void assert_expr_span(const char *sql, const struct ast_expr *expr)
{
    struct strbuf whole, part;
    const struct ast_expr *parts[] = {expr->arg, expr->left, expr->right, expr->escape,
                                      expr->otherwise};
    strbuf_init(&whole, &arena);
    strbuf_init(&part, &arena);
    ast_print_expr(expr, &whole);
    char *text = arena_strndup(&arena, sql + expr->span.start, expr->span.end - expr->span.start);
    ast_print_expr(parse_one(text), &part);
    assert_string_equal(whole.data, part.data);
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        if (parts[i])
            assert_expr_span(sql, parts[i]);
    assert_spans(sql, &expr->list);
    for (uint32_t i = 0; i < expr->n_whens; i++) {
        assert_expr_span(sql, expr->whens[i].when);
        assert_expr_span(sql, expr->whens[i].then);
    }
    for (uint32_t i = 0; i < expr->n_fields; i++)
        assert_expr_span(sql, expr->fields[i].value);
    for (uint32_t i = 0; expr->call && i < expr->call->n_args; i++)
        if (expr->call->args[i].value->kind != AST_TABLE)
            assert_expr_span(sql, expr->call->args[i].value);
}

static void test_parse_spans_hold_the_whole_expression(void **state)
{
    static const char *const EXPRS[] = {
        "1 + (2 * 3) - -x.y",
        "( ( a ) ) || 'b' -> c [ 1 ] . d",
        "CASE x WHEN 1 THEN (a) ELSE b + 1 END IS NOT NULL",
        "sum ( a + 1 ) FILTER (WHERE b > 1) OVER (PARTITION BY c ORDER BY d) + 1",
        "a NOT BETWEEN ( 1 ) AND 2 OR b IN (1, (2)) AND c NOT IN (SELECT 1)",
        "CAST ( a AS DECIMAL(10, 2) ) :: text COLLATE nocase",
        "INTERVAL '1' DAY + INTERVAL (x + 1) HOUR - TIMESTAMP WITH TIME ZONE '2026-01-01Z'",
        "a LIKE 'x' ESCAPE '!' AND NOT EXISTS (SELECT 1) AND (SELECT 2) = ALL (SELECT 3)",
        "{a: 1, 'b': [1, 2, x]} . a",
        "ts AT TIME ZONE 'UTC' IS DISTINCT FROM (b ISNULL)",
        "f(a => 1, b := (2)) ->> '$.x'",
        "(a, b) IN ((1, 2), (3, 4))",
        "substring(a FROM 2 FOR (n)) || current_timestamp",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(EXPRS); i++)
        assert_expr_span(EXPRS[i], parse_one(EXPRS[i]));
}

static void test_parse_spans_of_sources_and_names(void **state)
{
    (void)state;
    const char *sql = "SELECT a FROM t AS x LEFT OUTER JOIN (SELECT 1) AS y ON a = b";
    const struct ast_source *join = parse(sql)->select->from;
    assert_int_equal(join->kind, AST_SOURCE_JOIN);
    assert_int_equal(join->left->span.start, 14);
    assert_int_equal(join->left->span.end, 20);
    assert_int_equal(join->join_span.start, 21);
    assert_int_equal(join->join_span.end, 36);
    assert_int_equal(join->right->span.start, 37);
    assert_int_equal(join->right->span.end, 52);
    assert_int_equal(join->span.end, strlen(sql));
    const struct ast_name name = parse("SELECT \"a b\"")->select->results[0].expr->names.items[0];
    assert_true(name.span.end - name.span.start > name.text.length);
}

/* ---- Trees ---- */

static void test_parse_session_keys_before_the_descriptor(void **state)
{
    (void)state;
    const struct ast_call *call =
        parse("FROM SESSION(TABLE t PARTITION BY a, b, DESCRIPTOR(ts), INTERVAL '5' MINUTE)")
            ->select->from->call;
    assert_int_equal(call->n_args, 3);
    assert_int_equal(call->args[0].value->kind, AST_TABLE);
    assert_int_equal(call->args[0].value->source->partition_by.count, 2);
    assert_int_equal(call->args[2].value->kind, AST_INTERVAL);
    call = parse("FROM SESSION(TABLE t PARTITION BY a, ts, gap)")->select->from->call;
    assert_int_equal(call->n_args, 3);
    assert_int_equal(call->args[0].value->source->partition_by.count, 1);
}

static void test_parse_statement_takes_one_of_many(void **state)
{
    (void)state;
    struct parse_result result;
    struct error error = {0};
    struct str sql = STR_LITERAL(" ; -- x\n SELECT ';' ; SELECT 2");
    ASSERT_OK(parse_statement(&arena, sql, &result, &error), error);
    assert_non_null(result.statement);
    assert_int_equal(result.used, 21);
    assert_int_equal(result.statement->span.start, 9);
    assert_int_equal(result.statement->span.end, 19);
    ASSERT_OK(parse_statement(&arena, STR_LITERAL(" ;; /* x */ -- y"), &result, &error), error);
    assert_null(result.statement);
    assert_int_equal(result.used, 16);
    ASSERT_OK(parse_statement(&arena, (struct str){NULL, 0}, &result, &error), error);
    assert_null(result.statement);
    sql = STR_LITERAL("CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; SELECT 2; END; SELECT 3");
    ASSERT_OK(parse_statement(&arena, sql, &result, &error), error);
    assert_int_equal(result.statement->kind, AST_STATEMENT_OTHER);
    assert_true(str_is(result.statement->word, "CREATE TRIGGER"));
    assert_int_equal(result.used, 65);
    assert_int_not_equal(parse_statement(&arena, STR_LITERAL("SELEC 1; SELECT 2"), &result, &error),
                         STATUS_OK);
    assert_int_equal(result.used, 8);
}

static void test_parse_parameters_are_numbered(void **state)
{
    (void)state;
    struct parse_result result;
    struct error error = {0};
    struct str sql = STR_LITERAL("SELECT ?, :a, ?5, $a, @b, ?, $2");
    ASSERT_OK(parse_statement(&arena, sql, &result, &error), error);
    assert_int_equal(result.n_parameters, 7);
    const struct ast_result *r = result.statement->select->results;
    static const uint32_t WANTED[] = {1, 2, 5, 2, 6, 7, 2};
    for (size_t i = 0; i < ARRAY_LENGTH(WANTED); i++)
        assert_int_equal(r[i].expr->index, WANTED[i]);
    assert_true(str_is(result.parameters[1].text, "a"));
    assert_true(str_is(result.parameters[5].text, "b"));
    assert_null(result.parameters[2].text.data);
    assert_int_equal(parse_statement(&arena, STR_LITERAL("SELECT ?1001"), &result, &error),
                     STATUS_LIMIT);
}

static void test_parse_other_statements_keep_their_words(void **state)
{
    static const char *const OTHERS[] = {
        "CREATE INDEX", "PRAGMA",           "ATTACH",        "VACUUM",
        "REPLACE INTO", "INSERT OR IGNORE", "CREATE REPORT", "REFRESH MATERIALIZED VIEW",
        "ALTER VIEW",   "SAVEPOINT"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(OTHERS); i++) {
        const struct ast_statement *s =
            parse(arena_printf(&arena, "%s x (a, 'b' ) => ?;", OTHERS[i]));
        assert_int_equal(s->kind, AST_STATEMENT_OTHER);
        assert_true(str_is(s->word, OTHERS[i]));
    }
    assert_int_equal(parse("EXPLAIN DROP INDEX i")->inner->kind, AST_STATEMENT_OTHER);
}

static void test_parse_keywords_are_names_where_no_clause_needs_them(void **state)
{
    static const char *const NAMES[] = {"left",   "emit",    "window", "filter",    "over",
                                        "offset", "first",   "date",   "interval",  "key",
                                        "rows",   "cast",    "asof",   "watermark", "lateral",
                                        "at",     "replace", "end_",   "view",      "range"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(NAMES); i++) {
        const char *n = NAMES[i];
        parse(arena_printf(&arena,
                           "SELECT %s, t.%s AS %s, x %s FROM %s AS %s WHERE %s > 1 ORDER BY %s", n,
                           n, n, n, n, n, n, n));
        parse(arena_printf(&arena, "SELECT f(%s => 1), {%s: 1} FROM %s", n, n, n));
        parse(arena_printf(&arena, "CREATE TABLE %s (%s INT, b TEXT)", n, n));
    }
    parse("SELECT a.order, a.select.group FROM t");
}

/* ---- Limits ---- */

static enum status parse_status(const char *text, size_t length)
{
    struct parse_result result;
    struct error error = {0};
    enum status status = parse_statement(&arena, (struct str){text, length}, &result, &error);
    assert_int_equal(status, error.status);
    return status;
}

static enum status parse_repeated(const char *before, const char *text, unsigned n,
                                  const char *middle, const char *after)
{
    struct strbuf sql;
    strbuf_init(&sql, &arena);
    strbuf_puts(&sql, before);
    for (unsigned i = 0; i < n; i++)
        strbuf_puts(&sql, text);
    strbuf_puts(&sql, middle);
    for (unsigned i = 0; i < n; i++)
        strbuf_puts(&sql, after);
    return parse_status(sql.data, sql.length);
}

static void test_parse_long_chains_pass_and_deep_nesting_does_not(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("SELECT ", "a + ", 1000, "a", ""), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "a AND ", 1000, "a", ""), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "'x' || ", 1000, "a", ""), STATUS_OK);
    assert_int_equal(parse_repeated("", "SELECT 1 UNION ALL ", 1000, "SELECT 2", ""), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT * FROM a", " JOIN b ON c", 1000, "", ""), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "a + ", 1300, "a", ""), STATUS_LIMIT);
    assert_int_equal(parse_repeated("SELECT ", "(", 100, "1", ")"), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "(", 101, "1", ")"), STATUS_LIMIT);
    assert_int_equal(parse_repeated("SELECT ", "f(", 100, "1", ")"), STATUS_OK);
    assert_int_equal(parse_repeated("", "SELECT (", 100, "SELECT 1", ")"), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "(", 100000, "", ""), STATUS_LIMIT);
    assert_int_equal(parse_repeated("SELECT ", "CASE WHEN ", 101, "1", " THEN 1 END"),
                     STATUS_LIMIT);
    assert_int_equal(parse_repeated("SELECT ", "NOT ", 1000, "a", ""), STATUS_OK);
    assert_int_equal(parse_repeated("SELECT ", "NOT ", 10000, "a", ""), STATUS_LIMIT);
    assert_int_equal(parse_repeated("SELECT ", "- ", 10000, "a", ""), STATUS_LIMIT);
}

static void test_parse_a_statement_over_the_limit_is_refused(void **state)
{
    (void)state;
    char *text = arena_alloc(&arena, PARSE_LENGTH_MAX + 64);
    memset(text, ' ', PARSE_LENGTH_MAX + 64);
    memcpy(text, "SELECT", 6);
    text[PARSE_LENGTH_MAX - 1] = '1';
    assert_int_equal(parse_status(text, PARSE_LENGTH_MAX), STATUS_OK);
    text[PARSE_LENGTH_MAX - 1] = ' ';
    text[PARSE_LENGTH_MAX] = '1';
    assert_int_equal(parse_status(text, PARSE_LENGTH_MAX + 1), STATUS_LIMIT);
}

static void test_parse_without_memory_fails_with_memory(void **state)
{
    static const char SQL[] =
        "WITH a AS (SELECT 1) SELECT sum(x + 1) OVER (PARTITION BY b ORDER BY c), \"q\"\"d\", "
        "1_000, "
        "CASE WHEN a THEN 'it''s' END FROM t JOIN u USING (k) WHERE x IN (1, 2, 3) GROUP BY 1";
    (void)state;
    bool done = false;
    for (size_t at = 1; at < 100 && !done; at++) {
        struct arena small;
        struct error error = {0};
        struct parse_result result;
        ASSERT_OK(arena_init(&small, &error), error);
        small.fail_at = at;
        enum status status = parse_statement(&small, STR_LITERAL(SQL), &result, &error);
        assert_true(status == STATUS_OK || status == STATUS_MEMORY);
        done = status == STATUS_OK;
        arena_fini(&small);
    }
    assert_true(done);
}

/* ---- Errors ---- */

static void assert_report(const char *sql, const char *wanted)
{
    struct parse_result result;
    struct error error = {0};
    char text[2048];
    assert_int_not_equal(parse_statement(&arena, str_of(sql), &result, &error), STATUS_OK);
    size_t length = parse_format_error(&error, str_of(sql), text, sizeof(text));
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
    char small[16];
    assert_int_equal(parse_format_error(&error, str_of(sql), small, sizeof(small)), length);
    assert_memory_equal(small, text, sizeof(small) - 1);
}

static void test_parse_error_names_the_word_and_proposes(void **state)
{
    (void)state;
    assert_report("SELECT chanel, count(*) FORM bid GROUP BY 1",
                  "error: syntax error near \"FORM\"\n"
                  "  SELECT chanel, count(*) FORM bid GROUP BY 1\n"
                  "                          ^~~~\n"
                  "hint: did you mean FROM?\n");
    assert_report("SELCT 1", "error: syntax error near \"SELCT\"\n"
                             "  SELCT 1\n"
                             "  ^~~~~\n"
                             "hint: did you mean SELECT?\n");
    assert_report("select a, from t", "error: syntax error near \"from\"\n"
                                      "  select a, from t\n"
                                      "            ^~~~\n"
                                      "hint: remove the comma before from\n");
    assert_report("select count(* from t", "error: syntax error near \"from\"\n"
                                           "  select count(* from t\n"
                                           "                 ^~~~\n"
                                           "hint: a ) is missing for the ( of column 13\n");
    assert_report("select group from t",
                  "error: syntax error near \"group\"\n"
                  "  select group from t\n"
                  "         ^~~~~\n"
                  "hint: group is a keyword; to use it as a name write \"group\"\n");
    assert_report("select a from t where", "error: unexpected end of the statement\n"
                                           "  select a from t where\n"
                                           "                  ^~~~~\n"
                                           "hint: something is missing after where\n");
    assert_report("select * from [my table]",
                  "error: syntax error near \"[\"\n"
                  "  select * from [my table]\n"
                  "                ^\n"
                  "hint: names with blanks are quoted as \"name\", not as [name]\n");
    assert_report("select 'abc",
                  "error: a text is not closed\n"
                  "  select 'abc\n"
                  "         ^\n"
                  "hint: it needs a ' at its end; a quote inside a text is written twice: ''\n");
    assert_report("select f(a, (b)", "error: unexpected end of the statement\n"
                                     "  select f(a, (b)\n"
                                     "                ^\n"
                                     "hint: a ) is missing for the ( of column 9\n");
}

static void test_parse_error_caret_stands_under_the_word(void **state)
{
    (void)state;
    assert_report("select a,\n\t'\xC3\xA9\xE6\x97\xA5', b c d\nfrom t",
                  "error: syntax error near \"d\"\n"
                  "      '\xC3\xA9\xE6\x97\xA5', b c d\n"
                  "                 ^\n"
                  "hint: is a comma missing before d?\n");
    struct strbuf sql;
    strbuf_init(&sql, &arena);
    strbuf_puts(&sql, "select ");
    for (int i = 0; i < 40; i++)
        strbuf_puts(&sql, "column_name, ");
    strbuf_puts(&sql, "a b c_at_fault, ");
    for (int i = 0; i < 40; i++)
        strbuf_puts(&sql, "column_name, ");
    strbuf_puts(&sql, "1");
    struct parse_result result;
    struct error error = {0};
    char text[1024];
    assert_int_equal(parse_statement(&arena, strbuf_str(&sql), &result, &error), STATUS_SYNTAX);
    parse_format_error(&error, strbuf_str(&sql), text, sizeof(text));
    char *line = strchr(text, '\n') + 1;
    char *carets = strchr(line, '\n') + 1;
    size_t column = (size_t)(strchr(carets, '^') - carets);
    assert_memory_equal(line + column, "c_at_fault", 10);
    assert_true(carets - line < 120);
    assert_memory_equal(strchr(carets, '^'), "^~~~~~~~~~\n", 11);
}

static void test_parse_locate_counts_characters(void **state)
{
    (void)state;
    struct str sql = STR_LITERAL("a\r\n\xC3\xA9\xC3\xA9x\n");
    struct parse_place place = parse_locate(sql, 7);
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 3);
    assert_true(str_equal(place.text, STR_LITERAL("\xC3\xA9\xC3\xA9x")));
    assert_int_equal(place.line_offset, 3);
    assert_true(str_equal(parse_locate(sql, 0).text, STR_LITERAL("a")));
    assert_int_equal(parse_locate(sql, 1000).line, 3);
    assert_int_equal(parse_locate((struct str){NULL, 0}, 5).line, 1);
}

/* ---- Completeness ---- */

static bool is_complete(const char *sql)
{
    return parse_is_complete(str_of(sql));
}

static void test_parse_is_complete(void **state)
{
    (void)state;
    assert_true(is_complete(""));
    assert_true(is_complete("  -- x"));
    assert_true(is_complete("select 1;"));
    assert_true(is_complete("select 1; -- done"));
    assert_true(is_complete("select ';'; select 2 /* ; */ ;"));
    assert_true(is_complete("BEGIN;"));
    assert_true(is_complete("create trigger t after insert on u begin select 1; end;"));
    assert_false(is_complete("select 1"));
    assert_false(is_complete("select 1; select 2"));
    assert_false(is_complete("select ';"));
    assert_false(is_complete("select \";"));
    assert_false(is_complete("select 1; /* ;"));
    assert_false(is_complete("create temp trigger t after insert on u begin select 1;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_precedence_is_sqlite_s),
        cmocka_unit_test(test_parse_spans_hold_the_whole_expression),
        cmocka_unit_test(test_parse_spans_of_sources_and_names),
        cmocka_unit_test(test_parse_session_keys_before_the_descriptor),
        cmocka_unit_test(test_parse_statement_takes_one_of_many),
        cmocka_unit_test(test_parse_parameters_are_numbered),
        cmocka_unit_test(test_parse_other_statements_keep_their_words),
        cmocka_unit_test(test_parse_keywords_are_names_where_no_clause_needs_them),
        cmocka_unit_test(test_parse_long_chains_pass_and_deep_nesting_does_not),
        cmocka_unit_test(test_parse_a_statement_over_the_limit_is_refused),
        cmocka_unit_test(test_parse_without_memory_fails_with_memory),
        cmocka_unit_test(test_parse_error_names_the_word_and_proposes),
        cmocka_unit_test(test_parse_error_caret_stands_under_the_word),
        cmocka_unit_test(test_parse_locate_counts_characters),
        cmocka_unit_test(test_parse_is_complete),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
