/* rule_int.h - the rules' own: what a rule gets, and what one rule offers the others and the binder. */
#ifndef RULE_INT_H
#define RULE_INT_H

#include "planner/logical.h"
#include "planner/rule.h"

struct rule_state {
    const struct planner_env *env;
    struct arena *arena;
    struct error *error;
};

/* A rule over the logical plan (tree) or the pipeline; the other is NULL. A rule that changes nothing leaves
 * everything as it is. Rules may fail only for want of memory. */
struct rule {
    const char *name;
    enum status (*on_tree)(struct rule_state *state, struct logical_root *root);
    enum status (*on_pipeline)(struct rule_state *state, struct pipeline *pipeline);
};

enum status rule_fold(struct rule_state *state, struct logical_root *root);
enum status rule_push_filter(struct rule_state *state, struct logical_root *root);
enum status rule_drop_columns(struct rule_state *state, struct logical_root *root);
enum status rule_prune(struct rule_state *state, struct logical_root *root);
enum status rule_lift_combine(struct rule_state *state, struct pipeline *pipeline);
enum status rule_fuse(struct rule_state *state, struct pipeline *pipeline);

/* The expression with everything computed that can be computed now; what fails stays as it is. */
struct expr *rule_fold_expr(const struct planner_env *env, struct expr *e);
/* Size of the expression as a tree, at most `cap`. */
uint32_t rule_expr_size(const struct expr *e, uint32_t cap);

#endif
