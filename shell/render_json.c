/* render_json.c - json (one array) and jsonl (one object a line). */
#include "shell/render.h"

/* The keys as JSON with their colon, made once. */
struct json_state {
    struct str *keys;
};

static void json_prepare(struct render *render)
{
    struct json_state *state = ARENA_NEW(render->arena, struct json_state);
    state->keys = ARENA_ARRAY(render->arena, struct str, render->n_columns);
    render->state = state;
    if (render->arena->failed)
        return;
    for (size_t i = 0; i < render->n_columns; i++) {
        struct str key = value_json_string(&render->writer, str_of(render->types[i].name));
        char *text =
            arena_printf(render->arena, "%s%.*s:", i ? "," : "{", (int)key.length, key.data);
        state->keys[i] = str_of(text);
    }
}

static void json_row(struct render *render, const struct ArrowArray *batch, int64_t row)
{
    const struct json_state *state = render->state;
    for (size_t i = 0; i < render->n_columns; i++) {
        output_write(render->out, state->keys[i].data, state->keys[i].length);
        struct str value =
            value_json(&render->writer, &render->types[i], batch->children[i], row + batch->offset);
        output_write(render->out, value.data, value.length);
    }
    output_puts(render->out, render->n_columns ? "}" : "{}");
}

static void json_open(struct render *render)
{
    json_prepare(render);
    output_putc(render->out, '[');
}

static void json_batch(struct render *render, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        if (render->rows > 0 || row > 0)
            output_puts(render->out, ",\n");
        json_row(render, batch, row);
    }
}

static void json_close(struct render *render)
{
    output_puts(render->out, "]\n");
}

static void jsonl_batch(struct render *render, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        json_row(render, batch, row);
        output_putc(render->out, '\n');
    }
}

static void jsonl_close(struct render *render)
{
    (void)render;
}

const struct render_format render_format_json = {",",        "null",     json_open,
                                                 json_batch, json_close, NULL};
const struct render_format render_format_jsonl = {",",         "null",      json_prepare,
                                                  jsonl_batch, jsonl_close, NULL};
