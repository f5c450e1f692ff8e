/* test_eval.c - expressions over batches: dictionaries, NULLs, parts that must not be computed. */
#include "tests/unit/unit.h"

#include "exec/eval.h"

static struct budget budget;
static atomic_bool cancel;
static struct context context = {
    .budget = &budget, .cancel = &cancel, .n_threads = 1, .batch_size = 4096};
static struct error error;
static struct arena arena;

enum { ROWS = 6 };

/* One VARCHAR column, as a dictionary: b a NULL b c a; and one BIGINT column: 0 1 2 3 4 5. */
static struct field fields[] = {{"s", {.id = TYPE_VARCHAR}, false},
                                {"n", {.id = TYPE_BIGINT}, true}};
static const struct schema schema = {fields, 2};

static struct batch *make_batch(void)
{
    static const uint32_t CODES[ROWS] = {1, 0, 77, 1, 2, 0}; /* under NULL: out of range */
    struct batch *batch;
    struct column *codes, *entries;
    ASSERT_OK(batch_new(2, ROWS, 0, &budget, &batch, &error), error);
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), 3, &budget, "test", &entries, &error), error);
    for (int i = 0; i < 3; i++)
        ((struct text *)entries->data)[i] = text_view((const char *[]){"a", "b", "c"}[i], 1);
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), ROWS, &budget, "test", &codes, &error), error);
    codes->encoding = COLUMN_DICTIONARY;
    codes->dictionary = entries;
    memcpy(codes->data, CODES, sizeof CODES);
    ASSERT_OK(column_add_validity(codes, &error), error);
    bits_clear(codes->validity, 2);
    batch->columns[0] = codes;
    ASSERT_OK(column_new(type_of(TYPE_BIGINT), ROWS, &budget, "test", &batch->columns[1], &error),
              error);
    for (int64_t i = 0; i < ROWS; i++)
        ((int64_t *)batch->columns[1]->data)[i] = i;
    return batch;
}

static struct expr *text_constant(const char *text)
{
    struct value v = {.type = type_of(TYPE_VARCHAR), .text = str_of(text)};
    return expr_constant(&arena, v, (struct span){0});
}

static struct expr *int_constant(int64_t n)
{
    struct value v = {.type = type_of(TYPE_BIGINT), .i64 = n};
    return expr_constant(&arena, v, (struct span){0});
}

static struct expr *call(enum function_id id, enum type_id type, struct expr *a, struct expr *b)
{
    struct expr **args = ARENA_ARRAY(&arena, struct expr *, 2);
    args[0] = a;
    args[1] = b;
    return expr_call(&arena, id, type_of(type), args, b ? 2 : 1, (struct span){0});
}

static struct expr *column(uint32_t i)
{
    return expr_column(&arena, i, fields[i].type, (struct span){0});
}

/* The rows of `output` for the rows that pass `filter` (or NULL), as text with blanks between. */
static void expect(struct expr *filter, struct expr *output, const char *wanted)
{
    struct expr_list filters = {&filter, filter ? 1 : 0}, outputs = {&output, 1};
    struct eval_program *program;
    struct evaluator *evaluator;
    char got[256] = "";
    ASSERT_OK(
        eval_program_new(&arena, &filters, &outputs, &schema, &context, NULL, &program, &error),
        error);
    ASSERT_OK(evaluator_open(program, &evaluator, &error), error);
    for (int round = 0; round < 2; round++) { /* the second with another dictionary */
        struct batch *batch = make_batch(), *result;
        got[0] = 0;
        ASSERT_OK(evaluator_run(evaluator, batch, &result, &error), error);
        for (size_t i = 0; result && i < result->length; i++) {
            struct value v = value_of_column(result->columns[0], i, &arena);
            strcat(strcat(got, i ? " " : ""), value_to_sql(&v, &arena));
        }
        batch_unref(result);
        batch_unref(batch);
        assert_string_equal(got, wanted);
    }
    evaluator_close(evaluator);
    eval_program_close(program);
    assert_int_equal(budget_used(&budget), 0);
}

static void test_eval_dictionary_comparison_gives_booleans(void **state)
{
    (void)state;
    expect(NULL, call(FUNCTION_EQ, TYPE_BOOLEAN, column(0), text_constant("b")),
           "true false NULL true false false");
}

static void test_eval_dictionary_filter_keeps_rows(void **state)
{
    (void)state;
    expect(call(FUNCTION_GE, TYPE_BOOLEAN, column(0), text_constant("b")), column(1), "0 3 4");
}

static void test_eval_dictionary_passes_through(void **state)
{
    (void)state;
    expect(call(FUNCTION_LT, TYPE_BOOLEAN, column(1), int_constant(4)), column(0),
           "'b' 'a' NULL 'b'");
}

static void test_eval_dictionary_in_list_follows_null_rules(void **state)
{
    (void)state;
    struct expr *in = ARENA_NEW(&arena, struct expr),
                **args = ARENA_ARRAY(&arena, struct expr *, 3);
    args[0] = column(0);
    args[1] = text_constant("c");
    args[2] = text_constant("b");
    *in = (struct expr){.kind = EXPR_IN, .type = type_of(TYPE_BOOLEAN), .args = args, .n_args = 3};
    expect(NULL, in, "true false NULL true true false");
    args[1]->value.is_null = true;
    expect(NULL, in, "true NULL NULL true NULL NULL");
}

static void test_eval_case_does_not_compute_what_is_not_asked(void **state)
{
    (void)state;
    /* 9223372036854775807 + n overflows for n > 0: only row 0 may see it. */
    struct expr *branch = ARENA_NEW(&arena, struct expr),
                **args = ARENA_ARRAY(&arena, struct expr *, 3);
    struct expr **sum = ARENA_ARRAY(&arena, struct expr *, 2);
    struct type targets[2], result;
    const struct type types[2] = {type_of(TYPE_BIGINT), type_of(TYPE_BIGINT)};
    const bool literal[2] = {false, false};
    sum[0] = int_constant(INT64_MAX);
    sum[1] = column(1);
    enum function_id add =
        function_resolve(STR_LITERAL("+"), types, literal, 2, true, targets, &result);
    args[0] = call(FUNCTION_EQ, TYPE_BOOLEAN, column(1), int_constant(0));
    args[1] = expr_call(&arena, add, result, sum, 2, (struct span){0});
    args[2] = column(1);
    *branch =
        (struct expr){.kind = EXPR_CASE, .type = type_of(TYPE_BIGINT), .args = args, .n_args = 3};
    expect(NULL, branch, "9223372036854775807 1 2 3 4 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval_dictionary_comparison_gives_booleans),
        cmocka_unit_test(test_eval_dictionary_filter_keeps_rows),
        cmocka_unit_test(test_eval_dictionary_passes_through),
        cmocka_unit_test(test_eval_dictionary_in_list_follows_null_rules),
        cmocka_unit_test(test_eval_case_does_not_compute_what_is_not_asked),
    };
    budget_init(&budget, SIZE_MAX);
    if (arena_init(&arena, &error) != STATUS_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
