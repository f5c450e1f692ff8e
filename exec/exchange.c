/* exchange.c - see exchange.h. */
#include "exec/exchange.h"

enum { HELD_MAX = 128, LOWEST_MAX = 16, POLL_MS = 20 };
enum { HELD_BYTES_MAX = 64 << 20, LOWEST_BYTES_MAX = 16 << 20 };

struct queued {
    struct queued *next;
    struct batch *batch;
    size_t bytes;
};

struct exchange_morsel {
    struct exchange_morsel *next;
    uint64_t number;
    struct queued *head, *tail;
    size_t count, bytes;
    bool ended;
    enum status status; /* its worker failed; known to the consumer once it gets here */
    struct error error;
};

void exchange_init(struct exchange *exchange, const struct context *context, unsigned n_workers)
{
    memset(exchange, 0, sizeof *exchange);
    exchange->context = context;
    exchange->n_workers = n_workers;
    mutex_init(&exchange->mutex);
    condition_init(&exchange->readable);
    condition_init(&exchange->writable);
}

static void morsel_free(struct exchange *x, struct exchange_morsel *m)
{
    while (m->head) {
        struct queued *q = m->head;
        m->head = q->next;
        batch_unref(q->batch);
        block_free(q, sizeof *q, x->context->budget);
    }
    block_free(m, sizeof *m, x->context->budget);
}

void exchange_fini(struct exchange *exchange)
{
    while (exchange->first) {
        struct exchange_morsel *m = exchange->first;
        exchange->first = m->next;
        morsel_free(exchange, m);
    }
    condition_fini(&exchange->readable);
    condition_fini(&exchange->writable);
    mutex_fini(&exchange->mutex);
}

static struct exchange_morsel *find(struct exchange *x, uint64_t number)
{
    struct exchange_morsel *m = x->first;
    while (m && m->number != number)
        m = m->next;
    return m;
}

enum status exchange_begin(struct exchange *exchange, uint64_t morsel, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct exchange_morsel), exchange->context->budget, "Write",
                    error));
    struct exchange_morsel *m = block;
    m->number = morsel;
    mutex_lock(&exchange->mutex);
    struct exchange_morsel **at = &exchange->first;
    while (*at && (*at)->number < morsel)
        at = &(*at)->next;
    m->next = *at;
    *at = m;
    mutex_unlock(&exchange->mutex);
    return STATUS_OK;
}

static bool must_wait(const struct exchange *x, const struct exchange_morsel *m)
{
    if (x->stopped || (x->n_held < HELD_MAX && x->bytes_held < HELD_BYTES_MAX))
        return false;
    if (m != x->first)
        return true;
    return m->count >= LOWEST_MAX || (m->count && m->bytes >= LOWEST_BYTES_MAX);
}

/* Memory of a batch, about: the columns of a text file share the buffers that they were read from. */
static size_t held_bytes(const struct batch *batch)
{
    size_t own = 0, shared = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const struct column *column = batch->columns[c];
        size_t heaps = 0;
        for (uint32_t i = 0; i < column->n_heaps; i++)
            heaps += column->heaps[i]->capacity;
        shared = MAX(shared, heaps);
        own += column->data_buffer ? column->data_buffer->capacity : 0;
    }
    return own + shared;
}

enum status exchange_put(struct exchange *exchange, struct batch *batch, struct error *error)
{
    void *block = NULL;
    enum status status =
        block_alloc(&block, sizeof(struct queued), exchange->context->budget, "Write", error);
    struct queued *q = block;
    size_t bytes = held_bytes(batch);
    mutex_lock(&exchange->mutex);
    struct exchange_morsel *m = find(exchange, batch->morsel);
    while (status == STATUS_OK && must_wait(exchange, m)) {
        condition_wait_for(&exchange->writable, &exchange->mutex, POLL_MS);
        status = context_check(exchange->context, error);
    }
    if (status == STATUS_OK && exchange->stopped)
        status = error_set(error, STATUS_CANCELLED, "interrupted");
    if (status == STATUS_OK) {
        q->batch = batch;
        q->bytes = bytes;
        if (m->tail)
            m->tail->next = q;
        else
            m->head = q;
        m->tail = q;
        m->count++;
        m->bytes += bytes;
        exchange->n_held++;
        exchange->bytes_held += bytes;
        if (m == exchange->first)
            condition_signal(&exchange->readable);
    }
    mutex_unlock(&exchange->mutex);
    if (status != STATUS_OK) {
        block_free(q, sizeof *q, exchange->context->budget);
        batch_unref(batch);
    }
    return status;
}

void exchange_end(struct exchange *exchange, uint64_t morsel)
{
    mutex_lock(&exchange->mutex);
    struct exchange_morsel *m = find(exchange, morsel);
    if (m)
        m->ended = true;
    condition_signal(&exchange->readable);
    mutex_unlock(&exchange->mutex);
}

void exchange_fail(struct exchange *exchange, uint64_t morsel, enum status status,
                   const struct error *error)
{
    mutex_lock(&exchange->mutex);
    struct exchange_morsel *m = find(exchange, morsel);
    if (m) {
        m->status = status;
        m->error = *error;
        condition_signal(&exchange->readable);
    }
    mutex_unlock(&exchange->mutex);
}

void exchange_leave(struct exchange *exchange, enum status status, const struct error *error)
{
    mutex_lock(&exchange->mutex);
    exchange->n_workers--;
    if (status != STATUS_OK && exchange->status == STATUS_OK && !exchange->stopped) {
        exchange->status = status;
        exchange->error = *error;
    }
    condition_broadcast(&exchange->readable);
    condition_broadcast(&exchange->writable);
    mutex_unlock(&exchange->mutex);
}

/* Removes ended morsels at the front; true if a batch was taken. */
static bool take(struct exchange *x, struct batch **out)
{
    while (x->first) {
        struct exchange_morsel *m = x->first;
        if (m->head) {
            struct queued *q = m->head;
            m->head = q->next;
            if (!m->head)
                m->tail = NULL;
            m->count--;
            m->bytes -= q->bytes;
            x->n_held--;
            x->bytes_held -= q->bytes;
            *out = q->batch;
            block_free(q, sizeof *q, x->context->budget);
            condition_broadcast(&x->writable);
            return true;
        }
        if (m->status != STATUS_OK && x->status == STATUS_OK) {
            x->status = m->status;
            x->error = m->error;
        }
        if (!m->ended)
            return false;
        x->first = m->next;
        morsel_free(x, m);
        condition_broadcast(&x->writable);
    }
    return false;
}

enum status exchange_get(struct exchange *exchange, struct batch **out, struct error *error)
{
    enum status status = STATUS_OK;
    *out = NULL;
    mutex_lock(&exchange->mutex);
    for (;;) {
        if (exchange->status == STATUS_OK && take(exchange, out))
            break;
        if (exchange->status != STATUS_OK) {
            *error = exchange->error;
            status = exchange->status;
            break;
        }
        if (!exchange->n_workers)
            break;
        condition_wait_for(&exchange->readable, &exchange->mutex, POLL_MS);
        status = context_check(exchange->context, error);
        if (status != STATUS_OK)
            break;
    }
    mutex_unlock(&exchange->mutex);
    return status;
}

void exchange_stop(struct exchange *exchange)
{
    mutex_lock(&exchange->mutex);
    exchange->stopped = true;
    condition_broadcast(&exchange->writable);
    mutex_unlock(&exchange->mutex);
}
