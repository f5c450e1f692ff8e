/* explain.h - a pipeline as text: a tree in Beam's words, or JSON. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "planner/pipeline.h"

/* What EXPLAIN ANALYZE adds to a transform; kept by exec/metrics.c, by transform id. */
struct transform_metrics {
    uint64_t rows_in, rows_out, bytes, time_ns, memory_peak;
};

/* The root at the top, inputs indented below. `metrics` NULL: plain EXPLAIN. */
void explain_tree(const struct pipeline *pipeline, const struct transform_metrics *metrics,
                  struct strbuf *out);
/* The whole pipeline: every field of every transform. */
void explain_json(const struct pipeline *pipeline, const struct transform_metrics *metrics,
                  struct strbuf *out);

#endif
