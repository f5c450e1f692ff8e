/* display.h - text on a screen: how many columns it takes, and what must not reach a terminal as it is. */
#ifndef DISPLAY_H
#define DISPLAY_H

#include "base/buffer.h"
#include "base/str.h"

#define DISPLAY_ELLIPSIS "\xe2\x80\xa6" /* U+2026, one column wide */

/* What a terminal is told with colours on. */
#define COLOR_RESET   "\x1b[0m"
#define COLOR_BOLD    "\x1b[1m"
#define COLOR_DIM     "\x1b[2m"
#define COLOR_CHANGED "\x1b[7m"
#define COLOR_ERROR   "\x1b[1;31m"
#define COLOR_HINT    "\x1b[36m"
#define COLOR_KEYWORD "\x1b[1;34m"
#define COLOR_STRING  "\x1b[32m"
#define COLOR_NUMBER  "\x1b[35m"
#define COLOR_COMMENT "\x1b[90m"

/* The columns a code point takes, or -1 if it cannot be printed. */
int display_point_width(uint32_t point);
/* The columns that printable UTF-8 takes. */
size_t display_width(struct str text);
/* Appends `text` to `to` with everything that is not printable escaped (\n, \t, \x1b), and gives the columns
 * it takes. What is wider than `width_max` is cut and ends in an ellipsis. */
MUST_CHECK enum status display_append(struct bytes *to, struct str text, size_t width_max,
                                      size_t *width, struct error *error);
/* The bytes of clean text that fit into `width_max` columns, and how many columns these take. */
size_t display_fit(struct str text, size_t width_max, size_t *width);
/* 1234567 as 1,234,567. `out` holds 32 bytes. */
const char *display_count(uint64_t n, char out[32]);
/* 12345678 as 11.8 MB. `out` holds 32 bytes. */
const char *display_bytes(double n, char out[32]);
/* Columns and lines of the terminal `fd`; 80 and 24 if it does not say. */
void display_size(int fd, size_t *columns, size_t *lines);

#endif
