/* text_plan.c - a scan before its readers: which files and morsels, which values of a row, which predicates. */
#include "storage/text_int.h"

enum {
    JSON_MORSEL_MIN = 256 * 1024,
    JSON_MORSEL_MAX = 4 << 20,
    CSV_MORSEL_MAX = 1 << 20,
    MORSELS_WANTED = 16,
    JSON_RUN_MAX = 16,
    CSV_RUN_MAX = 64,
    RUNS_WANTED = 8 /* a thread */
};

/* ---- Columns ---- */

/* The column's place among the values of a row; a column asked for twice is found once. */
static void set_targets(struct text_scan *scan, const struct scan_request *request)
{
    for (uint32_t c = 0; c < scan->n_columns; c++) {
        scan->columns[c] = scan->source->columns[request->columns[c]];
        if (scan->columns[c]->role == COLUMN_ROW_NUMBER)
            scan->wants_row_number = true;
        if (scan->columns[c]->role != COLUMN_OF_FILE)
            continue;
        uint32_t target = scan->n_targets;
        for (uint32_t k = 0; k < c; k++)
            if (scan->columns[k] == scan->columns[c])
                target = scan->place_target[k];
        scan->place_target[c] = target;
        if (target == scan->n_targets)
            scan->n_targets++;
    }
}

static bool is_comparable(struct type type)
{
    switch (type.id) {
    case TYPE_BOOLEAN:
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_VARCHAR:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return true;
    default:
        return false;
    }
}

/* Those the reader can judge: on a column that is asked for, of a type it compares. */
static void set_predicates(struct text_scan *scan, const struct scan_request *request)
{
    for (uint32_t p = 0; p < request->n_predicates; p++) {
        const struct scan_predicate *predicate = &request->predicates[p];
        const struct text_column *column = scan->source->columns[predicate->column];
        uint32_t place = 0;
        while (place < scan->n_columns && scan->columns[place] != column)
            place++;
        bool usable =
            predicate->is_not_null || (is_comparable(column->type) && !predicate->value.is_null &&
                                       type_equal(predicate->value.type, column->type));
        if (place == scan->n_columns || column->role != COLUMN_OF_FILE || !usable)
            continue;
        scan->predicates[scan->n_predicates] = predicate;
        scan->predicate_place[scan->n_predicates++] = place;
    }
}

/* ---- Keys as a tree ---- */

struct path_step {
    struct str key;
    int32_t target;
    struct path_step *children, *next;
};

static struct path_step *child_of(struct arena *arena, struct path_step *parent, struct str key)
{
    struct path_step **at = &parent->children;
    for (; *at; at = &(*at)->next)
        if (str_equal((*at)->key, key))
            return *at;
    struct path_step *step = ARENA_NEW(arena, struct path_step);
    *step = (struct path_step){.key = key, .target = -1};
    *at = step;
    return step;
}

/* Children of a node lie side by side. */
static void lay_out(struct text_scan *scan, const struct path_step *step, uint32_t node)
{
    uint32_t first = scan->n_nodes, n = 0, i = 0;
    for (const struct path_step *c = step->children; c; c = c->next)
        n++;
    scan->nodes[node].first_child = first;
    scan->nodes[node].n_children = n;
    scan->n_nodes += n;
    for (const struct path_step *c = step->children; c; c = c->next, i++) {
        scan->nodes[first + i] = (struct json_node){.key = c->key, .target = c->target};
        lay_out(scan, c, first + i);
    }
}

static enum status set_nodes(struct text_scan *scan, struct error *error)
{
    struct path_step root = {.target = -1};
    size_t n = 1;
    for (uint32_t c = 0; c < scan->n_columns; c++) {
        struct path_step *step = &root;
        const struct text_column *column = scan->columns[c];
        if (column->role != COLUMN_OF_FILE)
            continue;
        for (uint32_t i = 0; i < column->n_path; i++, n++)
            step = child_of(&scan->arena, step, column->path[i]);
        step->target = (int32_t)scan->place_target[c];
    }
    scan->nodes = ARENA_ARRAY(&scan->arena, struct json_node, n);
    TRY(arena_check(&scan->arena, error));
    scan->nodes[0].target = -1;
    scan->n_nodes = 1;
    lay_out(scan, &root, 0);
    return STATUS_OK;
}

/* ---- Files ---- */

static bool compare_fits(enum compare_op op, int order)
{
    switch (op) {
    case COMPARE_EQ:
        return order == 0;
    case COMPARE_NE:
        return order != 0;
    case COMPARE_LT:
        return order < 0;
    case COMPARE_LE:
        return order <= 0;
    case COMPARE_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

bool text_plan_value_fits(const struct scan_predicate *predicate, const struct value *value)
{
    if (value->is_null)
        return false;
    return predicate->is_not_null || predicate->value.is_null ||
           !type_equal(predicate->value.type, value->type) ||
           compare_fits(predicate->op, value_compare(value, &predicate->value));
}

/* Whether the folders of a file allow rows that pass. */
static bool file_may_match(const struct text_source *source, uint32_t file,
                           const struct scan_request *request)
{
    for (uint32_t p = 0; p < request->n_predicates; p++) {
        const struct scan_predicate *predicate = &request->predicates[p];
        const struct text_column *column = source->columns[predicate->column];
        if (column->role == COLUMN_FILENAME && !predicate->is_not_null &&
            predicate->value.type.id == TYPE_VARCHAR && !predicate->value.is_null) {
            struct str path = str_of(source->files[file].path);
            if (!source->files[file].is_stream &&
                !compare_fits(predicate->op, str_compare(path, predicate->value.text)))
                return false;
        }
        if (column->role != COLUMN_OF_HIVE)
            continue;
        const struct value *value =
            &source->hive_values[(size_t)file * source->n_hive + column->hive];
        if (!text_plan_value_fits(predicate, value))
            return false;
    }
    return true;
}

uint32_t text_plan_count_files(const struct text_source *source, const struct scan_request *request)
{
    uint32_t n = 0;
    for (uint32_t f = 0; f < source->n_files; f++)
        n += file_may_match(source, f, request);
    return n;
}

static uint64_t morsel_size_of(const struct text_source *source, uint64_t file_size)
{
    uint64_t most = source->format == TEXT_FORMAT_CSV ? CSV_MORSEL_MAX : JSON_MORSEL_MAX;
    if (source->morsel_size > 0)
        return source->morsel_size;
    uint64_t size = round_up((size_t)(file_size / MORSELS_WANTED), 64 * 1024);
    return MIN(MAX(size, (uint64_t)JSON_MORSEL_MIN), most);
}

static enum status set_starts(struct text_scan *scan, uint64_t n_morsels, struct error *error)
{
    const struct text_source *source = scan->source;
    struct text_starts *starts = &scan->starts;
    bool quotes = source->format == TEXT_FORMAT_CSV && source->options.quote != '\0';
    starts->wanted = quotes || scan->wants_row_number;
    if (starts->wanted)
        starts->at = ARENA_ARRAY(&scan->arena, uint64_t, n_morsels + 1);
    if (scan->wants_row_number)
        starts->rows = ARENA_ARRAY(&scan->arena, uint64_t, n_morsels + 1);
    return arena_check(&scan->arena, error);
}

static enum status set_files(struct text_scan *scan, const struct scan_request *request,
                             struct error *error)
{
    const struct text_source *source = scan->source;
    uint64_t total = 0, bytes = 0;
    bool bytes_known = true;
    scan->files = ARENA_ARRAY(&scan->arena, uint32_t, source->n_files + 1);
    scan->first_morsel = ARENA_ARRAY(&scan->arena, uint64_t, source->n_files + 1);
    scan->morsel_size = ARENA_ARRAY(&scan->arena, uint64_t, source->n_files + 1);
    scan->states = ARENA_ARRAY(&scan->arena, struct text_file_state, source->n_files + 1);
    TRY(arena_check(&scan->arena, error));
    for (uint32_t f = 0; f < source->n_files; f++) {
        const struct text_file *file = &source->files[f];
        bool compressed;
        if (!file_may_match(source, f, request) || (file->begin > 0 && file->begin == file->size))
            continue;
        text_list_extension(str_of(file->path), &compressed);
        uint64_t size = file->is_stream || compressed || file->size == 0
                            ? 0
                            : morsel_size_of(source, file->size);
        scan->files[scan->n_files] = f;
        scan->first_morsel[scan->n_files] = total;
        scan->morsel_size[scan->n_files++] = size;
        total += size == 0 ? 1 : (file->size + size - 1) / size;
        bytes += file->size - file->begin;
        bytes_known &= !file->is_stream;
    }
    scan->first_morsel[scan->n_files] = total;
    atomic_init(&scan->scan.stats.bytes_total, bytes_known ? bytes : 0);
    scan->feed_size = MIN(MAX(source->options.line_max, 256u), (uint32_t)FEED_BUFFER);
    return set_starts(scan, total, error);
}

/* ---- The scan ---- */

static void scan_close(struct scan *base)
{
    struct text_scan *scan = (struct text_scan *)base;
    struct budget *budget = base->context->budget;
    if (atomic_load(&base->unsure) > 0)
        text_source_forget(scan->source);
    arena_fini(&scan->arena);
    mutex_fini(&scan->mutex);
    mutex_fini(&scan->starts.mutex);
    block_free(scan, sizeof(*scan), budget);
}

static const struct scan_ops TEXT_SCAN = {text_reader_open, scan_close};

/* A single reader goes on from morsel to morsel. Several take runs if the order of their batches does not matter. */
static void set_run(struct text_scan *scan, const struct scan_request *request)
{
    uint64_t n = scan->first_morsel[scan->n_files], threads = scan->scan.context->n_threads;
    uint64_t most = scan->source->format == TEXT_FORMAT_CSV ? CSV_RUN_MAX : JSON_RUN_MAX;
    scan->alone = threads <= 1;
    scan->run = 1;
    if (scan->alone)
        scan->run = MAX(n, (uint64_t)1);
    else if (request->any_order)
        scan->run = MIN(MAX(n / (threads * RUNS_WANTED), (uint64_t)1), most);
}

bool text_plan_can_guess(const struct text_scan *scan)
{
    return scan->starts.wanted && !scan->wants_row_number && !scan->alone &&
           !scan->source->quoted_newlines;
}

static enum status scan_fill(struct text_scan *scan, const struct scan_request *request,
                             struct error *error)
{
    uint32_t n = MAX(request->n_columns, 1u), n_predicates = MAX(request->n_predicates, 1u);
    scan->n_columns = request->n_columns;
    scan->row_limit = request->row_limit;
    scan->columns = ARENA_ARRAY(&scan->arena, struct text_column *, n);
    scan->place_target = ARENA_ARRAY(&scan->arena, uint32_t, n);
    scan->predicates = ARENA_ARRAY(&scan->arena, const struct scan_predicate *, n_predicates);
    scan->predicate_place = ARENA_ARRAY(&scan->arena, uint32_t, n_predicates);
    TRY(arena_check(&scan->arena, error));
    set_targets(scan, request);
    set_predicates(scan, request);
    if (scan->source->format != TEXT_FORMAT_CSV)
        TRY(set_nodes(scan, error));
    TRY(set_files(scan, request, error));
    set_run(scan, request);
    return STATUS_OK;
}

enum status text_plan_scan(struct source *source, const struct scan_request *request,
                           const struct context *context, struct scan **out, struct error *error)
{
    void *memory;
    *out = NULL;
    TRY(text_hive_list((struct text_source *)source, request, context, error));
    TRY(block_alloc(&memory, sizeof(struct text_scan), context->budget, "a scan", error));
    struct text_scan *scan = memory;
    enum status status = arena_init(&scan->arena, error);
    if (status != STATUS_OK) {
        block_free(scan, sizeof(*scan), context->budget);
        return status;
    }
    scan->scan = (struct scan){.ops = &TEXT_SCAN, .source = source, .context = context};
    scan->source = (struct text_source *)source;
    mutex_init(&scan->mutex);
    mutex_init(&scan->starts.mutex);
    status = scan_fill(scan, request, error);
    if (status != STATUS_OK) {
        scan_close(&scan->scan);
        return status;
    }
    *out = &scan->scan;
    return STATUS_OK;
}
