/* str.h - text by pointer and length, and text being put together in an arena. */
#ifndef STR_H
#define STR_H

#include <stdarg.h>

#include "base/arena.h"

/* Not NUL-terminated unless it says so. Does not own its bytes. */
struct str {
    const char *data;
    size_t length;
};

#define STR_FMT           "%.*s"
#define STR_ARG(s)        (int)MIN((s).length, (size_t)200), (s).data
#define STR_LITERAL(text) ((struct str){(text), sizeof(text) - 1})

struct str str_of(const char *text); /* NULL gives the empty str */
bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b); /* ASCII letters */
bool str_is(struct str a, const char *text);       /* equal, ASCII letters of either case */
int str_compare(struct str a, struct str b);       /* by bytes */
bool str_starts_with(struct str a, const char *prefix);
bool str_ends_with(struct str a, const char *suffix);
char *str_dup(struct arena *arena, struct str s); /* NUL-terminated */

/* Text growing in an arena. A refusal shows in the arena's `failed`. */
struct strbuf {
    struct arena *arena;
    char *data; /* always NUL-terminated once something was added */
    size_t length, capacity;
};
void strbuf_init(struct strbuf *sb, struct arena *arena);
void strbuf_add(struct strbuf *sb, const char *text, size_t length);
void strbuf_puts(struct strbuf *sb, const char *text);
void strbuf_putc(struct strbuf *sb, char c);
void strbuf_printf(struct strbuf *sb, const char *format, ...) PRINTF_LIKE(2, 3);
struct str strbuf_str(const struct strbuf *sb);

#endif
