/* text_reader.c - morsels of text files to batches.
 *
 *   next_morsel   takes a number
 *   next          the file is opened and the first row of the range found (text_start); rows are
 *                 found in the window (jsonl_read, csv_read) and converted (text_convert), chunk by
 *                 chunk, until the batch is full, the morsel ends, or a stream has nothing more for now */
#include <stdio.h>

#include "storage/text_int.h"
#include "storage/text_scan.h"

enum { BATCH_BYTES_MAX = 8 << 20 };

static const char owner_reader[] = "reading text";

/* ---- Places and rejects ---- */

static enum status locate(struct text_reader *reader, const char *at, uint64_t *line,
                          uint64_t *column, struct error *error)
{
    const char *base = (const char *)reader->feed.buffer->data;
    TRY(text_feed_line_of(&reader->feed, (size_t)(at - base), line, error));
    const char *newline = at;
    while (newline > base && newline[-1] != '\n' && (newline[-1] != '\r' || !reader->feed.is_array))
        newline--;
    *column = (uint64_t)(at - newline) + 1;
    return STATUS_OK;
}

static const char *shown_path(const struct text_reader *reader)
{
    return strcmp(reader->file->path, "-") == 0 ? "stdin" : reader->file->path;
}

enum status text_reader_reject(struct text_reader *reader, const char *at, enum status status,
                               const char *reason, struct error *error)
{
    struct text_source *source = reader->source;
    uint64_t line, column, offset;
    offset = reader->feed.offset + (uint64_t)(at - (const char *)reader->feed.buffer->data);
    if (source->options.on_error == TEXT_FAIL) {
        TRY(locate(reader, at, &line, &column, error));
        enum status failed =
            error_set(error, status, "%s (%s:%llu:%llu)", reason, shown_path(reader),
                      (unsigned long long)line, (unsigned long long)column);
        error_hint(error, "on_error => 'skip' leaves such rows out, 'null' gives NULL");
        return failed;
    }
    atomic_fetch_add_explicit(&source->rejects, 1, memory_order_relaxed);
    text_reject_keep(reader, at, offset, reason);
    mutex_lock(&source->mutex);
    struct text_reject *first = &source->first_reject;
    bool earlier = !source->has_reject || reader->file_index < first->file ||
                   (reader->file_index == first->file && offset < first->offset);
    mutex_unlock(&source->mutex);
    if (!earlier)
        return STATUS_OK;
    TRY(locate(reader, at, &line, &column, error));
    mutex_lock(&source->mutex);
    earlier = !source->has_reject || reader->file_index < first->file ||
              (reader->file_index == first->file && offset < first->offset);
    if (earlier) {
        source->has_reject = true;
        first->file = reader->file_index;
        first->offset = offset;
        first->line = line;
        first->column = column;
        snprintf(first->reason, sizeof(first->reason), "%s", reason);
    }
    mutex_unlock(&source->mutex);
    return STATUS_OK;
}

/* ---- Batches ---- */

static void drop_outputs(struct text_reader *reader)
{
    for (uint32_t c = 0; reader->outputs && c < reader->scan->n_columns; c++) {
        column_unref(reader->outputs[c].column);
        reader->outputs[c].column = NULL;
        reader->outputs[c].points_to_window = false;
    }
    reader->n_rows = 0;
    reader->capacity = 0;
}

static enum status start_batch(struct text_reader *reader, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    reader->n_rows = 0;
    reader->capacity = MIN(reader->context->batch_size, (unsigned)BATCH_ROWS_MAX);
    for (uint32_t c = 0; c < scan->n_columns; c++) {
        struct text_output *output = &reader->outputs[c];
        enum column_role role = scan->columns[c]->role;
        if (role != COLUMN_OF_FILE && role != COLUMN_ROW_NUMBER)
            continue;
        TRY(column_new(scan->columns[c]->type, reader->capacity, reader->context->budget,
                       owner_reader, &output->column, error));
        if (type_is_text(output->column->type))
            text_builder_init(&output->builder, output->column, owner_reader);
    }
    return STATUS_OK;
}

/* Columns whose value is the file's. */
static enum status constant_column(struct text_reader *reader, const struct text_column *column,
                                   struct column **out, struct error *error)
{
    struct budget *budget = reader->context->budget;
    if (column->role == COLUMN_FILENAME) {
        struct value path = {.type = column->type, .text = str_of(shown_path(reader))};
        return value_to_column(&path, reader->n_rows, budget, out, error);
    }
    struct value value =
        reader->source
            ->hive_values[(size_t)reader->file_index * reader->source->n_hive + column->hive];
    return value_to_column(&value, reader->n_rows, budget, out, error);
}

/* Few texts that hold on to many buffers are copied out of them: a filter may leave a row in a thousand. */
static enum status let_go_of_window(struct text_reader *reader, struct column **column,
                                    struct error *error)
{
    enum { BYTES_A_ROW = 2048 };
    struct column *full = *column, *compact;
    if (!type_is_text(full->type) || full->n_heaps == 0 ||
        (size_t)full->n_heaps * FEED_BUFFER < (size_t)reader->n_rows * BYTES_A_ROW)
        return STATUS_OK;
    TRY(column_compact_text(full, reader->context->budget, &compact, error));
    column_unref(full);
    *column = compact;
    return STATUS_OK;
}

static enum status finish_column(struct text_reader *reader, uint32_t c, struct column **out,
                                 struct error *error)
{
    struct text_output *output = &reader->outputs[c];
    if (!output->column)
        return constant_column(reader, reader->scan->columns[c], out, error);
    struct column *column = output->column;
    column->length = reader->n_rows;
    column_trim_validity(column);
    if (reader->n_rows < reader->capacity / 4) {
        /* A few rows shall not keep the room of many. */
        TRY(column_slice(column, 0, reader->n_rows, reader->context->budget, out, error));
        return let_go_of_window(reader, out, error);
    }
    *out = column;
    output->column = NULL;
    return let_go_of_window(reader, out, error);
}

static enum status finish_batch(struct text_reader *reader, struct batch **out, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    struct batch *batch = NULL;
    enum status status = batch_new(scan->n_columns, reader->n_rows, reader->morsel,
                                   reader->context->budget, &batch, error);
    for (uint32_t c = 0; c < scan->n_columns && status == STATUS_OK; c++)
        status = finish_column(reader, c, &batch->columns[c], error);
    if (status == STATUS_OK) {
        reader->morsel_rows += reader->n_rows;
        atomic_fetch_add_explicit(&reader->scan->rows_given, reader->n_rows, memory_order_relaxed);
        *out = batch;
    } else {
        batch_unref(batch);
    }
    drop_outputs(reader);
    return status;
}

/* ---- Rows ---- */

static void count_bytes(struct text_reader *reader, bool whole_morsel)
{
    struct text_feed *feed = &reader->feed;
    uint64_t now = feed->stream ? text_input_consumed(feed->stream) : text_feed_position(feed);
    if (!feed->stream) {
        uint64_t end = MIN(reader->range_end, reader->file->size);
        now = whole_morsel ? end : MIN(now, end);
    }
    if (now > reader->bytes_counted)
        atomic_fetch_add_explicit(&reader->scan->scan.stats.bytes, now - reader->bytes_counted,
                                  memory_order_relaxed);
    reader->bytes_counted = MAX(now, reader->bytes_counted);
}

static enum status read_rows(struct text_reader *reader, uint32_t room, bool *starved,
                             struct error *error)
{
    if (reader->source->format == TEXT_FORMAT_CSV)
        return csv_read_rows(reader, room, reader->range_end, starved, error);
    if (reader->state->is_array)
        return jsonl_read_array(reader, room, starved, error);
    return jsonl_read_rows(reader, room, reader->range_end, starved, error);
}

/* The window holds no whole row, and the file ends. */
static enum status end_of_input(struct text_reader *reader, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    reader->active = false;
    bool open = reader->state->is_array && !reader->array.closed;
    if (feed->start == feed->end && !open)
        return STATUS_OK;
    const char *at = (const char *)feed->buffer->data + feed->start;
    TRY(text_reader_reject(reader, at, STATUS_DATA,
                           reader->state->is_array ? "malformed JSON: the array is not closed"
                                                   : "a quoted field is never closed",
                           error));
    feed->start = feed->end;
    return STATUS_OK;
}

/* Rows of the window into the batch; *pause: give out what is there. */
static enum status read_chunk(struct text_reader *reader, bool *pause, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    if (text_feed_position(feed) >= reader->range_end) {
        reader->active = false;
        return STATUS_OK;
    }
    uint32_t room = MIN(reader->capacity ? reader->capacity - reader->n_rows
                                         : MIN(reader->context->batch_size, BATCH_ROWS_MAX),
                        (unsigned)TEXT_CHUNK_ROWS);
    bool starved = false;
    enum status status = read_rows(reader, room, &starved, error);
    uint32_t found = reader->n_chunk;
    if (found > 0) {
        /* Also before an error: an earlier row may hold one. */
        struct error own = {0};
        enum status converted = STATUS_OK;
        if (reader->capacity == 0)
            converted = start_batch(reader, &own);
        if (converted == STATUS_OK)
            converted = text_convert_chunk(reader, &own);
        if (converted != STATUS_OK) {
            *error = own;
            return converted;
        }
        atomic_fetch_add_explicit(&reader->scan->scan.stats.rows, found, memory_order_relaxed);
    }
    TRY(status);
    count_bytes(reader, false);
    if (!starved || text_feed_position(feed) >= reader->range_end || !reader->active)
        return STATUS_OK;
    if (feed->eof)
        return end_of_input(reader, error);
    if (reader->n_rows > 0 && !text_feed_ready(feed)) {
        *pause = true;
        return STATUS_OK;
    }
    return text_feed_more(feed, error);
}

/* ---- Morsels ---- */

static uint32_t file_of_morsel(const struct text_scan *scan, uint64_t morsel)
{
    uint32_t low = 0, high = scan->n_files;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (scan->first_morsel[middle] <= morsel)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* A file that is read from its start by one reader. */
static enum status open_whole(struct text_reader *reader, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    struct text_source *source = reader->source;
    const struct text_source *replay = NULL;
    if (reader->file->is_stream) {
        if (atomic_exchange(&source->stream_taken, true))
            return error_set(error, STATUS_UNSUPPORTED, "%s can be read only once",
                             shown_path(reader));
        replay = source;
    }
    TRY(text_feed_open_stream(feed, reader->file->path, replay, error));
    feed->is_array = reader->state->is_array;
    reader->array = (struct json_array){0};
    reader->range_end = UINT64_MAX;
    reader->row_number = 0;
    reader->active = true;
    while (text_feed_position(feed) < reader->state->data_start && !feed->eof) {
        if (feed->start == feed->end)
            TRY(text_feed_more(feed, error));
        uint64_t left = reader->state->data_start - text_feed_position(feed);
        feed->start += (size_t)MIN(left, (uint64_t)(feed->end - feed->start));
    }
    return STATUS_OK;
}

static enum status enter_plain(struct text_reader *reader, uint32_t index, uint64_t k,
                               struct error *error)
{
    const struct text_scan *scan = reader->scan;
    uint64_t size = scan->morsel_size[index], file_size = reader->file->size;
    uint64_t run_end = (reader->run_end - scan->first_morsel[index]) * size;
    reader->bytes_counted = MAX(k * size, reader->file->begin);
    return text_start_enter(reader, index, k, MIN(run_end, file_size) + FEED_AHEAD, error);
}

static enum status enter_morsel(struct text_reader *reader, struct error *error)
{
    struct text_scan *scan = reader->scan;
    uint32_t index = file_of_morsel(scan, reader->morsel);
    uint64_t k = reader->morsel - scan->first_morsel[index];
    reader->entered = true;
    reader->file_index = scan->files[index];
    reader->file = &reader->source->files[reader->file_index];
    reader->active = false;
    reader->morsel_rows = 0;
    reader->bytes_counted = 0;
    TRY(text_state_get(scan, index, &reader->state, error));
    if (reader->file_index != reader->template_file && reader->templates)
        for (uint32_t i = 0; i < jsonl_read_templates(); i++)
            reader->templates[i].usable = false;
    reader->template_file = reader->file_index;
    if (!reader->state->sequential)
        return enter_plain(reader, index, k, error);
    reader->at_row_start = false;
    if (k == 0)
        return open_whole(reader, error);
    reader->has_morsel = false;
    return STATUS_OK;
}

/* ---- As a reader ---- */

static enum status reader_next(struct reader *base, struct batch **out, struct error *error)
{
    struct text_reader *reader = (struct text_reader *)base;
    uint64_t limit = reader->scan->row_limit;
    bool pause = false;
    *out = NULL;
    TRY(context_check(reader->context, error));
    if (reader->has_morsel && !reader->entered)
        TRY(enter_morsel(reader, error));
    if (atomic_load_explicit(&reader->scan->starts.wrong, memory_order_relaxed))
        return error_set(error, STATUS_DATA, "a newline is inside quotes (%s)", shown_path(reader));
    uint64_t from = text_feed_position(&reader->feed);
    while (reader->active && !pause &&
           (reader->capacity == 0 || reader->n_rows < reader->capacity)) {
        if (reader->n_rows > 0 && text_feed_position(&reader->feed) - from >= BATCH_BYTES_MAX)
            break; /* long lines: their text keeps the buffers */
        if (reader->morsel_rows + reader->n_rows >= limit)
            reader->active = false;
        else
            TRY(read_chunk(reader, &pause, error));
    }
    if (!reader->active && reader->has_morsel) {
        reader->has_morsel = false;
        count_bytes(reader, true);
        if (reader->run_at == reader->run_end && !reader->state->sequential)
            text_start_confirm(reader, file_of_morsel(reader->scan, reader->morsel));
    }
    if (reader->n_rows > 0)
        return finish_batch(reader, out, error);
    drop_outputs(reader);
    return STATUS_OK;
}

/* Neighbouring morsels; towards the end fewer, so that readers end together. */
static void take_run(struct text_reader *reader)
{
    struct text_scan *scan = reader->scan;
    uint64_t n = scan->first_morsel[scan->n_files], at = atomic_load(&scan->next_morsel), run;
    do {
        uint64_t share = at < n ? (n - at) / ((uint64_t)reader->context->n_threads * 2) : 0;
        run = scan->alone ? scan->run : MIN(MAX(share, (uint64_t)1), scan->run);
    } while (!atomic_compare_exchange_weak(&scan->next_morsel, &at, at + run));
    reader->run_at = at;
    reader->run_end = at + run;
    reader->at_row_start = false;
}

/* The morsel is begun by the first call of next: other readers can take theirs meanwhile. */
static enum status reader_next_morsel(struct reader *base, uint64_t *morsel, bool *more,
                                      struct error *error)
{
    struct text_reader *reader = (struct text_reader *)base;
    struct text_scan *scan = reader->scan;
    *more = false;
    TRY(context_check(reader->context, error));
    uint64_t given = atomic_load_explicit(&scan->rows_given, memory_order_relaxed);
    if (scan->row_limit != UINT64_MAX && given >= scan->row_limit)
        return STATUS_OK;
    if (reader->run_at == reader->run_end)
        take_run(reader);
    reader->active = false;
    reader->morsel = reader->run_at++;
    if (reader->morsel >= scan->first_morsel[scan->n_files])
        return STATUS_OK;
    reader->entered = false;
    reader->has_morsel = true;
    *morsel = reader->morsel;
    *more = true;
    return STATUS_OK;
}

static void reader_close(struct reader *base)
{
    struct text_reader *reader = (struct text_reader *)base;
    struct budget *budget = reader->context->budget;
    drop_outputs(reader);
    text_feed_fini(&reader->feed);
    block_free(reader->block, reader->block_size, budget);
    block_free(reader, sizeof(*reader), budget);
}

static const struct reader_ops TEXT_READER = {reader_next_morsel, reader_next, reader_close};

/* One block for all that the reader keeps. */
static enum status allocate(struct text_reader *reader, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    bool json = reader->source->format != TEXT_FORMAT_CSV;
    size_t templates = json ? jsonl_read_templates() * sizeof(struct json_template) : 0;
    size_t outputs = scan->n_columns * sizeof(struct text_output);
    size_t spans = (size_t)scan->n_targets * TEXT_CHUNK_ROWS * sizeof(struct text_span);
    size_t per_row = sizeof(char *) + sizeof(uint64_t) + sizeof(uint32_t) + 1;
    size_t index = json ? 0 : sizeof(struct csv_index);
    reader->block_size = templates + index + outputs + spans + per_row * TEXT_CHUNK_ROWS;
    TRY(block_alloc(&reader->block, reader->block_size, reader->context->budget, owner_reader,
                    error));
    char *at = reader->block;
    reader->templates = json ? (struct json_template *)(void *)at : NULL;
    at += templates;
    reader->csv_index = json ? NULL : (struct csv_index *)(void *)at;
    at += index;
    reader->outputs = (struct text_output *)(void *)at;
    at += outputs;
    reader->spans = (struct text_span *)(void *)at;
    at += spans;
    reader->row_starts = (const char **)(void *)at;
    at += sizeof(char *) * TEXT_CHUNK_ROWS;
    reader->row_numbers = (uint64_t *)(void *)at;
    at += sizeof(uint64_t) * TEXT_CHUNK_ROWS;
    reader->selection = (uint32_t *)(void *)at;
    at += sizeof(uint32_t) * TEXT_CHUNK_ROWS;
    reader->bad = (uint8_t *)at;
    return STATUS_OK;
}

enum status text_reader_open(struct scan *base, struct reader **out, struct error *error)
{
    struct text_scan *scan = (struct text_scan *)base;
    void *memory;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct text_reader), base->context->budget, owner_reader,
                    error));
    struct text_reader *reader = memory;
    mutex_lock(&scan->mutex);
    if (!scan->has_readers)
        scan->starts.guessed = base->may_guess && text_plan_can_guess(scan);
    scan->has_readers = true;
    mutex_unlock(&scan->mutex);
    reader->reader = (struct reader){&TEXT_READER, base};
    reader->scan = scan;
    reader->source = scan->source;
    reader->context = base->context;
    reader->template_file = UINT32_MAX;
    reader->template_credit = 64;
    reader->follow = jsonl_read_follower();
    reader->build_index = csv_index_builder();
    reader->row_bytes = 100;
    text_feed_init(&reader->feed, base->context, scan->feed_size, scan->source->options.line_max);
    enum status status = allocate(reader, error);
    if (status != STATUS_OK) {
        block_free(reader, sizeof(*reader), base->context->budget);
        return status;
    }
    *out = &reader->reader;
    return STATUS_OK;
}
