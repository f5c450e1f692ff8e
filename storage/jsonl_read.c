/* jsonl_read.c - the rows of a window of JSON lines: where each wanted value lies.
 *
 * Lines of one file mostly have the same keys in the same order. So the line last read is kept as a template: the bytes
 * that stood between the values (`,"price":`). The next line is compared with them piece by piece, values in between
 * are skipped by what they begin with; every byte is still looked at, so that damage is found. A line that
 * looks different is walked in general, and becomes a template. A few templates are kept, for files
 * that mix events of several kinds. Of a key that comes twice the last counts. */
#include <stdio.h>

#include "storage/json_text.h"
#include "storage/text_scan.h"

/* Learning costs as much as reading a few lines, so it is paid for by lines that a template fitted: files without order
 * soon learn seldom, and what fits is not pushed out by what never comes again. */
enum { TEMPLATES = 4, CREDIT_MAX = 64, CREDIT_OF_LEARNING = 8 };

static_assert((int)TEMPLATE_LITERAL <= (int)BUFFER_PADDING,
              "literals are compared past the window");

/* ---- The general walk ---- */

static void clear_spans(struct text_reader *reader, uint32_t row)
{
    for (uint32_t t = 0; t < reader->scan->n_targets; t++)
        text_reader_span(reader, t, row)->kind = SPAN_ABSENT;
}

/* A key that comes again undoes what was found below it. */
static void clear_below(struct text_reader *reader, const struct json_node *node, uint32_t row)
{
    for (uint32_t i = 0; i < node->n_children; i++) {
        const struct json_node *child = &reader->scan->nodes[node->first_child + i];
        if (child->target >= 0)
            text_reader_span(reader, (uint32_t)child->target, row)->kind = SPAN_ABSENT;
        clear_below(reader, child, row);
    }
}

/* The child of that key, looked for from *next on, where keys in their usual order are found at once. */
static const struct json_node *find_child(const struct text_scan *scan,
                                          const struct json_node *node, const struct text_span *key,
                                          uint32_t *next)
{
    for (uint32_t i = 0; i < node->n_children; i++) {
        uint32_t k = *next + i < node->n_children ? *next + i : *next + i - node->n_children;
        const struct json_node *child = &scan->nodes[node->first_child + k];
        if (json_key_is(key, child->key)) {
            *next = k + 1 < node->n_children ? k + 1 : 0;
            return child;
        }
    }
    return NULL;
}

static bool read_node(struct text_reader *reader, struct json_cursor *cursor,
                      const struct json_node *node, uint32_t row);

static bool read_members(struct text_reader *reader, struct json_cursor *cursor,
                         const struct json_node *node, uint32_t row)
{
    struct json_steps steps = json_enter(cursor);
    struct text_span key, value;
    uint32_t next = 0;
    bool more;
    for (;;) {
        if (!json_next_member(cursor, &steps, &key, &more))
            return false;
        if (!more)
            return true;
        const struct json_node *child = find_child(reader->scan, node, &key, &next);
        if (!(child ? read_node(reader, cursor, child, row) : json_read_value(cursor, &value)))
            return false;
    }
}

static bool read_elements(struct text_reader *reader, struct json_cursor *cursor,
                          const struct json_node *node, uint32_t row)
{
    struct json_steps steps = json_enter(cursor);
    struct text_span value;
    char digits[24];
    uint32_t next = 0;
    bool more;
    for (uint32_t position = 1;; position++) {
        if (!json_next_element(cursor, &steps, &more))
            return false;
        if (!more)
            return true;
        size_t n = sizeof(digits);
        for (uint32_t v = position; v > 0; v /= 10)
            digits[--n] = (char)('0' + v % 10);
        struct text_span key = {digits + n, (uint32_t)(sizeof(digits) - n), SPAN_STRING, 0};
        const struct json_node *child = find_child(reader->scan, node, &key, &next);
        if (!(child ? read_node(reader, cursor, child, row) : json_read_value(cursor, &value)))
            return false;
    }
}

/* The value at the cursor, which `node` stands for. */
static bool read_node(struct text_reader *reader, struct json_cursor *cursor,
                      const struct json_node *node, uint32_t row)
{
    struct text_span value;
    const char *start = cursor->at;
    bool nested = node->n_children > 0 && (*start == '{' || *start == '[');
    if (node->n_children > 0)
        clear_below(reader, node, row);
    if (nested) {
        bool fine = *start == '{' ? read_members(reader, cursor, node, row)
                                  : read_elements(reader, cursor, node, row);
        if (!fine)
            return false;
        /* Bytes above 127 may be anywhere in it. */
        value = (struct text_span){start, (uint32_t)(cursor->at - start),
                                   *start == '{' ? SPAN_OBJECT : SPAN_ARRAY, SPAN_NOT_ASCII};
    } else if (!json_read_value(cursor, &value)) {
        return false;
    }
    if (node->target >= 0)
        *text_reader_span(reader, (uint32_t)node->target, row) = value;
    return true;
}

/* ---- Learning a template ---- */

static void begin_template(struct json_template *template)
{
    template->n_members = 0;
    template->learning = true;
    template->usable = false;
}

static void learn_member(struct json_template *template, const char *literal, const char *value,
                         int32_t node)
{
    size_t length = (size_t)(value - literal);
    if (template->n_members == TEMPLATE_FIELDS || length > TEMPLATE_LITERAL)
        template->learning = false;
    if (!template->learning)
        return;
    struct json_member *member = &template->members[template->n_members++];
    *member = (struct json_member){.length = (uint32_t)length, .node = node};
    memcpy(member->words, literal, length);
    memset(member->masks, 0xff, length);
    member->n_words = (uint32_t)((length + 7) / 8);
}

/* A wanted key that comes twice: such lines are always walked in general. */
static bool has_key_twice(const struct json_template *template)
{
    for (uint32_t i = 0; i < template->n_members; i++)
        for (uint32_t k = 0; k < i && template->members[i].node >= 0; k++)
            if (template->members[k].node == template->members[i].node)
                return true;
    return false;
}

/* The whole line in general, learning as it goes. On success the cursor is behind the closing brace. */
static bool read_line(struct text_reader *reader, struct json_cursor *cursor, uint32_t row,
                      struct json_template *template)
{
    const struct text_scan *scan = reader->scan;
    const struct json_node *root = &scan->nodes[0];
    const char *literal = cursor->at;
    uint32_t next = 0, found = 0;
    struct text_span key, value;
    bool more = true;
    clear_spans(reader, row);
    if (template)
        begin_template(template);
    if (*cursor->at != '{') {
        cursor->reason = "an object was expected";
        return false;
    }
    struct json_steps steps = json_enter(cursor);
    for (;;) {
        if (!json_next_member(cursor, &steps, &key, &more))
            return false;
        if (!more)
            break;
        const struct json_node *child = find_child(scan, root, &key, &next);
        found += child != NULL;
        if (template)
            learn_member(template, literal, cursor->at,
                         child ? (int32_t)(child - scan->nodes) : -1);
        if (!(child ? read_node(reader, cursor, child, row) : json_read_value(cursor, &value)))
            return false;
        literal = cursor->at;
    }
    if (!template)
        return true;
    template->usable = template->learning &&template->n_members > 0 && !has_key_twice(template);
    /* With wanted keys below the top a column may be missing in any line. */
    template->complete = found == root->n_children && scan->n_nodes == root->n_children + 1;
    return true;
}

/* ---- Following a template ---- */

#define LOOP(name) name##_portable
#define LOOP_TARGET
#define LOOP_SCAN text_scan_string
#include "storage/jsonl_loop.h"
#undef LOOP
#undef LOOP_TARGET
#undef LOOP_SCAN

#ifdef TEXT_SCAN_AVX2
#define LOOP(name)  name##_avx2
#define LOOP_TARGET TEXT_SCAN_AVX2
#define LOOP_SCAN   text_scan_string_avx2
#include "storage/jsonl_loop.h"
#undef LOOP
#undef LOOP_TARGET
#undef LOOP_SCAN
#endif

jsonl_follow_fn *jsonl_read_follower(void)
{
#ifdef TEXT_SCAN_AVX2
    if (text_scan_has_avx2())
        return follow_line_avx2;
#endif
    return follow_line_portable;
}

/* Behind the closing brace only blanks may follow. Gives the next line's first byte, or NULL. */
static const char *line_end(struct json_cursor *cursor)
{
    const char *p = cursor->at;
    if (LIKELY(*p == '\n'))
        return p + 1;
    p = json_skip_blanks(p);
    if (*p == '\n')
        return p + 1;
    cursor->at = p;
    cursor->reason = "more text after the object";
    return NULL;
}

/* The template that fitted longest ago, or none yet. */
static struct json_template *oldest_template(struct text_reader *reader)
{
    uint32_t oldest = 0;
    for (uint32_t i = 0; i < TEMPLATES; i++) {
        if (!reader->templates[i].usable) {
            oldest = i;
            break;
        }
        if (reader->templates[i].used_at < reader->templates[oldest].used_at)
            oldest = i;
    }
    reader->templates[oldest].used_at = ++reader->template_clock;
    reader->template_at = oldest;
    return &reader->templates[oldest];
}

/* One line from its first byte that is no blank. NULL: damaged, and the cursor says where and why. */
static const char *read_row(struct text_reader *reader, const char *line, uint32_t row,
                            struct json_cursor *cursor, bool is_line)
{
    for (uint32_t i = 0; i < TEMPLATES; i++) {
        uint32_t slot = (reader->template_at + i) % TEMPLATES;
        const struct json_template *template = &reader->templates[slot];
        if (!template->usable)
            continue;
        *cursor = (struct json_cursor){line, NULL};
        if (reader->follow(reader, template, cursor, row)) {
            const char *next = is_line ? line_end(cursor) : cursor->at;
            if (next) {
                reader->template_at = slot;
                reader->templates[slot].used_at = ++reader->template_clock;
                reader->template_credit = MIN(reader->template_credit + 1, (uint32_t)CREDIT_MAX);
                return next;
            }
        }
    }
    struct json_template *learnt = NULL;
    if (reader->template_credit >= CREDIT_OF_LEARNING) {
        reader->template_credit -= CREDIT_OF_LEARNING;
        learnt = oldest_template(reader);
    } else {
        reader->template_credit++; /* now and then, for files that change */
    }
    *cursor = (struct json_cursor){line, NULL};
    bool fine = read_line(reader, cursor, row, learnt);
    if (!fine)
        return NULL;
    return is_line ? line_end(cursor) : cursor->at;
}

static enum status read_damaged(struct text_reader *reader, const struct json_cursor *cursor,
                                uint32_t row, bool *keep, struct error *error)
{
    char reason[120];
    snprintf(reason, sizeof(reason), "malformed JSON: %s", cursor->reason);
    TRY(text_reader_reject(reader, cursor->at, STATUS_DATA, reason, error));
    *keep = reader->source->options.on_error == TEXT_NULL;
    clear_spans(reader, row);
    return STATUS_OK;
}

enum status jsonl_read_rows(struct text_reader *reader, uint32_t room, uint64_t stop, bool *starved,
                            struct error *error)
{
    struct text_feed *feed = &reader->feed;
    *starved = true;
    if (feed->start == feed->end)
        return STATUS_OK;
    const char *base = (const char *)feed->buffer->data, *p = base + feed->start;
    const char *last = text_scan_last_newline(p, feed->end - feed->start);
    if (!last)
        return STATUS_OK;
    const char *window = last + 1, *end = window;
    if (stop - feed->offset < (uint64_t)(window - base))
        end = base + (stop - feed->offset);
    while (p < end && reader->n_chunk < room) {
        const char *line = json_skip_blanks(p);
        if (UNLIKELY(*line == '\n')) {
            p = line + 1;
            continue;
        }
        uint32_t row = reader->n_chunk;
        struct json_cursor cursor;
        bool keep = true;
        const char *next = read_row(reader, line, row, &cursor, true);
        reader->row_starts[row] = p;
        reader->row_numbers[row] = reader->row_number++;
        if (UNLIKELY(!next)) {
            TRY(read_damaged(reader, &cursor, row, &keep, error));
            next = (const char *)memchr(line, '\n', (size_t)(window - line)) + 1;
        }
        p = next;
        reader->n_chunk += keep;
        feed->start = (size_t)(p - base);
    }
    feed->start = (size_t)(p - base);
    *starved = p >= window;
    return STATUS_OK;
}

enum status jsonl_read_element(struct text_reader *reader, const char *p, const char *after,
                               struct error *error)
{
    uint32_t row = reader->n_chunk;
    struct json_cursor cursor;
    bool keep = true;
    const char *next = read_row(reader, p, row, &cursor, false);
    reader->row_starts[row] = p;
    reader->row_numbers[row] = reader->row_number++;
    if (next && next < after) {
        cursor = (struct json_cursor){next, "a comma or closing bracket is missing"};
        next = NULL;
    }
    if (UNLIKELY(!next))
        TRY(read_damaged(reader, &cursor, row, &keep, error));
    reader->n_chunk += keep;
    return STATUS_OK;
}

uint32_t jsonl_read_templates(void)
{
    return TEMPLATES;
}
