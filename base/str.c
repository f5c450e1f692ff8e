#include "base/str.h"

#include <stdio.h>

struct str str_of(const char *text)
{
    return (struct str){text ? text : "", text ? strlen(text) : 0};
}

static char str_fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_equal(struct str a, struct str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (str_fold(a.data[i]) != str_fold(b.data[i]))
            return false;
    return true;
}

bool str_is(struct str a, const char *text)
{
    return str_equal_nocase(a, str_of(text));
}

int str_compare(struct str a, struct str b)
{
    size_t n = MIN(a.length, b.length);
    int order = n > 0 ? memcmp(a.data, b.data, n) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.length == b.length ? 0 : a.length < b.length ? -1 : 1;
}

bool str_starts_with(struct str a, const char *prefix)
{
    size_t n = strlen(prefix);
    return n == 0 || (a.length >= n && memcmp(a.data, prefix, n) == 0);
}

bool str_ends_with(struct str a, const char *suffix)
{
    size_t n = strlen(suffix);
    return n == 0 || (a.length >= n && memcmp(a.data + a.length - n, suffix, n) == 0);
}

char *str_dup(struct arena *arena, struct str s)
{
    return arena_strndup(arena, s.data, s.length);
}

void strbuf_init(struct strbuf *sb, struct arena *arena)
{
    *sb = (struct strbuf){.arena = arena};
}

/* Room for `extra` bytes and the NUL; false when the arena refused. */
static bool strbuf_reserve(struct strbuf *sb, size_t extra)
{
    size_t needed;
    if (__builtin_add_overflow(sb->length + 1, extra, &needed)) {
        sb->arena->failed = true;
        return false;
    }
    if (LIKELY(needed <= sb->capacity))
        return true;
    size_t wanted = MAX(MAX(needed, sb->capacity * 2), (size_t)64);
    char *grown = arena_alloc_aligned(sb->arena, wanted, 1);
    if (!grown)
        return false;
    if (sb->length > 0)
        memmove(grown, sb->data, sb->length);
    grown[sb->length] = '\0';
    sb->data = grown;
    sb->capacity = wanted;
    return true;
}

void strbuf_add(struct strbuf *sb, const char *text, size_t length)
{
    if (!strbuf_reserve(sb, length))
        return;
    if (length > 0)
        memmove(sb->data + sb->length, text, length);
    sb->length += length;
    sb->data[sb->length] = '\0';
}

void strbuf_puts(struct strbuf *sb, const char *text)
{
    strbuf_add(sb, text, strlen(text));
}

void strbuf_putc(struct strbuf *sb, char c)
{
    strbuf_add(sb, &c, 1);
}

void strbuf_printf(struct strbuf *sb, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (needed >= 0 && strbuf_reserve(sb, (size_t)needed)) {
        vsnprintf(sb->data + sb->length, (size_t)needed + 1, format, again);
        sb->length += (size_t)needed;
    }
    va_end(again);
}

struct str strbuf_str(const struct strbuf *sb)
{
    return (struct str){sb->data ? sb->data : "", sb->length};
}
