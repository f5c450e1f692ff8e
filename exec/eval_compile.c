/* eval_compile.c - expression trees to the flat program of eval_int.h. */
#include "exec/eval_int.h"

struct compiler {
    struct eval_program *program;
    struct arena *arena;
    struct error *error;
};

static enum status compile_expr(struct compiler *c, const struct expr *e, uint32_t block,
                                uint32_t *out);

static bool op_same(const struct eval_op *op, const struct expr *e, uint32_t block)
{
    return op->block == block && (op->expr == e || expr_equal(op->expr, e));
}

static bool is_volatile(const struct expr *e)
{
    if (e->kind == EXPR_CALL && function_info[e->function].flags & FUNCTION_VOLATILE)
        return true;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (is_volatile(e->args[i]))
            return true;
    return false;
}

/* Whether computing it for a row nobody asked for could fail the query. */
static bool may_fail(const struct expr *e)
{
    if (e->kind == EXPR_CALL && function_info[e->function].flags & FUNCTION_FAILS)
        return true;
    if (e->kind == EXPR_CAST && !e->is_try)
        return true;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (may_fail(e->args[i]))
            return true;
    return false;
}

static uint32_t push_op(struct compiler *c, enum eval_op_kind kind, const struct expr *e,
                        uint32_t block)
{
    struct eval_op *op = ARRAY_PUSH(c->arena, &c->program->ops);
    op->kind = kind;
    op->expr = e;
    op->block = block;
    return (uint32_t)c->program->ops.count - 1;
}

static void set_args(struct compiler *c, uint32_t at, uint32_t *args, uint32_t *blocks, uint32_t n)
{
    struct eval_op *op = &c->program->ops.items[at];
    op->args = args;
    op->arg_blocks = blocks;
    op->n_args = n;
}

/* Arguments computed for the same rows as their user. */
static enum status compile_args(struct compiler *c, const struct expr *e, uint32_t n,
                                uint32_t block, uint32_t **out)
{
    *out = ARENA_ARRAY(c->arena, uint32_t, n + 1);
    TRY(arena_check(c->arena, c->error));
    for (uint32_t i = 0; i < n; i++)
        TRY(compile_expr(c, e->args[i], block, &(*out)[i]));
    return STATUS_OK;
}

/* Arguments that get blocks of their own where `guarded` says so. */
static enum status compile_blocks(struct compiler *c, const struct expr *e, uint32_t block,
                                  bool guard_all, uint32_t **args, uint32_t **blocks)
{
    *args = ARENA_ARRAY(c->arena, uint32_t, e->n_args + 1);
    *blocks = ARENA_ARRAY(c->arena, uint32_t, e->n_args + 1);
    TRY(arena_check(c->arena, c->error));
    for (uint32_t i = 0; i < e->n_args; i++) {
        bool guarded = i > 0 && (guard_all || may_fail(e->args[i]));
        uint32_t b = guarded ? c->program->n_blocks++ : block;
        (*blocks)[i] = b;
        TRY(compile_expr(c, e->args[i], b, &(*args)[i]));
    }
    return STATUS_OK;
}

static enum status compile_in(struct compiler *c, const struct expr *e, uint32_t block,
                              uint32_t *out)
{
    uint32_t *args;
    uint32_t n = 0;
    struct column *set;
    bool has_null = false;
    TRY(compile_args(c, e, 1, block, &args));
    for (uint32_t i = 1; i < e->n_args; i++) {
        if (e->args[i]->value.is_null)
            has_null = true;
        else
            n++;
    }
    struct column **parts = ARENA_ARRAY(c->arena, struct column *, n + 1);
    TRY(arena_check(c->arena, c->error));
    enum status status = STATUS_OK;
    uint32_t made = 0;
    for (uint32_t i = 1; i < e->n_args && status == STATUS_OK; i++)
        if (!e->args[i]->value.is_null) {
            status = value_to_column(&e->args[i]->value, 1, c->program->context->budget,
                                     &parts[made], c->error);
            made += status == STATUS_OK;
        }
    if (status == STATUS_OK && n == 0)
        status = column_new(e->args[0]->type, 0, c->program->context->budget, "IN", &set, c->error);
    else if (status == STATUS_OK)
        status = column_concat(parts, n, c->program->context->budget, &set, c->error);
    for (uint32_t i = 0; i < made; i++)
        column_unref(parts[i]);
    TRY(status);
    *out = push_op(c, EVAL_IN, e, block);
    struct eval_op *op = &c->program->ops.items[*out];
    op->constant = set;
    op->set_has_null = has_null;
    set_args(c, *out, args, NULL, 1);
    return STATUS_OK;
}

static enum status compile_new(struct compiler *c, const struct expr *e, uint32_t block,
                               uint32_t *out)
{
    uint32_t *args, *blocks;
    switch ((enum expr_kind)e->kind) {
    case EXPR_COLUMN:
        *out = push_op(c, EVAL_INPUT, e, block);
        return STATUS_OK;
    case EXPR_CONSTANT: {
        struct column *constant;
        TRY(value_to_column(&e->value, 1, c->program->context->budget, &constant, c->error));
        *out = push_op(c, EVAL_CONSTANT, e, block);
        c->program->ops.items[*out].constant = constant;
        return STATUS_OK;
    }
    case EXPR_CALL:
        TRY(compile_args(c, e, e->n_args, block, &args));
        *out = push_op(c, EVAL_CALL, e, block);
        set_args(c, *out, args, NULL, e->n_args);
        return STATUS_OK;
    case EXPR_CAST:
        TRY(compile_args(c, e, 1, block, &args));
        *out = push_op(c, EVAL_CAST, e, block);
        set_args(c, *out, args, NULL, 1);
        return STATUS_OK;
    case EXPR_CASE:
        TRY(compile_blocks(c, e, block, true, &args, &blocks));
        *out = push_op(c, EVAL_CASE, e, block);
        set_args(c, *out, args, blocks, e->n_args);
        return STATUS_OK;
    case EXPR_AND:
    case EXPR_OR:
        TRY(compile_blocks(c, e, block, false, &args, &blocks));
        *out = push_op(c, EVAL_LOGIC, e, block);
        set_args(c, *out, args, blocks, e->n_args);
        return STATUS_OK;
    case EXPR_IN:
        return compile_in(c, e, block, out);
    }
    return error_set(c->error, STATUS_INTERNAL, "unknown expression kind: %d", e->kind);
}

static enum status compile_expr(struct compiler *c, const struct expr *e, uint32_t block,
                                uint32_t *out)
{
    if (!is_volatile(e))
        for (size_t i = 0; i < c->program->ops.count; i++)
            if (op_same(&c->program->ops.items[i], e, block)) {
                *out = (uint32_t)i;
                return STATUS_OK;
            }
    TRY(compile_new(c, e, block, out));
    return arena_check(c->arena, c->error);
}

static enum status compile_list(struct compiler *c, const struct expr_list *list,
                                uint32_t first_block, uint32_t block_step, uint32_t **out)
{
    *out = ARENA_ARRAY(c->arena, uint32_t, list->count + 1);
    TRY(arena_check(c->arena, c->error));
    for (uint32_t i = 0; i < list->count; i++)
        TRY(compile_expr(c, list->items[i], first_block + i * block_step, &(*out)[i]));
    return STATUS_OK;
}

enum status eval_program_new(struct arena *arena, const struct expr_list *filters,
                             const struct expr_list *outputs, const struct schema *input,
                             const struct context *context, const struct time_zone *zone,
                             struct eval_program **out, struct error *error)
{
    struct eval_program *program = ARENA_NEW(arena, struct eval_program);
    TRY(arena_check(arena, error));
    program->arena = arena;
    program->context = context;
    program->zone = zone;
    program->input = input;
    program->n_filters = filters ? filters->count : 0;
    program->n_outputs = outputs->count;
    /* Block i computes filter i, block n_filters the outputs: each sees fewer rows than the one before. */
    program->n_blocks = program->n_filters + 1;
    struct compiler c = {program, arena, error};
    *out = program;
    enum status status = STATUS_OK;
    if (filters)
        status = compile_list(&c, filters, 0, 1, &program->filters);
    if (status == STATUS_OK)
        status = compile_list(&c, outputs, program->n_filters, 0, &program->outputs);
    if (status != STATUS_OK) {
        eval_program_close(program);
        *out = NULL;
    }
    return status;
}

void eval_program_close(struct eval_program *program)
{
    if (!program)
        return;
    for (size_t i = 0; i < program->ops.count; i++)
        column_unref(program->ops.items[i].constant);
    program->ops.count = 0;
}
