/* boundedness.c - walks the plan from its sources up. */
#include "planner/boundedness.h"

static enum status refuse(const struct logical *node, const char *what, struct error *error)
{
    enum status status =
        error_set_at(error, STATUS_UNSUPPORTED, node->span,
                     "%s would wait for the end of an input that has no end", what);
    error_hint(error, "group by a window, such as TUMBLE, or read without follow");
    return status;
}

static enum status check(const struct logical *node, struct error *error)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        TRY(check(node->inputs[i], error));
    if (node->n_inputs == 0 || !logical_unbounded(node))
        return STATUS_OK;
    if (node->kind == LOGICAL_TOP)
        return refuse(node, "ORDER BY", error);
    if (node->kind == LOGICAL_AGGREGATE && !node->aggregate.windowed)
        return refuse(node, "grouping without a window", error);
    return STATUS_OK;
}

/* Watermarks move nothing where no Combine gives results as rows come. */
static void strip(struct logical *node, bool live)
{
    live |= node->kind == LOGICAL_AGGREGATE && node->aggregate.emit;
    if (node->kind == LOGICAL_SCAN && !live)
        node->scan.watermark = NULL;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        strip(node->inputs[i], live);
}

enum status boundedness_check(const struct logical_root *root, struct error *error)
{
    TRY(check(root->node, error));
    strip(root->node, false);
    if (root->n_sort_keys && logical_unbounded(root->node))
        return refuse(root->node, "ORDER BY", error);
    return STATUS_OK;
}
