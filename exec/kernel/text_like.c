/* text_like.c - LIKE, ILIKE and GLOB.
 *
 * A pattern is compiled to pieces between the wildcards that stand for any text (% or *). A piece is a row of
 * items: a literal, one character, one of a class. The first piece is tied to the start of the text and the
 * last to its end; each one between is taken at the first place where it fits, which is always right, so that
 * nothing is ever tried twice. A piece is looked for by its first literal, with text_find. The usual shapes,
 * x%, %x, %x% and no wildcard, have loops of their own.
 *   1. pieces[0..n_pieces) and at least one; n_pieces - 1 wildcards lie between them.
 *   2. A piece has a fixed number of characters, so that the last one has one place to be. */
#include "exec/kernel/loop.h"
#include "exec/kernel/text_case.h"

enum item_kind { ITEM_LITERAL, ITEM_ONE, ITEM_CLASS, ITEM_NEVER };

struct item {
    enum item_kind kind;
    size_t at, length; /* bytes in `literals`: the literal, or what is between [ and ] */
};

struct piece {
    size_t first, n_items;
    size_t characters;
};

struct pattern {
    struct bytes source; /* the pattern text and escape that this was made of */
    struct bytes literals, items, pieces;
    struct bytes folded; /* ILIKE: the text in small letters */
    bool compiled;
};

static void pattern_fini(void *data)
{
    struct pattern *p = data;
    bytes_fini(&p->source);
    bytes_fini(&p->literals);
    bytes_fini(&p->items);
    bytes_fini(&p->pieces);
    bytes_fini(&p->folded);
}

static enum status pattern_of(struct kernel_call *call, struct pattern **out, struct error *error)
{
    if (!call->state->data) {
        struct pattern *p = ARENA_NEW(call->arena, struct pattern);
        TRY(arena_check(call->arena, error));
        bytes_init(&p->source, call->context->budget, "LIKE");
        bytes_init(&p->literals, call->context->budget, "LIKE");
        bytes_init(&p->items, call->context->budget, "LIKE");
        bytes_init(&p->pieces, call->context->budget, "LIKE");
        bytes_init(&p->folded, call->context->budget, "LIKE");
        call->state->data = p;
        call->state->fini = pattern_fini;
    }
    *out = call->state->data;
    return STATUS_OK;
}

/* ---- compiling ---- */

static const struct item *pattern_item(const struct pattern *p, size_t i)
{
    return (const struct item *)(const void *)p->items.data + i;
}
static const struct piece *pattern_piece(const struct pattern *p, size_t i)
{
    return (const struct piece *)(const void *)p->pieces.data + i;
}
static struct piece *last_piece(struct pattern *p)
{
    return (struct piece *)(void *)(p->pieces.data + p->pieces.length) - 1;
}
static size_t pattern_pieces(const struct pattern *p)
{
    return p->pieces.length / sizeof(struct piece);
}

static enum status piece_begin(struct pattern *p, struct error *error)
{
    struct piece piece = {.first = p->items.length / sizeof(struct item)};
    return bytes_append(&p->pieces, &piece, sizeof piece, error);
}

static enum status item_add(struct pattern *p, enum item_kind kind, struct str text,
                            struct error *error)
{
    struct item item = {kind, p->literals.length, text.length};
    TRY(bytes_append(&p->literals, text.data, text.length, error));
    TRY(bytes_append(&p->items, &item, sizeof item, error));
    last_piece(p)->n_items++;
    last_piece(p)->characters++;
    return STATUS_OK;
}

/* A character goes on with the literal before it, if there is one. */
static enum status literal_add(struct pattern *p, struct str text, struct error *error)
{
    struct piece *piece = last_piece(p);
    if (piece->n_items) {
        struct item *item = (struct item *)(void *)(p->items.data + p->items.length) - 1;
        if (item->kind == ITEM_LITERAL) {
            TRY(bytes_append(&p->literals, text.data, text.length, error));
            item->length += text.length;
            last_piece(p)->characters++;
            return STATUS_OK;
        }
    }
    return item_add(p, ITEM_LITERAL, text, error);
}

static size_t character_length(struct str s, size_t at)
{
    uint32_t code;
    return utf8_decode(s.data + at, s.length - at, &code);
}

static enum status compile_like(struct pattern *p, struct str text, struct str escape,
                                struct error *error)
{
    for (size_t at = 0, n; at < text.length; at += n) {
        n = character_length(text, at);
        struct str one = {text.data + at, n};
        if (escape.length && str_equal(one, escape)) {
            at += n;
            if (at == text.length)
                return error_set(error, STATUS_VALUE, "pattern ends with its escape: " STR_FMT,
                                 STR_ARG(text));
            n = character_length(text, at);
            TRY(literal_add(p, (struct str){text.data + at, n}, error));
        } else if (*one.data == '%') {
            TRY(piece_begin(p, error));
        } else if (*one.data == '_') {
            TRY(item_add(p, ITEM_ONE, (struct str){"", 0}, error));
        } else {
            TRY(literal_add(p, one, error));
        }
    }
    return STATUS_OK;
}

/* The length of what is between [ and its ], which may begin with ^ and then with a ]; SIZE_MAX: no end. */
static size_t class_length(struct str text, size_t at)
{
    size_t i = at;
    if (i < text.length && text.data[i] == '^')
        i++;
    if (i < text.length && text.data[i] == ']')
        i++;
    while (i < text.length && text.data[i] != ']')
        i++;
    return i < text.length ? i - at : SIZE_MAX;
}

static enum status compile_glob(struct pattern *p, struct str text, struct error *error)
{
    for (size_t at = 0, n; at < text.length; at += n) {
        n = character_length(text, at);
        if (text.data[at] == '*') {
            TRY(piece_begin(p, error));
        } else if (text.data[at] == '?') {
            TRY(item_add(p, ITEM_ONE, (struct str){"", 0}, error));
        } else if (text.data[at] == '[') {
            size_t length = class_length(text, at + 1);
            if (length == SIZE_MAX)
                return item_add(p, ITEM_NEVER, (struct str){"", 0}, error);
            TRY(item_add(p, ITEM_CLASS, (struct str){text.data + at + 1, length}, error));
            n = length + 2;
        } else {
            TRY(literal_add(p, (struct str){text.data + at, n}, error));
        }
    }
    return STATUS_OK;
}

/* ILIKE compares small letters with small letters. */
static enum status literals_fold(struct pattern *p, struct error *error)
{
    struct bytes folded;
    bytes_init(&folded, p->literals.budget, "LIKE");
    enum status status = STATUS_OK;
    struct item *items = (struct item *)(void *)p->items.data;
    for (size_t i = 0; i < p->items.length / sizeof(struct item) && status == STATUS_OK; i++) {
        size_t at = folded.length;
        struct str literal = {p->literals.data + items[i].at, items[i].length};
        if (literal.length)
            status = text_append_lower(literal, &folded, error);
        items[i].at = at;
        items[i].length = folded.length - at;
    }
    bytes_fini(&p->literals);
    p->literals = folded;
    return status;
}

static enum status pattern_compile(struct pattern *p, enum function_id function, struct str text,
                                   struct str escape, struct error *error)
{
    p->compiled = false;
    p->source.length = p->literals.length = p->items.length = p->pieces.length = 0;
    TRY(bytes_append(&p->source, text.data, text.length, error));
    TRY(bytes_append(&p->source, escape.data, escape.length, error));
    TRY(piece_begin(p, error));
    if (escape.length && character_length(escape, 0) != escape.length)
        return error_set(error, STATUS_VALUE, "ESCAPE is one character: " STR_FMT, STR_ARG(escape));
    TRY(function == FUNCTION_GLOB ? compile_glob(p, text, error)
                                  : compile_like(p, text, escape, error));
    if (function == FUNCTION_ILIKE)
        TRY(literals_fold(p, error));
    p->compiled = true;
    return STATUS_OK;
}

/* ---- matching ---- */

static bool class_has(struct str class, uint32_t code)
{
    size_t at = 0;
    bool negated = class.length && class.data[0] == '^', found = false;
    at += negated;
    while (at < class.length) {
        uint32_t low, high;
        at += utf8_decode(class.data + at, class.length - at, &low);
        high = low;
        if (at + 1 < class.length && class.data[at] == '-') {
            at++;
            at += utf8_decode(class.data + at, class.length - at, &high);
        }
        found |= code >= low && code <= high;
    }
    return found != negated;
}

static bool item_matches(const struct pattern *p, const struct item *item, struct str text,
                         size_t *at)
{
    struct str literal = {p->literals.data + item->at, item->length};
    if (item->kind == ITEM_LITERAL) {
        if (text.length - *at < literal.length ||
            memcmp(text.data + *at, literal.data, literal.length) != 0)
            return false;
        *at += literal.length;
        return true;
    }
    if (*at >= text.length || item->kind == ITEM_NEVER)
        return false;
    uint32_t code;
    *at += utf8_decode(text.data + *at, text.length - *at, &code);
    return item->kind == ITEM_ONE || class_has(literal, code);
}

/* Whether the piece is at byte `at`; `*end` is behind it. */
static bool piece_matches(const struct pattern *p, const struct piece *piece, struct str text,
                          size_t at, size_t *end)
{
    for (size_t i = 0; i < piece->n_items; i++)
        if (!item_matches(p, pattern_item(p, piece->first + i), text, &at))
            return false;
    *end = at;
    return true;
}

/* `n` characters back from `at`, not before `from`. */
static bool step_back(struct str text, size_t from, size_t n, size_t *at)
{
    for (; n; n--) {
        if (*at == from)
            return false;
        do
            --*at;
        while (*at > from && ((unsigned char)text.data[*at] & 0xc0) == 0x80);
    }
    return true;
}

/* The first item of a piece that is a literal; n_items if there is none. */
static size_t first_literal(const struct pattern *p, const struct piece *piece)
{
    size_t i = 0;
    while (i < piece->n_items && pattern_item(p, piece->first + i)->kind != ITEM_LITERAL)
        i++;
    return i;
}

/* Where the piece fits first from byte `from` on. What is before its literal are single characters. */
static bool piece_find(const struct pattern *p, const struct piece *piece, struct str text,
                       size_t from, size_t *end)
{
    size_t before = first_literal(p, piece);
    if (before < piece->n_items) {
        const struct item *item = pattern_item(p, piece->first + before);
        struct str literal = {p->literals.data + item->at, item->length};
        for (size_t at = from, start; (at = text_find(text, literal, at)) != SIZE_MAX; at++) {
            start = at;
            if (step_back(text, from, before, &start) && piece_matches(p, piece, text, start, end))
                return true;
        }
        return false;
    }
    for (;; from += character_length(text, from)) {
        if (piece_matches(p, piece, text, from, end))
            return true;
        if (from >= text.length)
            return false;
    }
}

/* The last piece: where its characters, counted from the end, begin. */
static bool piece_at_end(const struct pattern *p, const struct piece *piece, struct str text,
                         size_t from)
{
    size_t at = text.length, end;
    const struct item *item = piece->n_items ? pattern_item(p, piece->first) : NULL;
    if (piece->n_items == 1 && item->kind == ITEM_LITERAL) {
        at = item->length <= text.length ? text.length - item->length : 0;
    } else {
        for (size_t n = piece->characters; n && at > from; n--)
            do
                at--;
            while (at > from && ((unsigned char)text.data[at] & 0xc0) == 0x80);
    }
    return at >= from && piece_matches(p, piece, text, at, &end) && end == text.length;
}

static bool pattern_matches(const struct pattern *p, struct str text)
{
    size_t n = pattern_pieces(p), end;
    if (!piece_matches(p, pattern_piece(p, 0), text, 0, &end))
        return false;
    if (n == 1)
        return end == text.length;
    for (size_t i = 1; i + 1 < n; i++)
        if (!piece_find(p, pattern_piece(p, i), text, end, &end))
            return false;
    return piece_at_end(p, pattern_piece(p, n - 1), text, end);
}

/* ---- columns ---- */

static bool pattern_is(const struct pattern *p, struct str text, struct str escape)
{
    return p->compiled && p->source.length == text.length + escape.length &&
           (text.length == 0 || memcmp(p->source.data, text.data, text.length) == 0) &&
           (escape.length == 0 ||
            memcmp(p->source.data + text.length, escape.data, escape.length) == 0);
}

static enum status pattern_ready(struct kernel_call *call, struct pattern *p, size_t row,
                                 struct error *error)
{
    struct str text = kernel_str(call, 1, row), escape = {"", 0};
    if (call->n_args > 2) {
        escape = kernel_str(call, 2, row);
        if (escape.length == 0 && call->function != FUNCTION_LIKE_ESCAPE)
            return error_set(error, STATUS_VALUE, "ESCAPE is one character: ''");
    }
    if (pattern_is(p, text, escape))
        return STATUS_OK;
    return pattern_compile(p, call->function, text, escape, error);
}

/* A constant pattern of a usual shape: its one literal, and whether texts may go on before and behind it. */
struct shape {
    struct str literal;
    bool open_before, open_behind;
};

static bool pattern_shape(const struct pattern *p, struct shape *out)
{
    size_t n = pattern_pieces(p), n_items = p->items.length / sizeof(struct item), place = 0;
    if (n > 3 || n_items > 1)
        return false;
    out->literal = (struct str){"", 0};
    if (n_items == 1) {
        const struct item *item = pattern_item(p, 0);
        if (item->kind != ITEM_LITERAL)
            return false;
        out->literal = (struct str){p->literals.data + item->at, item->length};
        while (pattern_piece(p, place)->n_items == 0)
            place++;
    }
    out->open_before = place > 0;
    out->open_behind = place + 1 < n;
    return true;
}

static bool shape_matches(const struct shape *shape, struct str text)
{
    size_t n = shape->literal.length;
    if (text.length < n)
        return false;
    if (shape->open_before && shape->open_behind)
        return text_find(text, shape->literal, 0) != SIZE_MAX;
    if (!shape->open_before && !shape->open_behind && text.length != n)
        return false;
    const char *at = shape->open_before ? text.data + text.length - n : text.data;
    return memcmp(at, shape->literal.data, n) == 0;
}

static void match_shape(struct kernel_call *call, const struct shape *shape)
{
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i) && shape_matches(shape, kernel_str(call, 0, i));
}

static enum status match_rows(struct kernel_call *call, struct error *error)
{
    struct pattern *p;
    struct shape shape;
    uint8_t *out = call->out->data;
    bool fold = call->function == FUNCTION_ILIKE;
    bool constant = column_is_constant(call->args[1]) &&
                    (call->n_args < 3 || column_is_constant(call->args[2]));
    TRY(pattern_of(call, &p, error));
    if (constant) {
        TRY(pattern_ready(call, p, 0, error));
        if (!fold && pattern_shape(p, &shape)) {
            match_shape(call, &shape);
            return STATUS_OK;
        }
    }
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        if (!constant)
            TRY(pattern_ready(call, p, i, error));
        struct str text = kernel_str(call, 0, i);
        if (fold) {
            p->folded.length = 0;
            TRY(text_append_lower(text, &p->folded, error));
            text = (struct str){p->folded.data, p->folded.length};
        }
        out[i] = pattern_matches(p, text);
    }
    return STATUS_OK;
}

enum status text_like(struct kernel_call *call, struct error *error)
{
    return match_rows(call, error);
}
enum status text_ilike(struct kernel_call *call, struct error *error)
{
    return match_rows(call, error);
}
enum status text_glob(struct kernel_call *call, struct error *error)
{
    return match_rows(call, error);
}
