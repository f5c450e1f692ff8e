/* eval.c - runs the program of eval_compile.c over batches.
 *
 *   1. A register holds the op's column for the frame's rows: FLAT with n values, CONSTANT, or DICTIONARY as
 *      an input was; kernels get the first two.                                             [op_run, arg_run]
 *   2. Inputs are taken once a frame, when first needed.                                      [frame_input]
 *   3. A call whose arguments are all CONSTANT is computed for one row and stays CONSTANT.     [run_constant] */
#include "exec/eval_int.h"

enum { FRAME_DEPTH_MAX = 512 };

/* The rows a block is computed for, and what is known of them so far. */
struct frame {
    struct batch *batch;
    const uint32_t *rows; /* of the batch; NULL: all */
    size_t n;
    struct column **inputs;    /* by input column; NULL: not taken yet */
    struct column **registers; /* by op; NULL: not computed yet */
};

/* A function of one dictionary column is computed once an entry, not once a row, when enough rows have asked. */
struct memo {
    struct column *dictionary, *result; /* no result: not computed */
    size_t asked;                       /* rows */
    bool failed;                        /* for some entry: what a row has may be fine */
};

struct evaluator {
    const struct eval_program *program;
    struct arena arena;          /* of kernel states */
    struct kernel_state *states; /* by op */
    struct column ***args;       /* by op: room for its arguments, twice */
    struct memo *memos;          /* by op: what it gives for the entries of the last dictionary */
    struct frame *frames;        /* a stack, reused */
    uint32_t depth;
};

static enum status op_run(struct evaluator *ev, uint32_t at, struct column **out,
                          struct error *error);
static enum status in_flat(struct evaluator *ev, uint32_t at, const struct column *arg,
                           struct column **out, struct error *error);

static struct frame *top(struct evaluator *ev)
{
    return &ev->frames[ev->depth - 1];
}

/* Takes a reference to `column` and gives one to a column without a dictionary. */
static enum status flat_take(struct evaluator *ev, struct column *column, struct column **out,
                             struct error *error)
{
    *out = column;
    if (column->encoding != COLUMN_DICTIONARY)
        return STATUS_OK;
    enum status status = column_flatten(column, ev->program->context->budget, out, error);
    column_unref(column);
    return status;
}

/* As op_run, for a kernel's argument: FLAT or CONSTANT. */
static enum status arg_run(struct evaluator *ev, uint32_t at, struct column **out,
                           struct error *error)
{
    struct column *column;
    TRY(op_run(ev, at, &column, error));
    return flat_take(ev, column, out, error);
}

/* ---- frames ---- */

static enum status frame_push(struct evaluator *ev, struct batch *batch, const uint32_t *rows,
                              size_t n, struct error *error)
{
    if (ev->depth == FRAME_DEPTH_MAX)
        return error_set(error, STATUS_LIMIT,
                         "expression is nested too deeply for CASE, AND and OR: %d",
                         FRAME_DEPTH_MAX);
    struct frame *f = &ev->frames[ev->depth];
    if (!f->inputs) {
        f->inputs = ARENA_ARRAY(&ev->arena, struct column *, ev->program->input->n_fields + 1);
        f->registers = ARENA_ARRAY(&ev->arena, struct column *, ev->program->ops.count + 1);
        if (!f->inputs || !f->registers)
            return error_no_memory(error, ev->program->ops.count * sizeof(void *), "an expression");
        TRY(arena_check(&ev->arena, error));
    }
    f->batch = batch;
    f->rows = rows;
    f->n = n;
    ev->depth++;
    return STATUS_OK;
}

static void frame_pop(struct evaluator *ev)
{
    struct frame *f = top(ev);
    for (uint32_t i = 0; i < ev->program->input->n_fields; i++)
        if (f->inputs[i]) {
            column_unref(f->inputs[i]);
            f->inputs[i] = NULL;
        }
    for (size_t i = 0; i < ev->program->ops.count; i++)
        if (f->registers[i]) {
            column_unref(f->registers[i]);
            f->registers[i] = NULL;
        }
    ev->depth--;
}

static enum status frame_input(struct evaluator *ev, uint32_t index, struct column **out,
                               struct error *error)
{
    struct frame *f = top(ev);
    if (!f->inputs[index]) {
        struct column *column = f->batch->columns[index], *taken = NULL;
        struct budget *budget = ev->program->context->budget;
        if (f->rows)
            TRY(column_take(column, f->rows, f->n, budget, &taken, error));
        else
            taken = column_ref(column);
        f->inputs[index] = taken;
    }
    *out = column_ref(f->inputs[index]);
    return STATUS_OK;
}

/* The frame's rows numbered by `picked` (positions in the frame), as rows of the batch. In place. */
static void rows_compose(const struct frame *f, uint32_t *picked, size_t n)
{
    if (f->rows)
        for (size_t i = 0; i < n; i++)
            picked[i] = f->rows[picked[i]];
}

static enum status rows_alloc(const struct evaluator *ev, size_t n, struct buffer **out,
                              struct error *error)
{
    return buffer_new(n * sizeof(uint32_t), ev->program->context->budget, "ParDo", out, error);
}

/* ---- constants ---- */

/* The constant column `one` as one of `n` rows. */
static enum status constant_of(const struct column *one, size_t n, struct column **out,
                               struct error *error)
{
    TRY(column_retype((struct column *)one, one->type, out, error));
    (*out)->length = n;
    (*out)->encoding = COLUMN_CONSTANT;
    return STATUS_OK;
}

static enum status as_single(const struct column *constant, struct column **out,
                             struct error *error)
{
    TRY(column_retype((struct column *)constant, constant->type, out, error));
    (*out)->length = 1;
    (*out)->encoding = COLUMN_FLAT;
    return STATUS_OK;
}

/* ---- calls ---- */

static enum status strict_validity(const struct column *const *args, uint32_t n_args,
                                   struct column *out, struct error *error)
{
    for (uint32_t i = 0; i < n_args; i++) {
        const struct column *a = args[i];
        if (!a->validity ||
            a->encoding == COLUMN_CONSTANT) /* a constant NULL was dealt with before */
            continue;
        if (!out->validity) {
            TRY(column_add_validity(out, error));
            memcpy(out->validity, a->validity, bits_size(out->length));
        } else {
            bits_and(out->validity, out->validity, a->validity, out->length);
        }
    }
    return STATUS_OK;
}

static enum status call_kernel(struct evaluator *ev, uint32_t at, const struct column *const *args,
                               size_t rows, struct column **out, struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    const struct context *context = ev->program->context;
    enum function_id id = op->expr->function;
    struct column *result;
    TRY(column_new(op->expr->type, rows, context->budget, "ParDo", &result, error));
    struct kernel_call call = {
        .function = id,
        .args = args,
        .n_args = op->n_args,
        .rows = rows,
        .out = result,
        .state = &ev->states[at],
        .context = context,
        .zone = ev->program->zone,
        .arena = &ev->arena,
    };
    enum status status = STATUS_OK;
    if (!(function_info[id].flags & FUNCTION_SELF))
        status = strict_validity(args, op->n_args, result, error);
    if (status == STATUS_OK)
        status = kernel_table[id](&call, error);
    if (status != STATUS_OK) {
        error_place(error, op->expr->span);
        column_unref(result);
        return status;
    }
    *out = result;
    return STATUS_OK;
}

static enum status run_constant(struct evaluator *ev, uint32_t at, struct column **args,
                                size_t rows, struct column **out, struct error *error)
{
    uint32_t n = ev->program->ops.items[at].n_args, made = 0;
    struct column *result = NULL, **single = ev->args[at] + n;
    enum status status = STATUS_OK;
    for (; made < n; made++) {
        status = as_single(args[made], &single[made], error);
        if (status != STATUS_OK)
            break;
    }
    if (status == STATUS_OK)
        status = call_kernel(ev, at, (const struct column *const *)single, 1, &result, error);
    for (uint32_t i = 0; i < made; i++)
        column_unref(single[i]);
    if (status == STATUS_OK) {
        status = constant_of(result, rows, out, error);
        column_unref(result);
    }
    return status;
}

static enum status run_call_with(struct evaluator *ev, uint32_t at, struct column **args,
                                 struct column **out, struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    unsigned flags = function_info[op->expr->function].flags;
    size_t rows = top(ev)->n;
    bool all_constant = true;
    for (uint32_t i = 0; i < op->n_args; i++) {
        bool constant = column_is_constant(args[i]);
        all_constant &= constant;
        if (constant && column_is_null(args[i], 0) && !(flags & FUNCTION_SELF))
            return column_new_constant(op->expr->type, rows, true, ev->program->context->budget,
                                       out, error);
    }
    if (all_constant && !(flags & FUNCTION_VOLATILE))
        return run_constant(ev, at, args, rows, out, error);
    return call_kernel(ev, at, (const struct column *const *)args, rows, out, error);
}

/* ---- functions of one dictionary column ---- */

enum { MEMO_ENTRIES_MAX = 1 << 20, MEMO_PER_ROW = 8 };

/* The argument that is a dictionary when all others are constants of the program; -1: not so. */
static int dictionary_arg(const struct evaluator *ev, const struct eval_op *op,
                          struct column **args)
{
    int found = -1;
    for (uint32_t i = 0; i < op->n_args; i++) {
        if (args[i]->encoding != COLUMN_DICTIONARY) {
            if (ev->program->ops.items[op->args[i]].kind != EVAL_CONSTANT)
                return -1;
        } else if (found >= 0 || args[i]->dictionary->length > MEMO_ENTRIES_MAX ||
                   args[i]->dictionary->length == 0) {
            return -1;
        } else {
            found = (int)i;
        }
    }
    return found;
}

/* Computing it for entries that no row has must not matter; but for errors, see memo_fill. */
static bool may_memoize(const struct eval_op *op)
{
    if (op->kind == EVAL_IN)
        return true;
    return !(function_info[op->expr->function].flags & (FUNCTION_VOLATILE | FUNCTION_SELF));
}

static void memo_clear(struct memo *memo)
{
    column_unref(memo->dictionary);
    column_unref(memo->result);
    *memo = (struct memo){0};
}

/* out[row] = result[code of the row]: FLAT. */
static enum status memo_gather(struct evaluator *ev, const struct column *codes,
                               const struct column *result, struct column **out,
                               struct error *error)
{
    size_t n = codes->length, size = type_size(result->type);
    const uint32_t *code = codes->data;
    const char *from = result->data;
    TRY(column_new(result->type, n, ev->program->context->budget, "ParDo", out, error));
    char *to = (*out)->data;
    if (size == 1 && !codes->validity) {
        for (size_t i = 0; i < n; i++)
            to[i] = from[code[i]];
    } else {
        for (size_t i = 0; i < n; i++)
            memcpy(to + i * size, from + (column_is_null(codes, i) ? 0 : code[i]) * size, size);
    }
    enum status status = column_share_heaps(*out, result, error);
    for (size_t i = 0; i < n && status == STATUS_OK && (codes->validity || result->validity); i++) {
        if (!column_is_null(codes, i) && !column_is_null(result, code[i]))
            continue;
        status = (*out)->validity ? STATUS_OK : column_add_validity(*out, error);
        if (status == STATUS_OK)
            bits_clear((*out)->validity, i);
    }
    if (status != STATUS_OK)
        column_unref(*out);
    return status;
}

/* The rows' results from those of the entries: text stays a dictionary. */
static enum status memo_apply(struct evaluator *ev, struct column *codes, struct column *result,
                              struct column **out, struct error *error)
{
    if (!type_is_text(result->type) || !type_is_text(codes->type) || result->validity)
        return memo_gather(ev, codes, result, out, error);
    TRY(column_retype(codes, result->type, out, error));
    column_unref((*out)->dictionary);
    (*out)->dictionary = column_ref(result);
    return STATUS_OK;
}

static enum status memo_compute(struct evaluator *ev, uint32_t op, struct column **args, int at,
                                struct error *error)
{
    struct memo *memo = &ev->memos[op];
    struct column *codes = args[at], *dictionary = codes->dictionary;
    args[at] = dictionary;
    enum status status = ev->program->ops.items[op].kind == EVAL_IN
                             ? in_flat(ev, op, dictionary, &memo->result, error)
                             : call_kernel(ev, op, (const struct column *const *)args,
                                           dictionary->length, &memo->result, error);
    args[at] = codes;
    if (status == STATUS_OK)
        return status;
    memo->result = NULL;
    if (status == STATUS_CANCELLED || status == STATUS_MEMORY)
        return status;
    memo->failed = true;
    *error = (struct error){0};
    return STATUS_OK;
}

/* Computes `op` for the entries of args[at], unless that is what was computed last. *known is false if too few rows
 * have asked or an entry fails: the rows are then computed one by one. */
static enum status memo_fill(struct evaluator *ev, uint32_t op, struct column **args, int at,
                             bool *known, struct error *error)
{
    struct memo *memo = &ev->memos[op];
    struct column *dictionary = args[at]->dictionary;
    if (memo->dictionary != dictionary) {
        memo_clear(memo);
        memo->dictionary = column_ref(dictionary);
    }
    memo->asked += args[at]->length;
    if (!memo->result && !memo->failed && memo->asked >= dictionary->length / MEMO_PER_ROW)
        TRY(memo_compute(ev, op, args, at, error));
    *known = memo->result != NULL;
    return STATUS_OK;
}

static bool any_null_constant(const struct eval_op *op, struct column **args)
{
    for (uint32_t i = 0; i < op->n_args; i++)
        if (column_is_constant(args[i]) && column_is_null(args[i], 0))
            return true;
    return false;
}

static enum status run_call(struct evaluator *ev, uint32_t at, struct column **out,
                            struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    struct column **args = ev->args[at];
    uint32_t made = 0;
    enum status status = STATUS_OK;
    for (; made < op->n_args; made++) {
        status = op_run(ev, op->args[made], &args[made], error);
        if (status != STATUS_OK)
            break;
    }
    bool known = false;
    int dictionary = status == STATUS_OK && may_memoize(op) ? dictionary_arg(ev, op, args) : -1;
    if (dictionary >= 0 && !any_null_constant(op, args))
        status = memo_fill(ev, at, args, dictionary, &known, error);
    if (status == STATUS_OK && known) {
        status = memo_apply(ev, args[dictionary], ev->memos[at].result, out, error);
    } else {
        for (uint32_t i = 0; i < made && status == STATUS_OK; i++) {
            struct column *arg = args[i];
            args[i] = NULL;
            status = flat_take(ev, arg, &args[i], error);
            if (status != STATUS_OK)
                args[i] = NULL;
        }
        if (status == STATUS_OK)
            status = run_call_with(ev, at, args, out, error);
    }
    for (uint32_t i = 0; i < made; i++)
        column_unref(args[i]);
    return status;
}

static enum status run_cast(struct evaluator *ev, uint32_t at, struct column **out,
                            struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    struct column *in;
    TRY(arg_run(ev, op->args[0], &in, error));
    enum status status = kernel_cast(in, op->expr->type, op->expr->is_try, ev->program->zone,
                                     ev->program->context, out, error);
    if (status != STATUS_OK)
        error_place(error, op->expr->span);
    column_unref(in);
    return status;
}

/* ---- IN (constants) ---- */

static void negate_bytes(uint8_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] ^= 1;
}

static enum status in_flat(struct evaluator *ev, uint32_t at, const struct column *arg,
                           struct column **out, struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    struct column *result;
    TRY(column_new(type_of(TYPE_BOOLEAN), arg->length, ev->program->context->budget, "ParDo",
                   &result, error));
    enum status status = STATUS_OK;
    if (op->constant->length == 0)
        memset(result->data, 0, arg->length);
    else
        status = kernel_in_set(arg, op->constant, &ev->states[at], &ev->arena, result, error);
    const uint8_t *found = result->data;
    bool empty = op->constant->length == 0 && !op->set_has_null;
    if (status == STATUS_OK && !empty && (arg->validity || op->set_has_null)) {
        if (!result->validity)
            status = column_add_validity(result, error);
        for (size_t i = 0; status == STATUS_OK && i < arg->length; i++)
            if (column_is_null(arg, i) || (!found[i] && op->set_has_null))
                bits_clear(result->validity, i);
    }
    if (status != STATUS_OK) {
        column_unref(result);
        return status;
    }
    if (op->expr->negated)
        negate_bytes(result->data, arg->length);
    *out = result;
    return STATUS_OK;
}

static enum status run_in(struct evaluator *ev, uint32_t at, struct column **out,
                          struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    struct column *arg, *single, *result;
    TRY(op_run(ev, op->args[0], &arg, error));
    enum status status = STATUS_OK;
    bool known = false;
    if (arg->encoding == COLUMN_DICTIONARY && dictionary_arg(ev, op, &arg) == 0)
        status = memo_fill(ev, at, &arg, 0, &known, error);
    if (status == STATUS_OK && known)
        status = memo_apply(ev, arg, ev->memos[at].result, out, error);
    if (status != STATUS_OK || known) {
        column_unref(arg);
        return status;
    }
    TRY(flat_take(ev, arg, &arg, error));
    if (column_is_constant(arg)) {
        status = as_single(arg, &single, error);
        if (status == STATUS_OK) {
            status = in_flat(ev, at, single, &result, error);
            column_unref(single);
        }
        if (status == STATUS_OK) {
            status = constant_of(result, top(ev)->n, out, error);
            column_unref(result);
        }
    } else {
        status = in_flat(ev, at, arg, out, error);
    }
    column_unref(arg);
    return status;
}

/* ---- AND, OR ---- */

/* out = out AND part (or OR) over all rows, three-valued. `out` is FLAT and ours. */
static enum status logic_fold(bool is_or, struct column *out, const struct column *part,
                              struct error *error)
{
    uint8_t *a = out->data;
    const uint8_t *b = part->data;
    size_t n = out->length;
    bool constant = column_is_constant(part);
    if (!out->validity && !part->validity) {
        if (constant && b[0] != is_or)
            return STATUS_OK; /* the neutral element */
        for (size_t i = 0; i < n; i++) {
            uint8_t v = b[constant ? 0 : i];
            a[i] = is_or ? (uint8_t)(a[i] | v) : (uint8_t)(a[i] & v);
        }
        return STATUS_OK;
    }
    if (!out->validity)
        TRY(column_add_validity(out, error));
    for (size_t i = 0; i < n; i++) {
        bool av = bits_get(out->validity, i), bv = !column_is_null(part, i);
        bool x = a[i], y = b[constant ? 0 : i];
        bool decided = (av && x == is_or) || (bv && y == is_or);
        a[i] = decided ? is_or : !is_or;
        bits_put(out->validity, i, decided || (av && bv));
    }
    return STATUS_OK;
}

/* Rows of the frame for which `out` is not decided yet. */
static size_t logic_open_rows(bool is_or, const struct column *out, uint32_t *rows)
{
    const uint8_t *a = out->data;
    size_t n = 0;
    for (size_t i = 0; i < out->length; i++) {
        rows[n] = (uint32_t)i;
        n += (out->validity && !bits_get(out->validity, i)) || a[i] != is_or;
    }
    return n;
}

/* Computes an argument for some rows of the frame, in a frame of its own. */
static enum status run_subset(struct evaluator *ev, uint32_t op, uint32_t *rows, size_t n,
                              struct column **out, struct error *error)
{
    struct frame *f = top(ev);
    rows_compose(f, rows, n);
    TRY(frame_push(ev, f->batch, rows, n, error));
    enum status status = arg_run(ev, op, out, error);
    frame_pop(ev);
    return status;
}

static enum status logic_guarded(struct evaluator *ev, bool is_or, uint32_t op, struct column *out,
                                 struct error *error)
{
    struct buffer *open = NULL, *rows = NULL;
    struct column *part = NULL;
    enum status status;
    TRY_OUT(rows_alloc(ev, out->length, &open, error));
    TRY_OUT(rows_alloc(ev, out->length, &rows, error));
    uint32_t *at = (uint32_t *)(void *)open->data;
    size_t n = logic_open_rows(is_or, out, at);
    if (n == 0)
        goto out;
    memcpy(rows->data, at, n * sizeof *at);
    TRY_OUT(run_subset(ev, op, (uint32_t *)(void *)rows->data, n, &part, error));
    uint8_t *a = out->data;
    const uint8_t *b = part->data;
    for (size_t i = 0; i < n; i++) {
        size_t r = at[i];
        bool av = !out->validity || bits_get(out->validity, r), bv = !column_is_null(part, i);
        bool y = b[column_index(part, i)];
        if (bv && y == is_or) {
            a[r] = is_or;
            if (out->validity)
                bits_set(out->validity, r);
        } else if (av && !bv) {
            if (!out->validity)
                TRY_OUT(column_add_validity(out, error));
            bits_clear(out->validity, r);
        }
    }
out:
    column_unref(part);
    buffer_unref(open);
    buffer_unref(rows);
    return status;
}

/* A FLAT copy that may be written. */
static enum status writable_bool(struct evaluator *ev, const struct column *in, struct column **out,
                                 struct error *error)
{
    size_t n = top(ev)->n;
    TRY(column_new(type_of(TYPE_BOOLEAN), n, ev->program->context->budget, "ParDo", out, error));
    if (column_is_constant(in))
        memset((*out)->data, *(const uint8_t *)in->data, n);
    else
        memcpy((*out)->data, in->data, n);
    if (!in->validity)
        return STATUS_OK;
    enum status status = column_add_validity(*out, error);
    if (status != STATUS_OK)
        column_unref(*out);
    else if (column_is_constant(in))
        bits_fill((*out)->validity, n, bits_get(in->validity, 0));
    else
        memcpy((*out)->validity, in->validity, bits_size(n));
    return status;
}

static enum status run_logic(struct evaluator *ev, uint32_t at, struct column **out,
                             struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    bool is_or = op->expr->kind == EXPR_OR;
    struct column *first, *result;
    TRY(arg_run(ev, op->args[0], &first, error));
    enum status status = writable_bool(ev, first, &result, error);
    column_unref(first);
    TRY(status);
    for (uint32_t i = 1; i < op->n_args && status == STATUS_OK; i++) {
        if (op->arg_blocks[i] != op->block) {
            status = logic_guarded(ev, is_or, op->args[i], result, error);
            continue;
        }
        struct column *part;
        status = arg_run(ev, op->args[i], &part, error);
        if (status == STATUS_OK) {
            status = logic_fold(is_or, result, part, error);
            column_unref(part);
        }
    }
    if (status != STATUS_OK) {
        column_unref(result);
        return status;
    }
    *out = result;
    return STATUS_OK;
}

/* ---- CASE ---- */

/* out[at[i]] = part[i]. */
static enum status scatter(struct column *out, const uint32_t *at, const struct column *part,
                           size_t n, struct error *error)
{
    size_t size = type_size(out->type);
    bool constant = column_is_constant(part);
    const char *from = part->data;
    char *to = out->data;
    for (size_t i = 0; i < n; i++)
        memcpy(to + at[i] * size, from + (constant ? 0 : i) * size, size);
    if (part->validity) {
        if (!out->validity)
            TRY(column_add_validity(out, error));
        for (size_t i = 0; i < n; i++)
            if (column_is_null(part, i))
                bits_clear(out->validity, at[i]);
    }
    return column_share_heaps(out, part, error);
}

struct case_run {
    struct buffer *open, *work, *hit;
    uint32_t *left; /* rows of the frame not decided yet */
    size_t n_left;
    struct column *out;
};

/* Computes `op` for the rows at[0..n) of the frame and stores the results. */
static enum status case_branch(struct evaluator *ev, struct case_run *run, uint32_t op,
                               const uint32_t *at, size_t n, struct error *error)
{
    if (n == 0)
        return STATUS_OK;
    struct column *part;
    uint32_t *work = (uint32_t *)(void *)run->work->data;
    memcpy(work, at, n * sizeof *at);
    TRY(run_subset(ev, op, work, n, &part, error));
    enum status status = scatter(run->out, at, part, n, error);
    column_unref(part);
    return status;
}

static enum status case_when(struct evaluator *ev, struct case_run *run, uint32_t when,
                             uint32_t then, struct error *error)
{
    uint32_t *work = (uint32_t *)(void *)run->work->data, *hit = (uint32_t *)(void *)run->hit->data;
    struct column *condition;
    memcpy(work, run->left, run->n_left * sizeof *work);
    TRY(run_subset(ev, when, work, run->n_left, &condition, error));
    const uint8_t *values = condition->data;
    size_t n_hit = 0, n_left = 0;
    for (size_t i = 0; i < run->n_left; i++) {
        uint32_t row = run->left[i];
        if (!column_is_null(condition, i) && values[column_index(condition, i)])
            hit[n_hit++] = row;
        else
            run->left[n_left++] = row;
    }
    run->n_left = n_left;
    column_unref(condition);
    return case_branch(ev, run, then, hit, n_hit, error);
}

static enum status run_case(struct evaluator *ev, uint32_t at, struct column **out,
                            struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    size_t n = top(ev)->n;
    struct case_run run = {0};
    enum status status;
    TRY_OUT(rows_alloc(ev, n, &run.open, error));
    TRY_OUT(rows_alloc(ev, n, &run.work, error));
    TRY_OUT(rows_alloc(ev, n, &run.hit, error));
    TRY_OUT(column_new(op->expr->type, n, ev->program->context->budget, "ParDo", &run.out, error));
    run.left = (uint32_t *)(void *)run.open->data;
    run.n_left = n;
    for (size_t i = 0; i < n; i++)
        run.left[i] = (uint32_t)i;
    uint32_t i = 0;
    for (; i + 1 < op->n_args && run.n_left; i += 2)
        TRY_OUT(case_when(ev, &run, op->args[i], op->args[i + 1], error));
    if (run.n_left && op->n_args % 2) {
        TRY_OUT(case_branch(ev, &run, op->args[op->n_args - 1], run.left, run.n_left, error));
    } else if (run.n_left) {
        if (!run.out->validity)
            TRY_OUT(column_add_validity(run.out, error));
        size_t size = type_size(op->expr->type);
        for (size_t k = 0; k < run.n_left; k++) {
            bits_clear(run.out->validity, run.left[k]);
            memset((char *)run.out->data + run.left[k] * size, 0, size);
        }
    }
    *out = run.out;
    run.out = NULL;
out:
    column_unref(run.out);
    buffer_unref(run.open);
    buffer_unref(run.work);
    buffer_unref(run.hit);
    return status;
}

/* ---- the program ---- */

static enum status op_compute(struct evaluator *ev, uint32_t at, struct column **out,
                              struct error *error)
{
    const struct eval_op *op = &ev->program->ops.items[at];
    switch (op->kind) {
    case EVAL_INPUT:
        return frame_input(ev, op->expr->column, out, error);
    case EVAL_CONSTANT:
        return constant_of(op->constant, top(ev)->n, out, error);
    case EVAL_CALL:
        return run_call(ev, at, out, error);
    case EVAL_CAST:
        return run_cast(ev, at, out, error);
    case EVAL_CASE:
        return run_case(ev, at, out, error);
    case EVAL_LOGIC:
        return run_logic(ev, at, out, error);
    case EVAL_IN:
        return run_in(ev, at, out, error);
    }
    return error_set(error, STATUS_INTERNAL, "unknown op: %d", (int)op->kind);
}

/* The column of an op for the top frame, with a reference for the caller. */
static enum status op_run(struct evaluator *ev, uint32_t at, struct column **out,
                          struct error *error)
{
    struct column **reg = &top(ev)->registers[at];
    if (!*reg) {
        struct column *column;
        TRY(op_compute(ev, at, &column, error));
        *reg = column;
    }
    *out = column_ref(*reg);
    return STATUS_OK;
}

/* Applies filter `i` to the top frame, whose rows are all but `*rows`: afterwards *rows (the caller's buffer) and
 * *n say what is left. */
static enum status run_filter(struct evaluator *ev, uint32_t i, struct batch *batch, uint32_t *rows,
                              bool *all, size_t *n, struct error *error)
{
    struct column *condition;
    TRY(frame_push(ev, batch, *all ? NULL : rows, *n, error));
    enum status status = arg_run(ev, ev->program->filters[i], &condition, error);
    frame_pop(ev);
    TRY(status);
    size_t left = 0;
    if (column_is_constant(condition)) {
        bool pass = !column_is_null(condition, 0) && *(const uint8_t *)condition->data;
        left = pass ? *n : 0;
    } else if (*all) {
        left = kernel_select_true(condition, rows);
        *all = left == *n;
    } else {
        const uint8_t *values = condition->data;
        for (size_t k = 0; k < *n; k++) {
            rows[left] = rows[k];
            left += values[k] && !column_is_null(condition, k);
        }
    }
    *n = left;
    column_unref(condition);
    return STATUS_OK;
}

static enum status run_outputs(struct evaluator *ev, struct batch *batch, const uint32_t *rows,
                               size_t n, struct batch **out, struct error *error)
{
    const struct eval_program *program = ev->program;
    struct batch *result;
    TRY(batch_new(program->n_outputs, n, batch->morsel, program->context->budget, &result, error));
    enum status status = batch_take_watermarks(batch, rows, n, result, error);
    if (status == STATUS_OK)
        status = frame_push(ev, batch, rows, n, error);
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < program->n_outputs && status == STATUS_OK; i++)
            status = op_run(ev, program->outputs[i], &result->columns[i], error);
        frame_pop(ev);
    }
    if (status != STATUS_OK) {
        batch_unref(result);
        return status;
    }
    *out = result;
    return STATUS_OK;
}

enum status evaluator_run(struct evaluator *ev, struct batch *batch, struct batch **out,
                          struct error *error)
{
    struct buffer *buffer = NULL;
    uint32_t *rows = NULL;
    size_t n = batch->length;
    bool all = true;
    enum status status = STATUS_OK;
    *out = NULL;
    if (n == 0)
        return STATUS_OK;
    if (ev->program->n_filters) {
        TRY_OUT(rows_alloc(ev, n, &buffer, error));
        rows = (uint32_t *)(void *)buffer->data;
    }
    for (uint32_t i = 0; i < ev->program->n_filters && n; i++)
        TRY_OUT(run_filter(ev, i, batch, rows, &all, &n, error));
    if (n)
        status = run_outputs(ev, batch, all ? NULL : rows, n, out, error);
out:
    buffer_unref(buffer);
    return status;
}

static enum status evaluator_alloc(struct evaluator *ev, struct error *error)
{
    size_t n_ops = ev->program->ops.count;
    ev->states = ARENA_ARRAY(&ev->arena, struct kernel_state, n_ops + 1);
    ev->args = ARENA_ARRAY(&ev->arena, struct column **, n_ops + 1);
    ev->frames = ARENA_ARRAY(&ev->arena, struct frame, FRAME_DEPTH_MAX);
    ev->memos = ARENA_ARRAY(&ev->arena, struct memo, n_ops + 1);
    if (!ev->states || !ev->args || !ev->frames || !ev->memos)
        return error_no_memory(error, n_ops * sizeof *ev->states, "an expression");
    for (size_t i = 0; i < n_ops; i++) {
        uint32_t n_args = ev->program->ops.items[i].n_args;
        ev->args[i] = ARENA_ARRAY(&ev->arena, struct column *, 2 * (size_t)n_args + 1);
        if (!ev->args[i])
            return error_no_memory(error, n_args * sizeof(void *), "an expression");
    }
    return arena_check(&ev->arena, error);
}

enum status evaluator_open(const struct eval_program *program, struct evaluator **out,
                           struct error *error)
{
    void *block;
    struct budget *budget = program->context->budget;
    TRY(block_alloc(&block, sizeof **out, budget, "ParDo", error));
    struct evaluator *ev = block;
    ev->program = program;
    enum status status = arena_init(&ev->arena, error);
    if (status == STATUS_OK) {
        status = evaluator_alloc(ev, error);
        if (status != STATUS_OK)
            arena_fini(&ev->arena);
    }
    if (status != STATUS_OK) {
        block_free(block, sizeof *ev, budget);
        return status;
    }
    *out = ev;
    return STATUS_OK;
}

void evaluator_close(struct evaluator *ev)
{
    if (!ev)
        return;
    for (size_t i = 0; i < ev->program->ops.count; i++) {
        if (ev->states[i].fini)
            ev->states[i].fini(ev->states[i].data);
        memo_clear(&ev->memos[i]);
    }
    arena_fini(&ev->arena);
    block_free(ev, sizeof *ev, ev->program->context->budget);
}

enum status eval_constant(const struct expr *expr, struct arena *arena,
                          const struct context *context, const struct time_zone *zone,
                          struct value *out, struct error *error)
{
    struct expr *output = (struct expr *)expr;
    struct expr_list outputs = {&output, 1};
    struct schema none = {0};
    struct eval_program *program;
    struct evaluator *ev = NULL;
    struct batch *batch = NULL, *result = NULL;
    TRY(eval_program_new(arena, NULL, &outputs, &none, context, zone, &program, error));
    enum status status;
    TRY_OUT(evaluator_open(program, &ev, error));
    TRY_OUT(batch_new(0, 1, 0, context->budget, &batch, error));
    TRY_OUT(evaluator_run(ev, batch, &result, error));
    *out = value_of_column(result->columns[0], 0, arena);
out:
    batch_unref(result);
    batch_unref(batch);
    evaluator_close(ev);
    eval_program_close(program);
    return status;
}
