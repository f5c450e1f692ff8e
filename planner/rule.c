/* rule.c - the table of rules, in the order they run.
 *   1. Every rule leaves a plan that gives the same rows in the same order.
 *   2. The plan runs right without any of them.   (tests run all scripts with disabled_rules = 'all') */
#include "planner/rule.h"

#include "planner/rule_int.h"

static const struct rule RULES[] = {
    {"fold", "computes what has no columns, and simplifies", rule_fold, NULL},
    {"push_filter", "moves filters towards the reads, and constants into the readers",
     rule_push_filter, NULL},
    {"prune", "takes away what is never seen: unused aggregates, filters that are false, LIMIT 0",
     rule_prune, NULL},
    {"drop_columns", "reads and keeps only the columns that are used", rule_drop_columns, NULL},
    {"lift_combine", "cuts a Combine into a partial one before GroupByKey and a final one after",
     NULL, rule_lift_combine},
    {"fuse", "makes one ParDo of ParDos that follow one another", NULL, rule_fuse},
};

const char *rule_name(size_t index, const char **doc)
{
    if (index >= ARRAY_LENGTH(RULES))
        return NULL;
    *doc = RULES[index].doc;
    return RULES[index].name;
}

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
