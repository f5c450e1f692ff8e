/* options.h - the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "base/array.h"
#include "shell/render.h"

enum action_kind { ACTION_SQL, ACTION_FILE };

/* What is run, in the order of the command line. */
struct action {
    enum action_kind kind;
    const char *text; /* SQL, or the path of a script */
};

struct pair {
    const char *name, *value;
};

enum switch_state { SWITCH_DEFAULT, SWITCH_ON, SWITCH_OFF };
enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
    ARRAY_OF(struct action) actions;
    ARRAY_OF(struct pair) parameters, settings;
    ARRAY_OF(const char *) data_files;
    const char *database; /* NULL: in memory */
    bool has_mode;
    enum render_mode mode;
    const char *separator, *null_value, *table, *init;
    enum switch_state header, progress;
    enum color_choice color;
    bool no_bail, echo, readonly, safe, timer, no_init, errors_json, version, help;
    bool check; /* weir check DATABASE */
};

/* Reads `argv`. Texts point into it or into `arena`. STATUS_USAGE for what cannot be understood, another
 * status for an operand that is not there. `errors_json` is right also on failure. */
MUST_CHECK enum status options_parse(struct options *options, int argc, char **argv,
                                     struct arena *arena, struct error *error);
/* NAME=VALUE cut at its first `=`. */
MUST_CHECK enum status options_split_pair(const char *text, struct arena *arena, struct pair *pair,
                                          struct error *error);
/* The text of -help. */
void options_put_help(struct output *out);

#endif
