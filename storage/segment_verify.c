/* segment_verify.c - a whole file read, and what it says of itself held against what is in it. */
#include "storage/codec.h"
#include "storage/segment_read.h"
#include "storage/segment_stage.h"
#include "storage/zone_map.h"

struct verifier {
    const struct context *context;
    segment_wrong_fn *wrong; /* NULL: the first thing wrong ends it */
    void *wrong_context;
    const struct segment *segment;
    struct segment_reader *reader;
    struct stage stage;
    struct column *dictionary;
    uint32_t batch, column;
    size_t n_wrong;
};

static enum status wrong(const struct verifier *v, const char *what, struct error *error)
{
    return error_set(error, STATUS_DATA, "%s is damaged: column %s, batch %u: %s", v->segment->path,
                     v->segment->columns[v->column].name, v->batch, what);
}

/* The zone in the entry is the values' own. */
static enum status check_zone(struct verifier *v, const struct chunk *chunk, struct error *error)
{
    const uint8_t zone_flags = CHUNK_HAS_MIN | CHUNK_HAS_MAX | CHUNK_MIN_EXACT | CHUNK_MAX_EXACT;
    struct values values = stage_values(&v->stage);
    struct chunk own = {0};
    struct encoding_sizes sizes;
    zone_fill(&values, &own);
    encoding_measure(&values, &sizes);
    if (v->stage.nulls != chunk->nulls)
        return wrong(v, "another number of NULLs", error);
    if ((own.flags & zone_flags) != (chunk->flags & zone_flags) ||
        own.min_length != chunk->min_length || own.max_length != chunk->max_length ||
        memcmp(own.min, chunk->min, ZONE_BYTES) != 0 ||
        memcmp(own.max, chunk->max, ZONE_BYTES) != 0)
        return wrong(v, "its zone does not fit its values", error);
    if (sizes.is_ascending != ((chunk->flags & CHUNK_ASCENDING) != 0))
        return wrong(v, "its order is not what it says", error);
    return STATUS_OK;
}

static enum status check_chunk(struct verifier *v, struct error *error)
{
    struct chunk chunk = segment_chunk(v->segment, v->batch, v->column);
    size_t n = v->segment->batch_rows[v->batch];
    struct column *column = NULL;
    TRY(segment_read_column(v->reader, v->batch, v->column, 0, n, UINT32_MAX, v->dictionary,
                            &column, error));
    stage_clear(&v->stage);
    enum status status = stage_add(&v->stage, column, 0, n, error);
    column_unref(column);
    return status == STATUS_OK ? check_zone(v, &chunk, error) : status;
}

static enum status check_dictionary(struct verifier *v, struct error *error)
{
    TRY(segment_read_dictionary(v->reader, v->column, &v->dictionary, error));
    for (size_t i = 1; v->dictionary && i < v->dictionary->length; i++)
        if (column_compare(v->dictionary, i - 1, v->dictionary, i) > 0)
            return error_set(error, STATUS_DATA,
                             "%s is damaged: dictionary of column %s: it is not sorted",
                             v->segment->path, v->segment->columns[v->column].name);
    return STATUS_OK;
}

static size_t longest_batch(const struct segment *segment)
{
    size_t longest = 1;
    for (uint32_t b = 0; b < segment->n_batches; b++)
        longest = MAX(longest, segment->batch_rows[b]);
    return longest;
}

/* Damage is told and passed over; what else fails ends the check. */
static enum status tell_damage(struct verifier *v, enum status status, struct error *error)
{
    if (status != STATUS_DATA || !v->wrong)
        return status;
    v->n_wrong++;
    v->wrong(v->wrong_context, error->message);
    error_clear(error);
    return STATUS_OK;
}

static enum status check_column(struct verifier *v, struct error *error)
{
    size_t before = v->n_wrong;
    TRY(tell_damage(v, check_dictionary(v, error), error));
    if (v->n_wrong > before) /* its chunks cannot be read */
        return STATUS_OK;
    TRY(stage_init(&v->stage, v->segment->columns[v->column].type, longest_batch(v->segment),
                   v->context->budget, error));
    for (v->batch = 0; v->batch < v->segment->n_batches; v->batch++) {
        TRY(context_check(v->context, error));
        TRY(tell_damage(v, check_chunk(v, error), error));
    }
    return STATUS_OK;
}

static enum status check_columns(struct verifier *v, struct error *error)
{
    TRY(segment_reader_open(v->context, v->segment, &v->reader, error));
    enum status status = STATUS_OK;
    for (v->column = 0; v->column < v->segment->n_columns && status == STATUS_OK; v->column++) {
        status = check_column(v, error);
        stage_fini(&v->stage);
        column_unref(v->dictionary);
        v->dictionary = NULL;
    }
    segment_reader_close(v->reader);
    return status;
}

static void report_fill(struct segment_report *report, const struct segment *segment)
{
    *report = (struct segment_report){segment->rows, segment->size,
                                      segment->n_batches * segment->n_columns};
}

enum status segment_verify(const struct context *context, const char *path,
                           struct segment_report *report, struct error *error)
{
    struct segment *segment = NULL;
    *report = (struct segment_report){0};
    TRY(segment_open(context->io, path, context->budget, &segment, error));
    struct verifier verifier = {.context = context, .segment = segment};
    enum status status = check_columns(&verifier, error);
    if (status == STATUS_OK)
        report_fill(report, segment);
    segment_close(segment);
    return status;
}

enum status segment_verify_all(const struct context *context, const struct segment *segment,
                               segment_wrong_fn *wrong_fn, void *wrong_context,
                               struct segment_report *report, struct error *error)
{
    struct verifier verifier = {
        .context = context, .segment = segment, .wrong = wrong_fn, .wrong_context = wrong_context};
    report_fill(report, segment);
    return check_columns(&verifier, error);
}
