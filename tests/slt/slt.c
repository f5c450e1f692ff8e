/* slt.c - runs test scripts: `slt [OPTIONS] FILE...`; tests/README.md tells the options and the format. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/slt/check.h"

struct plan {
    struct check_options options;
    bool matrix, rules, print, parses, report;
    const char *threads, *batch_size;
};

/* The rules of the planner, each switched off in turn by --rules. */
static const char *const RULES[] = {"fold",         "push_filter", "drop_columns", "prune",
                                    "lift_combine", "fuse",        "all"};

static void add_setting(struct check_options *options, const char *name, const char *value)
{
    if (options->n_settings == ARRAY_LENGTH(options->settings)) {
        fprintf(stderr, "slt: too many settings: %s\n", name);
        exit(2);
    }
    options->settings[options->n_settings++] = (struct check_setting){name, value};
}

static void run_matrix(const struct script *script, const struct check_options *base,
                       struct check_counts *counts)
{
    static const char *const SIZES[] = {"1", "7", "1024", "4096"};
    static const char *const THREADS[] = {"1", "2"};
    for (size_t i = 0; i < ARRAY_LENGTH(SIZES); i++) {
        for (size_t k = 0; k < ARRAY_LENGTH(THREADS); k++) {
            struct check_options options = *base;
            add_setting(&options, "batch_size", SIZES[i]);
            add_setting(&options, "threads", THREADS[k]);
            check_script(script, &options, counts);
        }
    }
}

static void run_rules(const struct script *script, const struct check_options *base,
                      struct check_counts *counts)
{
    for (size_t i = 0; i < ARRAY_LENGTH(RULES); i++) {
        struct check_options options = *base;
        options.skip_explain = true;
        add_setting(&options, "disabled_rules", RULES[i]);
        check_script(script, &options, counts);
    }
}

static void run_script(const struct plan *plan, const struct script *script,
                       struct check_counts *counts)
{
    if (plan->parses)
        check_parses(script, counts);
    else if (plan->print)
        check_print(script, counts);
    else if (plan->rules)
        run_rules(script, &plan->options, counts);
    else if (plan->matrix)
        run_matrix(script, &plan->options, counts);
    else
        check_script(script, &plan->options, counts);
}

static void usage(void)
{
    fputs("usage: slt [OPTIONS] FILE...\n"
          "  --batch-size N --threads N --set NAME=VALUE   settings of each database\n"
          "  --matrix       each script with batch sizes 1 7 1024 4096 on 1 and 2 threads\n"
          "  --rules        each script with each planner rule off, and with all\n"
          "  --database     scripts begin in a database folder, not in memory\n"
          "  --sqlite       scripts may ask for libsqlite3 as the oracle\n"
          "  --print        parse, print, parse is stable\n"
          "  --parses       what SQLite parses, weir parses\n"
          "  --conformance  files of sqllogictest; joins and subqueries may be refused\n"
          "  --report       with --conformance: print counts, fail only on wrong answers\n"
          "  --update       write the answers into the scripts\n",
          stderr);
    exit(2);
}

static void take_setting(struct check_options *options, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals)
        usage();
    *equals = '\0';
    add_setting(options, text, equals + 1);
}

/* Returns the index of the first file. */
static int parse_options(int n, char **arguments, struct plan *plan)
{
    int i = 1;
    for (; i < n && strncmp(arguments[i], "--", 2) == 0; i++) {
        const char *name = arguments[i] + 2;
        bool last = i + 1 == n;
        if (strcmp(name, "matrix") == 0)
            plan->matrix = true;
        else if (strcmp(name, "rules") == 0)
            plan->rules = true;
        else if (strcmp(name, "database") == 0)
            plan->options.in_folder = true;
        else if (strcmp(name, "sqlite") == 0)
            plan->options.use_sqlite = true;
        else if (strcmp(name, "print") == 0)
            plan->print = true;
        else if (strcmp(name, "parses") == 0)
            plan->parses = true;
        else if (strcmp(name, "conformance") == 0)
            plan->options.conformance = true;
        else if (strcmp(name, "report") == 0)
            plan->report = true;
        else if (strcmp(name, "update") == 0)
            plan->options.update = true;
        else if (strcmp(name, "batch-size") == 0 && !last)
            add_setting(&plan->options, "batch_size", arguments[++i]);
        else if (strcmp(name, "threads") == 0 && !last)
            add_setting(&plan->options, "threads", arguments[++i]);
        else if (strcmp(name, "set") == 0 && !last)
            take_setting(&plan->options, arguments[++i]);
        else
            usage();
    }
    return i;
}

static void on_alarm(int signal)
{
    static const char TEXT[] = "a script took too long\n";
    (void)signal;
    if (write(STDOUT_FILENO, TEXT, sizeof(TEXT) - 1) < 0)
        _exit(2);
    _exit(1);
}

static void print_conformance(const char *path, const struct check_counts *counts)
{
    const char *name = strrchr(path, '/');
    printf("%-20s right %zu, wrong %zu; joins and subqueries: %zu right, %zu refused by name\n",
           name ? name + 1 : path, counts->passed, counts->failed, counts->left_out_right,
           counts->left_out_refused);
}

static void add_counts(struct check_counts *total, const struct check_counts *part)
{
    total->passed += part->passed + part->left_out_right;
    total->failed += part->failed;
    total->skipped += part->skipped + part->left_out_refused;
}

int main(int n, char **arguments)
{
    struct plan plan = {0};
    struct check_counts total = {0};
    int first = parse_options(n, arguments, &plan);
    if (first == n)
        usage();
    signal(SIGALRM, on_alarm);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = first; i < n; i++) {
        struct arena arena;
        struct error error = {0};
        struct script script;
        struct check_counts counts = {0};
        if (arena_init(&arena, &error) != STATUS_OK ||
            script_read(&arena, arguments[i], &script, &error) != STATUS_OK) {
            printf("%s\n", error.message);
            counts.failed++;
        } else {
            run_script(&plan, &script, &counts);
        }
        arena_fini(&arena);
        if (plan.options.conformance)
            print_conformance(arguments[i], &counts);
        add_counts(&total, &counts);
    }
    printf("%zu passed, %zu failed, %zu skipped\n", total.passed, total.failed, total.skipped);
    return total.failed > 0 ? 1 : 0;
}
