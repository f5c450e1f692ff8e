/* rule.c - the table of rules, in the order they run.
 *   1. Every rule leaves a plan that gives the same rows in the same order.
 *   2. The plan runs right without any of them.   (tests run all scripts with disabled_rules = 'all') */
#include "planner/rule.h"

#include "planner/rule_int.h"

static const struct rule RULES[] = {
    /* computes what has no columns, and simplifies */
    {"fold", rule_fold, NULL},
    /* moves filters towards the reads, and constants into the readers */
    {"push_filter", rule_push_filter, NULL},
    /* takes away what is never seen: unused aggregates, filters that are false, LIMIT 0 */
    {"prune", rule_prune, NULL},
    /* reads and keeps only the columns that are used */
    {"drop_columns", rule_drop_columns, NULL},
    /* cuts a Combine into a partial one before GroupByKey and a final one after */
    {"lift_combine", NULL, rule_lift_combine},
    /* makes one ParDo of ParDos that follow one another */
    {"fuse", NULL, rule_fuse},
};

/* Whether `list`, names with commas between them, has the name. */
static bool is_disabled(const char *list, const char *name)
{
    while (list && *list) {
        size_t n = strcspn(list, ",");
        struct str item = {list, n};
        while (item.length && item.data[0] == ' ') {
            item.data++;
            item.length--;
        }
        while (item.length && item.data[item.length - 1] == ' ')
            item.length--;
        if (str_is(item, name) || str_is(item, "all"))
            return true;
        list += n + (list[n] == ',');
    }
    return false;
}

enum status rule_run_tree(const struct planner_env *env, struct logical_root *root,
                          struct error *error)
{
    struct rule_state state = {env, env->arena, error};
    for (size_t i = 0; i < ARRAY_LENGTH(RULES); i++) {
        if (!RULES[i].on_tree || is_disabled(env->disabled_rules, RULES[i].name))
            continue;
        TRY(RULES[i].on_tree(&state, root));
        TRY(arena_check(env->arena, error));
    }
    return STATUS_OK;
}

enum status rule_run_pipeline(const struct planner_env *env, struct pipeline *pipeline,
                              struct error *error)
{
    struct rule_state state = {env, env->arena, error};
    for (size_t i = 0; i < ARRAY_LENGTH(RULES); i++) {
        if (!RULES[i].on_pipeline || is_disabled(env->disabled_rules, RULES[i].name))
            continue;
        TRY(RULES[i].on_pipeline(&state, pipeline));
        TRY(arena_check(env->arena, error));
    }
    return STATUS_OK;
}
