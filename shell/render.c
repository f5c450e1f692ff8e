/* render.c - the table of output modes, and what they share. */
#include "shell/render.h"

static const struct render_format *const formats[] = {
#define X(mode, word, what) [RENDER_##mode] = &render_format_##word,
    RENDER_MODES(X)
#undef X
};

static const char *const mode_words[] = {
#define X(mode, word, what) [RENDER_##mode] = #word,
    RENDER_MODES(X)
#undef X
};

const char *render_mode_word(enum render_mode mode)
{
    return mode_words[mode];
}

bool render_mode_find(const char *word, enum render_mode *mode)
{
    for (size_t i = 0; i < RENDER_MODE_COUNT; i++) {
        if (strcmp(word, mode_words[i]) == 0) {
            *mode = (enum render_mode)i;
            return true;
        }
    }
    return false;
}

/* What failed while drawing: memory, an arena, or the writing itself. */
static enum status render_check(struct render *render, struct error *error)
{
    if (render->writer.failed)
        return error_no_memory(error, 0, "a value as text");
    if (render->error.status != STATUS_OK)
        return error_set(error, render->error.status, "%s", render->error.message);
    if (render->out->error.status != STATUS_OK)
        return error_set(error, render->out->error.status, "%s", render->out->error.message);
    return arena_check(render->arena, error);
}

enum status render_open(struct render *render, const struct render_options *options,
                        struct output *out, struct weir *db, const struct ArrowSchema *schema,
                        struct arena *arena, struct error *error)
{
    memset(render, 0, sizeof *render);
    render->options = options;
    render->out = out;
    render->arena = arena;
    render->format = formats[options->mode];
    render->separator = options->separator ? options->separator : render->format->separator;
    render->null_value = options->null_value ? options->null_value : render->format->null_value;
    TRY(value_types_compile(schema, arena, &render->types, &render->n_columns, error));
    value_writer_init(&render->writer, db);
    return STATUS_OK;
}

static enum status render_begin(struct render *render, struct error *error)
{
    if (render->opened)
        return STATUS_OK;
    render->format->open(render);
    render->opened = true;
    return render_check(render, error);
}

enum status render_batch(struct render *render, const struct ArrowArray *batch, struct error *error)
{
    TRY(render_begin(render, error));
    render->format->batch(render, batch);
    render->rows += (uint64_t)batch->length;
    return render_check(render, error);
}

enum status render_close(struct render *render, double elapsed_s, struct error *error)
{
    render->elapsed_s = elapsed_s;
    enum status status = render_begin(render, error);
    if (status == STATUS_OK)
        render->format->close(render);
    else if (render->format->abandon)
        render->format->abandon(render);
    if (status == STATUS_OK)
        status = render_check(render, error);
    value_writer_fini(&render->writer);
    return status;
}

void render_abandon(struct render *render)
{
    if (render->opened && render->format->abandon)
        render->format->abandon(render);
    value_writer_fini(&render->writer);
}

struct str render_text(struct render *render, const struct ArrowArray *batch, size_t column,
                       int64_t row, bool *is_null)
{
    const struct value_type *type = &render->types[column];
    const struct ArrowArray *values = batch->children[column];
    row += batch->offset;
    *is_null = value_is_null(type, values, row);
    if (*is_null)
        return str_of(render->null_value);
    return value_text(&render->writer, type, values, row);
}
