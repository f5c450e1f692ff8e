/* combine_int.h - what combine.c (plans, states), combine_merge.c (shards) and combine_result.c (output) share. */
#ifndef COMBINE_INT_H
#define COMBINE_INT_H

#include "exec/combine.h"
#include "exec/group_codes.h"
#include "exec/group_panes.h"
#include "exec/window.h"

struct combine_plan {
    const struct transform *combine;
    const struct context *context;
    const struct schema *output;
    struct group_layout layout;
    uint32_t *acc_of;   /* accumulator of each aggregate */
    const char **names; /* of each aggregate, for messages */
    struct window_assigner assigner;
    uint32_t n_shards;
    const char *owner; /* who is charged for partial states */
};

/* An accumulator's columns for one batch. */
struct combine_input {
    struct column *values, *by; /* FLAT, referenced; NULL: none */
    const uint8_t *counts;      /* rows that count, or NULL: all */
    uint8_t *bits;              /* room for `counts` */
    size_t bits_size;
};

struct combine_state {
    const struct combine_plan *plan;
    struct group_store store;
    struct group_panes panes;
    struct group_codes codes;
    struct group_code_keys code_keys; /* of this batch */
    struct group_key_scratch scratch;
    struct combine_input *inputs; /* by accumulator */
    char **rows;                  /* GROUP_SLICE of them */
    uint64_t **slots;             /* the same, for sessions */
    int64_t *pane_scratch;
    uint64_t morsel, ordinal; /* where the input is */
    uint64_t disorder;        /* sessions made behind newer ones since they were last settled */
    uint64_t settle_at;       /* disorder at which they are settled again */
    unsigned look;            /* how far down a list it is worth looking */
    bool started;
    bool one_key; /* the rows of this batch have the same key */
    size_t block_size;
};

/* Takes rows [at, at + n) into the accumulators of state->rows[row_at ...], or all into `one`. */
MUST_CHECK enum status combine_update(struct combine_state *state, uint64_t stamp, size_t at,
                                      size_t n, char *const *rows, char *one, struct error *error);

/* Takes the rows of a batch into their sessions and says which group row each went to. Only without
 * accumulators: see session_assign.c. */
MUST_CHECK enum status combine_state_locate(struct combine_state *state, const struct batch *batch,
                                            char **rows, struct error *error);

/* For those who find the rows themselves (live.c): loads the arguments of a batch for combine_update, and lets them go.
 * *stamp: input order of its first row. */
MUST_CHECK enum status combine_state_begin(struct combine_state *state, const struct batch *batch,
                                           uint64_t *stamp, struct error *error);
void combine_state_end(struct combine_state *state);

/* ---- sessions (session_state.c) ---- */

/* Puts rows [at, at + n) of a batch into their key's sessions. `times`: of row at, at + 1, ... */
MUST_CHECK enum status session_add(struct combine_state *state, struct group_keys *keys,
                                   const int64_t *times, uint64_t stamp, struct error *error);
/* Makes the sessions of each key in the table disjoint: merges those nearer than `gap`, cuts those longer than
 * `longest` (0: none). What was merged away is dead. */
MUST_CHECK enum status session_settle(struct group_store *store, struct group_table *table,
                                      int64_t gap, int64_t longest, struct error *error);
/* Hangs a session made elsewhere into the table, beside those that its key has there. */
MUST_CHECK enum status session_adopt(struct group_store *store, struct group_table *table,
                                     char *row, struct error *error);
static inline int64_t *session_first(char *row)
{
    return (int64_t *)(void *)(row + GROUP_PANE_AT);
}
static inline int64_t *session_last(char *row)
{
    return (int64_t *)(void *)(row + GROUP_LAST_AT);
}
static inline char **session_older(char *row)
{
    return (char **)(void *)(row + GROUP_OLDER_AT);
}
static inline bool session_is_dead(char *row)
{
    return *session_first(row) > *session_last(row);
}

/* ---- merging ---- */

/* A growing array of rows. */
struct row_list {
    char **rows;
    uint64_t n, capacity;
};

struct combine_shard {
    struct group_store store;
    struct group_panes panes;   /* by pane */
    struct group_panes windows; /* HOP, CUMULATE: by window */
    struct row_list parts;      /* rows of all states in this shard; merged: the output rows */
    bool merged;
};

struct combine_result {
    const struct combine_plan *plan;
    struct combine_state **states;
    uint32_t n_states, n_shards; /* shards in use: 1 when the states are small */
    struct combine_shard *shards;
    struct row_list rows; /* the output in order */
    size_t states_size, shards_size;
};

MUST_CHECK enum status combine_list_reserve(const struct combine_plan *plan, struct row_list *list,
                                            uint64_t capacity, struct error *error);
MUST_CHECK enum status combine_list_add(const struct combine_plan *plan, struct row_list *list,
                                        char *row, struct error *error);
void combine_list_fini(const struct combine_plan *plan, struct row_list *list);

/* Output order (combine_order.c): by end of window, then start, then input order of the group's first row. The rows of
 * the list change places. */
MUST_CHECK enum status combine_list_sort(const struct combine_plan *plan, struct row_list *list,
                                         struct error *error);
/* HOP and CUMULATE (combine_windows.c): the shard's rows by pane, sorted, become rows by window, sorted. */
MUST_CHECK enum status combine_make_windows(struct combine_result *result,
                                            struct combine_shard *shard, struct error *error);
/* The window of an output row. */
MUST_CHECK enum status combine_row_window(const struct combine_plan *plan, const char *row,
                                          struct window *window, struct error *error);

#endif
