/* text_feed.c - a window that moves over a file, in buffers that batches may keep.
 *
 * Text values point into the buffers, so a buffer that somebody still holds is never moved in: the tail of the
 * window is copied to another one. Spare buffers come back into use when the batches are gone. */
#include "storage/text_int.h"
#include "storage/text_scan.h"

enum { FEED_STEP = 64 * 1024, FEED_SMALLEST = 4096 };

static const char owner_feed[] = "reading files";

void text_feed_init(struct text_feed *feed, const struct context *context, size_t size,
                    uint32_t line_max)
{
    *feed = (struct text_feed){.context = context, .size = size, .line_max = line_max, .fd = -1};
}

static void feed_close_input(struct text_feed *feed)
{
    if (feed->fd >= 0)
        io_close_quietly(feed->context->io, feed->fd);
    feed->fd = -1;
    if (feed->owns_stream)
        text_input_close(feed->stream);
    feed->stream = NULL;
    feed->owns_stream = false;
    feed->replay = NULL;
    feed->path = NULL;
}

void text_feed_fini(struct text_feed *feed)
{
    feed_close_input(feed);
    buffer_unref(feed->buffer);
    feed->buffer = NULL;
    for (size_t i = 0; i < FEED_SPARE; i++) {
        buffer_unref(feed->spare[i]);
        feed->spare[i] = NULL;
    }
}

static void feed_rewind(struct text_feed *feed, uint64_t offset)
{
    feed->start = feed->end = 0;
    feed->offset = offset;
    feed->eof = false;
    feed->lines = 0;
    feed->is_array = false;
}

enum status text_feed_open_range(struct text_feed *feed, const char *path, uint64_t from,
                                 uint64_t goal, uint64_t file_size, struct error *error)
{
    if (feed->fd < 0 || !feed->path || strcmp(feed->path, path) != 0) {
        feed_close_input(feed);
        TRY(io_open_read(feed->context->io, path, &feed->fd, error));
        feed->path = path;
    }
    feed_rewind(feed, from);
    feed->read_at = from;
    feed->read_end = file_size;
    feed->goal = goal;
    return STATUS_OK;
}

enum status text_feed_open_stream(struct text_feed *feed, const char *path,
                                  const struct text_source *replay, struct error *error)
{
    feed_close_input(feed);
    if (replay) {
        feed->stream = replay->stream;
        text_input_set_context(feed->stream, feed->context);
    } else {
        TRY(text_input_open(path, feed->context, &feed->stream, error));
        feed->owns_stream = true;
    }
    feed->path = path;
    feed->replay = replay;
    feed->replay_at = 0;
    feed_rewind(feed, 0);
    return STATUS_OK;
}

static bool is_shared(const struct buffer *buffer)
{
    return atomic_load_explicit(&((struct buffer *)buffer)->refs, memory_order_acquire) != 1;
}

/* A buffer of at least `capacity` bytes (and one) that nobody else holds. */
static enum status feed_take_buffer(struct text_feed *feed, size_t capacity, struct buffer **out,
                                    struct error *error)
{
    size_t free_place = FEED_SPARE;
    for (size_t i = 0; i < FEED_SPARE; i++) {
        struct buffer *spare = feed->spare[i];
        if (spare && !is_shared(spare) && spare->capacity > capacity) {
            feed->spare[i] = NULL;
            *out = spare;
            return STATUS_OK;
        }
        if (!spare || free_place == FEED_SPARE)
            free_place = i;
    }
    return buffer_new(capacity + 1, feed->context->budget, owner_feed, out, error);
}

static void feed_keep_spare(struct text_feed *feed, struct buffer *buffer)
{
    size_t place = 0;
    for (size_t i = 0; i < FEED_SPARE; i++) {
        if (!feed->spare[i]) {
            place = i;
            break;
        }
        /* Let go of one that is shared rather than of one that can be used again. */
        if (is_shared(feed->spare[i]))
            place = i;
    }
    if (buffer->capacity > feed->size + 1) {
        buffer_unref(buffer);
        return;
    }
    buffer_unref(feed->spare[place]);
    feed->spare[place] = buffer;
}

static uint64_t count_lines(const struct text_feed *feed, size_t n)
{
    const char *data = (const char *)feed->buffer->data;
    return text_scan_count(data, n, '\n') + (feed->is_array ? text_scan_count(data, n, '\r') : 0);
}

/* Newlines before the window, counted by reading the file again: for messages only. */
static enum status lines_before(const struct text_feed *feed, uint64_t *lines, struct error *error)
{
    struct buffer *buffer;
    enum status status = STATUS_OK;
    *lines = feed->lines;
    if (feed->stream)
        return STATUS_OK;
    *lines = 0;
    TRY(buffer_new(FEED_BUFFER, feed->context->budget, owner_feed, &buffer, error));
    for (uint64_t at = 0; at < feed->offset;) {
        size_t got, ask = (size_t)MIN((uint64_t)FEED_BUFFER, feed->offset - at);
        TRY_OUT(context_check(feed->context, error));
        TRY_OUT(
            io_pread(feed->context->io, feed->fd, feed->path, buffer->data, ask, at, &got, error));
        if (got == 0)
            break;
        *lines += text_scan_count((const char *)buffer->data, got, '\n');
        at += got;
    }
out:
    buffer_unref(buffer);
    return status;
}

enum status text_feed_line_of(const struct text_feed *feed, size_t at, uint64_t *line,
                              struct error *error)
{
    TRY(lines_before(feed, line, error));
    *line += count_lines(feed, at) + 1;
    return STATUS_OK;
}

enum status text_feed_too_long(const char *path, uint64_t line, uint32_t line_max,
                               struct error *error)
{
    enum status status =
        error_set(error, STATUS_LIMIT, "a line is longer than %u bytes (%s:%llu)", line_max,
                  strcmp(path, "-") == 0 ? "stdin" : path, (unsigned long long)line);
    if (line_max < TEXT_LINE_LARGEST)
        error_hint(error, "max_line_size => %u takes longer ones",
                   (unsigned)MIN((uint64_t)line_max * 4, (uint64_t)TEXT_LINE_LARGEST));
    return status;
}

static enum status feed_too_long(const struct text_feed *feed, struct error *error)
{
    uint64_t line;
    TRY(text_feed_line_of(feed, feed->start, &line, error));
    return text_feed_too_long(feed->path, line, feed->line_max, error);
}

/* Room behind `end`: in this buffer, or in another with [start, end) moved to its start. */
static enum status feed_make_room(struct text_feed *feed, struct error *error)
{
    size_t kept = feed->end - feed->start, wanted = feed->size;
    if (kept > feed->line_max && kept > feed->size)
        return feed_too_long(feed, error);
    if (feed->buffer) {
        size_t room = feed->buffer->capacity - 1 - feed->end;
        if (room >= feed->size / 4 && feed->stream)
            return STATUS_OK;
    }
    if (feed->stream && feed->start > 0)
        feed->lines += count_lines(feed, feed->start);
    while (wanted < kept + kept / 2 + FEED_SMALLEST && wanted <= feed->line_max)
        wanted *= 2;
    wanted = MAX(wanted, kept + FEED_SMALLEST);
    if (feed->buffer && !is_shared(feed->buffer) && feed->buffer->capacity > wanted) {
        if (kept > 0)
            memmove(feed->buffer->data, feed->buffer->data + feed->start, kept);
    } else {
        struct buffer *buffer;
        TRY(feed_take_buffer(feed, wanted, &buffer, error));
        if (kept > 0)
            memcpy(buffer->data, feed->buffer->data + feed->start, kept);
        if (feed->buffer)
            feed_keep_spare(feed, feed->buffer);
        feed->buffer = buffer;
    }
    feed->offset += feed->start;
    feed->start = 0;
    feed->end = kept;
    return STATUS_OK;
}

static enum status feed_read(struct text_feed *feed, size_t room, size_t *got, struct error *error)
{
    uint8_t *at = feed->buffer->data + feed->end;
    if (feed->replay && feed->replay_at < feed->replay->stream_sample_size) {
        *got = MIN(room, feed->replay->stream_sample_size - feed->replay_at);
        memcpy(at, feed->replay->stream_sample->data + feed->replay_at, *got);
        feed->replay_at += *got;
        return STATUS_OK;
    }
    if (feed->stream)
        return text_input_read(feed->stream, at, room, got, error);
    uint64_t left = feed->read_end - MIN(feed->read_at, feed->read_end);
    uint64_t wanted = feed->read_at < feed->goal ? feed->goal - feed->read_at : (uint64_t)FEED_STEP;
    size_t ask = (size_t)MIN(MIN((uint64_t)room, left), wanted);
    *got = 0;
    if (ask > 0)
        TRY(io_pread(feed->context->io, feed->fd, feed->path, at, ask, feed->read_at, got, error));
    feed->read_at += *got;
    return STATUS_OK;
}

enum status text_feed_more(struct text_feed *feed, struct error *error)
{
    if (feed->eof)
        return STATUS_OK;
    TRY(context_check(feed->context, error));
    TRY(feed_make_room(feed, error));
    size_t got;
    TRY(feed_read(feed, feed->buffer->capacity - 1 - feed->end, &got, error));
    feed->end += got;
    if (got == 0) {
        feed->eof = true;
        if (feed->end > feed->start && feed->buffer->data[feed->end - 1] != '\n')
            feed->buffer->data[feed->end++] = '\n';
    }
    return STATUS_OK;
}

bool text_feed_ready(struct text_feed *feed)
{
    return feed->eof || !feed->stream ||
           (feed->replay && feed->replay_at < feed->replay->stream_sample_size) ||
           text_input_ready(feed->stream, 0);
}
