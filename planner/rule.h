/* rule.h - the rules that make plans faster, in order. Each may be switched off: SET disabled_rules = 'fold,fuse'. */
#ifndef RULE_H
#define RULE_H

#include "planner/plan.h"

struct logical_root;

/* Runs the rules over the logical plan, then over the pipeline made of it. */
MUST_CHECK enum status rule_run_tree(const struct planner_env *env, struct logical_root *root,
                                     struct error *error);
MUST_CHECK enum status rule_run_pipeline(const struct planner_env *env, struct pipeline *pipeline,
                                         struct error *error);

#endif
