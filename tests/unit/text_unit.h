/* text_unit.h - small files in a scratch folder, read through a source and shown as text: one line a row, the
 * schema first. */
#ifndef TEXT_UNIT_H
#define TEXT_UNIT_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/text_source.h"

enum { SHOWN_MAX = 1 << 16, OPTIONS_MAX = 8 };

struct text_unit {
    char folder[64];
    struct arena arena;
    struct budget budget;
    atomic_bool cancel;
    struct context context;
    struct source_option options[OPTIONS_MAX];
    struct source_option children[OPTIONS_MAX];
    uint32_t n_options, n_children;
    uint64_t morsel_size, row_limit;
    enum text_format format;
    const struct scan_predicate *predicate;
    bool guess; /* runs of morsels, whose starts are guessed; again without if that was wrong */
    char shown[SHOWN_MAX];
    size_t used;
    struct error error;
    struct source *source;
};

static inline int text_unit_setup(void **state)
{
    struct text_unit *u = calloc(1, sizeof *u);
    struct error error = {0};
    strcpy(u->folder, "/tmp/weir-unit-XXXXXX");
    if (!u || !mkdtemp(u->folder) || chdir(u->folder) != 0)
        return -1;
    budget_init(&u->budget, SIZE_MAX);
    u->context = (struct context){&u->budget, &io_system, NULL, &u->cancel, 1, 1024};
    u->row_limit = UINT64_MAX;
    *state = u;
    return arena_init(&u->arena, &error) == STATUS_OK ? 0 : -1;
}

static inline int text_unit_teardown(void **state)
{
    struct text_unit *u = *state;
    char command[128];
    size_t left = budget_used(&u->budget);
    snprintf(command, sizeof command, "rm -rf %s", u->folder);
    arena_fini(&u->arena);
    int failed = chdir("/") != 0 || system(command) != 0;
    free(u);
    if (left > 0)
        fprintf(stderr, "%zu bytes were not given back\n", left);
    return failed || left > 0 ? -1 : 0;
}

static inline void text_unit_write(const char *path, const void *data, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    fclose(file);
}

static inline void text_unit_file(const char *path, const char *text)
{
    text_unit_write(path, text, strlen(text));
}

static inline struct source_option *text_unit_option(struct text_unit *u, const char *name)
{
    struct source_option *option = &u->options[u->n_options++];
    *option = (struct source_option){.name = str_of(name)};
    return option;
}

static inline void text_unit_text(struct text_unit *u, const char *name, const char *value)
{
    text_unit_option(u, name)->value =
        (struct value){.type = type_of(TYPE_VARCHAR), .text = str_of(value)};
}

static inline void text_unit_number(struct text_unit *u, const char *name, int64_t value)
{
    text_unit_option(u, name)->value = (struct value){.type = type_of(TYPE_BIGINT), .i64 = value};
}

static inline void text_unit_bool(struct text_unit *u, const char *name, bool value)
{
    text_unit_option(u, name)->value =
        (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = value};
}

/* One more member of the {...} option `name`, which is made by the first. */
static inline void text_unit_member(struct text_unit *u, const char *name, const char *key,
                                    const char *value)
{
    if (u->n_children == 0)
        text_unit_option(u, name)->children = u->children;
    u->children[u->n_children++] = (struct source_option){
        .name = str_of(key), .value = {.type = type_of(TYPE_VARCHAR), .text = str_of(value)}};
    u->options[u->n_options - 1].n_children = u->n_children;
}

static inline void text_unit_reset(struct text_unit *u)
{
    u->n_options = u->n_children = 0;
    u->morsel_size = 0;
    u->row_limit = UINT64_MAX;
    u->format = TEXT_FORMAT_BY_EXTENSION;
    u->predicate = NULL;
    u->context.batch_size = 1024;
}

static inline void text_unit_say(struct text_unit *u, const char *text)
{
    size_t n = strlen(text);
    assert_true(u->used + n + 1 < SHOWN_MAX);
    memcpy(u->shown + u->used, text, n + 1);
    u->used += n;
}

static inline void text_unit_notice(void *context, const char *text)
{
    text_unit_say(context, "notice: ");
    text_unit_say(context, text);
    text_unit_say(context, "\n");
}

static inline void text_unit_say_batch(struct text_unit *u, const struct batch *batch)
{
    for (size_t i = 0; i < batch->length; i++)
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            struct value v = value_of_column(batch->columns[c], i, &u->arena);
            text_unit_say(u, value_to_sql(&v, &u->arena));
            text_unit_say(u, c + 1 < batch->n_columns ? "|" : "\n");
        }
}

static inline enum status text_unit_read_all(struct text_unit *u, struct scan *scan)
{
    struct reader *reader = NULL;
    enum status status = scan->ops->reader_open(scan, &reader, &u->error);
    uint64_t last = 0;
    while (status == STATUS_OK) {
        uint64_t morsel = 0;
        bool more;
        struct batch *batch = NULL;
        status = reader->ops->next_morsel(reader, &morsel, &more, &u->error);
        if (status != STATUS_OK || !more)
            break;
        assert_true(morsel >= last);
        last = morsel;
        while ((status = reader->ops->next(reader, &batch, &u->error)) == STATUS_OK && batch) {
            assert_true(batch->length > 0 && batch->length <= u->context.batch_size);
            assert_int_equal(batch->morsel, morsel);
            text_unit_say_batch(u, batch);
            batch_unref(batch);
        }
    }
    if (reader)
        reader->ops->close(reader);
    return status;
}

static inline enum status text_unit_scan(struct text_unit *u, const uint32_t *columns, uint32_t n)
{
    struct scan_request request = {.columns = columns,
                                   .n_columns = n,
                                   .predicates = u->predicate,
                                   .n_predicates = u->predicate ? 1 : 0,
                                   .row_limit = u->row_limit,
                                   .any_order = u->guess};
    struct scan *scan;
    size_t used = u->used;
    TRY(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error));
    scan->may_guess = u->guess;
    enum status status = text_unit_read_all(u, scan);
    bool unsure = scan->unsure > 0;
    scan->ops->close(scan);
    if (!unsure)
        return status;
    error_clear(&u->error);
    u->used = used;
    TRY(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error));
    status = text_unit_read_all(u, scan);
    scan->ops->close(scan);
    return status;
}

/* The columns named (dots make a path), separated by blanks; NULL: the visible ones. */
static inline enum status text_unit_columns(struct text_unit *u, const char *names,
                                            uint32_t *columns, uint32_t *n)
{
    *n = 0;
    for (uint32_t i = 0; !names && i < u->source->n_visible; i++)
        columns[(*n)++] = i;
    char *copy = arena_strdup(&u->arena, names ? names : "");
    for (char *name = strtok(copy, " "); name; name = strtok(NULL, " ")) {
        int index = schema_find(&u->source->schema, str_of(name));
        struct str path[16];
        uint32_t n_path = 0, found_at = 0;
        bool found = index >= 0;
        for (char *at = name, *dot; index < 0 && at; at = dot ? dot + 1 : NULL) {
            dot = strchr(at, '.');
            path[n_path++] = (struct str){at, dot ? (size_t)(dot - at) : strlen(at)};
        }
        if (index < 0)
            TRY(u->source->ops->add_column(u->source, path, n_path, &u->context, &found, &found_at,
                                           &u->error));
        if (!found)
            return error_set(&u->error, STATUS_NAME, "unknown column: %s", name);
        columns[(*n)++] = index >= 0 ? (uint32_t)index : found_at;
    }
    return STATUS_OK;
}

static inline enum status text_unit_run(struct text_unit *u, const char *path, const char *names)
{
    struct str paths = str_of(path);
    uint32_t columns[64], n;
    char type[TYPE_NAME_SIZE];
    struct text_source_request request = {.paths = &paths,
                                          .n_paths = 1,
                                          .span = {3, 7},
                                          .format = u->format,
                                          .options = u->options,
                                          .n_options = u->n_options,
                                          .morsel_size = u->morsel_size};
    /* Where morsels are small, each is entered as by a reader that has not read the one before. */
    u->context.n_threads = u->morsel_size > 0 ? 2 : 1;
    TRY(text_source_open(&u->arena, &request, &u->context, &u->source, &u->error));
    enum status status = text_unit_columns(u, names, columns, &n);
    for (uint32_t i = 0; i < n && status == STATUS_OK; i++) {
        const struct field *field = &u->source->schema.fields[columns[i]];
        text_unit_say(u, field->name);
        text_unit_say(u, " ");
        text_unit_say(u, type_name(field->type, type));
        text_unit_say(u, i + 1 < n ? "|" : "\n");
    }
    if (status == STATUS_OK)
        status = text_unit_scan(u, columns, n);
    if (status == STATUS_OK)
        u->source->ops->notices(u->source, text_unit_notice, u);
    u->source->ops->close(u->source);
    return status;
}

/* What the files give: schema, rows, notices; or rows and an error with its hint. Valid until the next call. */
static inline const char *text_unit_read(struct text_unit *u, const char *path, const char *names)
{
    u->used = 0;
    u->shown[0] = '\0';
    error_clear(&u->error);
    if (text_unit_run(u, path, names) != STATUS_OK) {
        text_unit_say(u, "error: ");
        text_unit_say(u, u->error.message);
        text_unit_say(u, "\n");
    }
    return u->shown;
}

#define ASSERT_READS(u, path, names, expected) \
    assert_string_equal(text_unit_read((u), (path), (names)), (expected))
#define TEXT_TEST(name) cmocka_unit_test_setup_teardown(name, text_unit_setup, text_unit_teardown)

#endif
