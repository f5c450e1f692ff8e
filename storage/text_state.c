/* text_state.c - what the first bytes of a file say: compression, a JSON array, a CSV header. */
#include "storage/text_int.h"

#include "storage/text_scan.h"

enum { HEAD_SIZE = 64 * 1024 };

static const char owner_head[] = "the start of a file";

/* From a stream whose sample was kept: no reading. */
static enum status head_of_sample(const struct text_source *source, const struct context *context,
                                  struct text_head *out, struct error *error)
{
    size_t n = source->stream_sample_size;
    TRY(buffer_new(n + 1, context->budget, owner_head, &out->buffer, error));
    memcpy(out->buffer->data, source->stream_sample->data, n);
    out->length = n;
    out->cut = !source->stream_ended;
    return STATUS_OK;
}

static enum status head_of_file(const struct text_file *file, const struct context *context,
                                size_t wanted, struct text_head *out, struct error *error)
{
    struct text_input *input;
    enum status status = STATUS_OK;
    TRY(text_input_open(file->path, context, &input, error));
    TRY_OUT(buffer_new(wanted + 1, context->budget, owner_head, &out->buffer, error));
    while (out->length < wanted) {
        size_t got;
        TRY_OUT(text_input_read(input, out->buffer->data + out->length, wanted - out->length, &got,
                                error));
        if (got == 0)
            break;
        out->length += got;
    }
    out->cut = out->length == wanted;
    out->is_compressed = text_input_is_compressed(input);
out:
    text_input_close(input);
    return status;
}

enum status text_state_read_head(const struct text_source *source, const struct text_file *file,
                                 const struct context *context, size_t wanted,
                                 struct text_head *out, struct error *error)
{
    *out = (struct text_head){0};
    enum status status = file->is_stream && source->stream_sample
                             ? head_of_sample(source, context, out, error)
                             : head_of_file(file, context, wanted, out, error);
    if (status != STATUS_OK) {
        buffer_unref(out->buffer);
        out->buffer = NULL;
        return status;
    }
    out->ends_open = out->length == 0 || out->buffer->data[out->length - 1] != '\n';
    if (out->ends_open)
        out->buffer->data[out->length++] = '\n';
    out->data = (const char *)out->buffer->data;
    return STATUS_OK;
}

bool text_state_is_array(const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r' && data[i] != '\n')
            return data[i] == '[';
    return false;
}

/* The target of each field of the file, by the names in its header or by place. */
static enum status make_layout(struct text_scan *scan, struct text_file_state *state,
                               struct error *error)
{
    const struct text_source *source = scan->source;
    const struct csv_dialect *dialect = &state->dialect;
    struct csv_layout *layout = &state->csv;
    bool by_name = source->options.union_by_name && dialect->header;
    layout->n_fields = dialect->n_columns;
    layout->targets = ARENA_ARRAY(&scan->arena, int32_t, MAX(dialect->n_columns, 1u));
    layout->picks = ARENA_ARRAY(&scan->arena, struct csv_pick, MAX(dialect->n_columns, 1u));
    layout->has_target = ARENA_ARRAY(&scan->arena, bool, MAX(scan->n_targets, 1u));
    TRY(arena_check(&scan->arena, error));
    layout->n_wanted = layout->n_picks = 0;
    for (uint32_t f = 0; f < dialect->n_columns; f++) {
        layout->targets[f] = -1;
        for (uint32_t c = 0; c < scan->n_columns; c++) {
            const struct text_column *column = scan->columns[c];
            if (column->role != COLUMN_OF_FILE)
                continue;
            bool same = by_name ? str_equal_nocase(column->path[0], dialect->names[f])
                                : column->field_index == f;
            if (same) {
                layout->targets[f] = (int32_t)scan->place_target[c];
                layout->n_wanted = f + 1;
                layout->has_target[scan->place_target[c]] = true;
            }
        }
        if (layout->targets[f] >= 0)
            layout->picks[layout->n_picks++] = (struct csv_pick){f, (uint32_t)layout->targets[f]};
    }
    layout->complete = true;
    for (uint32_t t = 0; t < scan->n_targets; t++)
        layout->complete &= layout->has_target[t];
    return STATUS_OK;
}

static enum status find_state(struct text_scan *scan, uint32_t index, struct text_file_state *state,
                              struct error *error)
{
    const struct text_source *source = scan->source;
    const struct text_file *file = &source->files[scan->files[index]];
    bool is_csv = source->format == TEXT_FORMAT_CSV;
    size_t wanted = HEAD_SIZE;
    struct text_head head;
    enum status status = STATUS_OK;
    for (;; wanted *= 4) {
        TRY(text_state_read_head(source, file, scan->scan.context, wanted, &head, error));
        state->sequential = head.is_compressed || file->is_stream;
        if (!is_csv) {
            bool mark = head.length >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0;
            state->data_start = mark ? 3 : 0;
            state->is_array =
                text_state_is_array(head.data + state->data_start, head.length - state->data_start);
            state->sequential |= state->is_array;
            break;
        }
        struct error ignored = {0};
        struct error *to = head.cut && wanted < source->options.line_max ? &ignored : error;
        status =
            csv_sniff_dialect(source, &scan->arena, head.data, head.length, &state->dialect, to);
        if (status == STATUS_OK || to == error)
            break;
        buffer_unref(head.buffer);
    }
    buffer_unref(head.buffer);
    if (status != STATUS_OK) {
        error_append(error, " (%s)", file->path);
        return status;
    }
    if (is_csv) {
        state->data_start = state->dialect.data_start;
        TRY(make_layout(scan, state, error));
    }
    state->data_start = MAX(state->data_start, file->begin);
    state->known = true;
    return STATUS_OK;
}

enum status text_state_get(struct text_scan *scan, uint32_t file,
                           const struct text_file_state **out, struct error *error)
{
    struct text_file_state *state = &scan->states[file];
    enum status status = STATUS_OK;
    mutex_lock(&scan->mutex);
    if (!state->known)
        status = find_state(scan, file, state, error);
    mutex_unlock(&scan->mutex);
    *out = state;
    return status;
}
