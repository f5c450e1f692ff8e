/* group_state.h - groups as rows of fixed size: header, key, accumulators.
 *
 *   stamp    8 bytes: input order of the group's first row (GROUP_KEY_NULL set: its only key is NULL)
 *   pane     8 bytes, when windowed: start of the pane or window; of a session, its first event time
 *   last     8 bytes, sessions: its last event time
 *   older    8 bytes, sessions: the key's next row (a list)
 *   key      KEY_INT: the value widened to 64 bits; KEY_TEXT: a text view; KEY_WORDS: a word of NULL bits, then
 *            each key in whole words, so that equal keys are equal words (but for the bytes of long texts)
 *   accumulators, each 8-byte aligned
 *
 * Rows never move, so hash tables, sets and lists point at them. A layout is planned once and shared; a store
 * belongs to one state or shard and holds all its memory, charged to the budget under `owner`. */
#ifndef GROUP_STATE_H
#define GROUP_STATE_H

#include "base/hash.h"
#include "exec/kernel/agg.h"
#include "planner/pipeline.h"

enum key_kind { KEY_NONE, KEY_INT, KEY_TEXT, KEY_WORDS };

struct group_key {
    uint32_t column; /* of the input */
    struct type type;
    uint8_t physical;
    uint8_t words; /* that are compared; KEY_INT 1, texts 2 */
    uint32_t at;   /* byte offset in the row */
    uint32_t
        original_at; /* INTERVAL: as it came, 16 bytes; equal ones may be written differently */
};

struct group_acc {
    struct agg agg;
    int32_t args[2]; /* columns of the input, -1: none */
    int32_t filter;
    uint32_t offset; /* in the row */
    bool keeps_nulls;
    bool takes_all; /* no row that passes the filter is left out: the argument is never NULL */
};

struct group_layout {
    enum key_kind kind;
    bool windowed, session;
    uint32_t n_keys, n_accs;
    struct group_key *keys;
    struct group_acc *accs;
    uint32_t key_at, key_words; /* the compared part */
    uint32_t acc_at, row_size;
    char *initial;   /* row_size bytes: a row before its first update */
    bool has_sets;   /* DISTINCT */
    bool keeps_dead; /* rows of sessions merged away are not used again */
};

enum {
    GROUP_KEYS_MAX = 63,
    GROUP_STAMP_AT = 0,
    GROUP_PANE_AT = 8,
    GROUP_LAST_AT = 16,
    GROUP_OLDER_AT = 24
};

/* Input order: the morsel, then the row's place in it. */
enum { GROUP_ORDINAL_BITS = 36, GROUP_MORSEL_BITS = 27 };
#define GROUP_KEY_NULL ((uint64_t)1 << 63)

static inline uint64_t group_stamp(const char *row)
{
    uint64_t stamp;
    memcpy(&stamp, row + GROUP_STAMP_AT, 8);
    return stamp & ~GROUP_KEY_NULL;
}
static inline bool group_key_null(const char *row)
{
    uint64_t stamp;
    memcpy(&stamp, row + GROUP_STAMP_AT, 8);
    return stamp >> 63;
}
static inline void group_lower_stamp(char *row, uint64_t stamp)
{
    uint64_t old = *(uint64_t *)(void *)row;
    if (stamp < (old & ~GROUP_KEY_NULL))
        *(uint64_t *)(void *)row = stamp | (old & GROUP_KEY_NULL);
}
static inline int64_t group_pane(const char *row)
{
    return *(const int64_t *)(const void *)(row + GROUP_PANE_AT);
}

/* The layout of a Combine over `input`; kernels chosen, accumulators shared where they serve several aggregates:
 * acc_of[i] is the accumulator of aggregate i. All in the arena. */
MUST_CHECK enum status group_layout_plan(struct group_layout *layout, struct arena *arena,
                                         const struct transform *combine,
                                         const struct schema *input, uint32_t **acc_of,
                                         struct error *error);

/* ---- Rows ---- */

/* Rows in the order they were made. They lie in the store's heap. */
struct group_rows {
    struct group_chunk *first, *last;
    uint64_t count;
};
struct group_chunk {
    struct group_chunk *next;
    uint32_t used, capacity; /* rows */
};
static inline char *group_chunk_row(const struct group_layout *layout, struct group_chunk *chunk,
                                    size_t i)
{
    return (char *)(chunk + 1) + i * layout->row_size;
}

struct group_store {
    const struct group_layout *layout;
    const struct context *context;
    const char *owner;
    struct agg_heap heap;  /* rows, texts of keys, what accumulators hold */
    struct agg_set **sets; /* one per accumulator that is DISTINCT, else NULL */
    size_t sets_size;
    char *free_rows; /* of sessions that were merged away */
    uint64_t n_dead; /* rows of sessions merged away that lie idle */
};
MUST_CHECK enum status group_store_init(struct group_store *store,
                                        const struct group_layout *layout,
                                        const struct context *context, const char *owner,
                                        struct error *error);
void group_store_fini(struct group_store *store);

/* A new row: a copy of the layout's initial row. */
MUST_CHECK enum status group_rows_add(struct group_store *store, struct group_rows *rows,
                                      char **out, struct error *error);
/* Appends all rows of `from`, which is empty after it. */
void group_rows_adopt(struct group_rows *rows, struct group_rows *from);

/* Adds the accumulators of `from` to those of `into` and lowers its stamp. `from` stays as it is. */
MUST_CHECK enum status group_merge_row(struct group_store *store, char *into, const char *from,
                                       struct error *error);

/* The same for n rows, each into its own. */
MUST_CHECK enum status group_merge_rows(struct group_store *store, char *const *into,
                                        char *const *from, size_t n, struct error *error);

/* ---- Keys of a batch ---- */

/* The keys of rows [at, at + n) of a batch in the layout's form. Index i stands for row at + i. */
struct group_keys {
    size_t at, n;
    const int64_t *ints;
    const struct text *texts;
    const uint64_t *words; /* key_words a row */
    const uint8_t
        *valid; /* KEY_INT, KEY_TEXT: bits by row of the batch (not by i); NULL: no NULLs */
    const struct interval *originals; /* n_keys a row, where there are INTERVAL keys */
    uint64_t *hashes;
    bool hashed;               /* hashes are there */
    uint64_t stamp;            /* input order of row `at` */
    char *const *existing;     /* rows to hang in a table where a key is new; NULL: rows are made */
    bool shared;               /* long texts stay where they are: rows need no copies */
    const struct batch *batch; /* still to be loaded from; NULL: loaded */
    struct group_key_scratch *scratch;
};

/* Room for the forms above; one a state. */
struct group_key_scratch {
    int64_t *ints;
    struct text *texts;
    uint64_t *words, *hashes;
    struct interval *originals;
    uint8_t *valid;
    size_t size;
    void *block;
};
enum {
    GROUP_SLICE = 1024
}; /* most rows at a time: what is computed for them stays in the first-level cache */
MUST_CHECK enum status group_key_scratch_init(struct group_key_scratch *scratch,
                                              const struct group_layout *layout,
                                              const struct context *context, const char *owner,
                                              struct error *error);
void group_key_scratch_fini(struct group_key_scratch *scratch, const struct context *context);
/* Columns of any encoding. Hashes are not computed yet: group_keys_hash. What is only begun is loaded by the first
 * group_keys_need; until then it has `at` and `n` only. */
void group_keys_begin(const struct batch *batch, size_t at, size_t n,
                      struct group_key_scratch *scratch, struct group_keys *keys);
void group_keys_need(const struct group_layout *layout, struct group_keys *keys);
void group_keys_load(const struct group_layout *layout, const struct batch *batch, size_t at,
                     size_t n, struct group_key_scratch *scratch, struct group_keys *keys);
/* The keys of up to GROUP_SLICE rows, whose texts outlive those that will be made of them. Rows made of them are fresh
 * until something is merged into them. */
void group_keys_of_rows(const struct group_layout *layout, char *const *rows, size_t n,
                        struct group_key_scratch *scratch, struct group_keys *keys);
enum { GROUP_FRESH_MORSEL = (1 << GROUP_MORSEL_BITS) - 1 };
static inline bool group_row_is_fresh(const char *row)
{
    return group_stamp(row) >> GROUP_ORDINAL_BITS == GROUP_FRESH_MORSEL;
}
void group_keys_hash(const struct group_layout *layout, struct group_keys *keys);
void group_keys_hash_one(const struct group_layout *layout, struct group_keys *keys, size_t i);
static inline bool group_keys_null(const struct group_keys *keys, size_t i)
{
    return keys->valid && !bits_get(keys->valid, keys->at + i);
}

/* The key's hash of a row (without its pane): equal to what group_keys_hash gave. */
uint64_t group_row_hash(const struct group_layout *layout, const char *row);
bool group_rows_equal(const struct group_layout *layout, const char *a, const char *b);
/* Whether the row's key is number i of the keys; NULLs included. */
bool group_key_equal(const struct group_layout *layout, const char *row,
                     const struct group_keys *keys, size_t i);
/* Writes key i into a new row; long texts are copied to the store's heap. Sets the stamp. */
MUST_CHECK enum status group_key_store(struct group_store *store, char *row,
                                       const struct group_keys *keys, size_t i,
                                       struct error *error);
/* The values of key number `key` of n groups into a FLAT column. */
MUST_CHECK enum status group_key_output(const struct group_layout *layout, uint32_t key,
                                        const char *const *rows, size_t n, struct column *out,
                                        struct text_builder *text, struct error *error);

static inline uint64_t group_text_hash(const struct text *text)
{
    uint64_t a, b;
    if (text->length > TEXT_INLINE)
        return hash_bytes(text->data, text->length);
    memcpy(&a, text, 8);
    memcpy(&b, text->rest, 8);
    return hash_fold(a ^ 0xa0761d6478bd642fu, b ^ 0xe7037ed1a0b428dbu);
}

#endif
