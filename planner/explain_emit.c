/* explain_emit.c - when a Combine's results come out, what it keeps for them and for how long. */
#include "planner/explain_int.h"

static void print_trigger(const struct trigger *t, struct strbuf *out)
{
    static const char *const WORDS[] = {
        [TRIGGER_OR] = " OR ", [TRIGGER_AND] = " AND ", [TRIGGER_THEN] = " THEN "};
    if (t->kind == TRIGGER_ROWS) {
        strbuf_printf(out, "EVERY %lld ROWS", (long long)t->every);
        return;
    }
    if (t->kind == TRIGGER_TIME) {
        strbuf_puts(out, "EVERY ");
        explain_interval((struct interval){0, 0, t->every}, out);
        return;
    }
    for (uint32_t i = 0; i < t->n_parts; i++) {
        if (i > 0)
            strbuf_puts(out, WORDS[t->kind]);
        bool whole = t->parts[i]->n_parts == 0;
        strbuf_puts(out, whole ? "" : "(");
        print_trigger(t->parts[i], out);
        strbuf_puts(out, whole ? "" : ")");
    }
}

void explain_emit(const struct emit *emit, struct strbuf *out)
{
    static const char *const KINDS[] = {[EMIT_CLOSE] = "ON WINDOW CLOSE",
                                        [EMIT_CHANGES] = "CHANGES",
                                        [EMIT_PERIODIC] = "PERIODIC",
                                        [EMIT_WATERMARK] = "AFTER WATERMARK"};
    static const char *const MODES[] = {[PANES_ACCUMULATING] = "ACCUMULATING",
                                        [PANES_DISCARDING] = "DISCARDING",
                                        [PANES_RETRACTING] = "RETRACTING"};
    strbuf_puts(out, KINDS[emit->kind]);
    if (emit->early) {
        strbuf_puts(out, " WITH EARLY (");
        print_trigger(emit->early, out);
        strbuf_putc(out, ')');
    }
    if (emit->late) {
        strbuf_puts(out, " WITH LATE (");
        print_trigger(emit->late, out);
        strbuf_putc(out, ')');
    }
    if (emit->lateness_us) {
        strbuf_puts(out, " ALLOWED LATENESS ");
        explain_interval((struct interval){0, 0, emit->lateness_us}, out);
    }
    if (emit->kind == EMIT_WATERMARK)
        strbuf_printf(out, " %s", MODES[emit->mode]);
}

void explain_state(const struct transform *t, struct strbuf *out)
{
    const struct emit *emit = t->combine.emit;
    bool shared = emit->kind == EMIT_CLOSE && (t->combine.window.kind == WINDOW_HOP ||
                                               t->combine.window.kind == WINDOW_CUMULATE);
    if (!t->combine.windowed) {
        strbuf_puts(out, "a group a key, for ever");
        return;
    }
    strbuf_printf(out, "groups by %s, until ",
                  t->combine.window.kind == WINDOW_SESSION ? "session"
                  : shared                                 ? "pane"
                                                           : "window");
    strbuf_puts(out, shared ? "the end of its last window" : "its end");
    if (emit->lateness_us) {
        strbuf_puts(out, " and ");
        explain_interval((struct interval){0, 0, emit->lateness_us}, out);
    }
}
