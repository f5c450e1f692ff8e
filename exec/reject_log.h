/* reject_log.h - the bad rows that the session's last statements passed over: weir_rejects, and tables of them.
 *
 *   1. Of the last REJECT_STATEMENTS statements that met any, at most some thousand rows each are kept.
 *   2. Nothing here makes a statement fail: what cannot be kept is told by a notice. */
#ifndef REJECT_LOG_H
#define REJECT_LOG_H

#include "storage/catalog.h"
#include "storage/source.h"

enum { REJECT_STATEMENTS = 8, REJECT_FIELDS = 6 };

struct reject_log {
    struct batch *kept[REJECT_STATEMENTS]; /* by statement, modulo */
    int64_t statements;                    /* that met bad rows */
};

/* The columns of weir_rejects and of tables of rejects. */
extern const struct field REJECT_LOG_FIELDS[REJECT_FIELDS];

/* A statement's source has been read. */
struct reject_take {
    struct reject_log *log;
    struct catalog *catalog;
    const struct context *context;
    struct arena *arena;
    void (*notice)(void *, const char *);
    void *notice_context;
    bool counted; /* the statement has its number */
};
void reject_log_take(struct reject_take *take, struct source *source);
MUST_CHECK enum status reject_log_open(const struct reject_log *log, struct budget *budget,
                                       struct arena *arena, struct source **out,
                                       struct error *error);
void reject_log_fini(struct reject_log *log);

#endif
