/* display.c - text on a screen. Widths are the C library's, which knows UTF-8 since main has set LC_CTYPE. */
#include "shell/display.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "shell/value_text.h"

int display_point_width(uint32_t point)
{
    if (point >= 0x20 && point < 0x7f)
        return 1;
    return wcwidth((wchar_t)point);
}

size_t display_width(struct str text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.length;) {
        uint32_t point;
        size_t n = value_utf8_decode(text.data + at, text.length - at, &point);
        int w = n ? display_point_width(point) : 1;
        width += w > 0 ? (size_t)w : 0;
        at += MAX(n, (size_t)1);
    }
    return width;
}

/* One character of `text` as it is shown: its bytes into `out`, its columns into `*width`. Returns how many
 * bytes of `text` it was. */
static size_t display_step(struct str text, char out[16], size_t *length, size_t *width)
{
    uint32_t point = 0;
    size_t n = value_utf8_decode(text.data, text.length, &point);
    int w = n ? display_point_width(point) : -1;
    if (w >= 0) {
        memcpy(out, text.data, n);
        *length = n;
        *width = (size_t)w;
        return n;
    }
    unsigned char byte = (unsigned char)text.data[0];
    int written;
    if (byte == '\n' || byte == '\t' || byte == '\r')
        written = snprintf(out, 16, "\\%c", byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r');
    else if (n > 1)
        written = snprintf(out, 16, "\\u{%" PRIx32 "}", point);
    else
        written = snprintf(out, 16, "\\x%02x", byte);
    *length = *width = (size_t)written;
    return MAX(n, (size_t)1);
}

enum status display_append(struct bytes *to, struct str text, size_t width_max, size_t *width,
                           struct error *error)
{
    size_t plain = 0;
    while (plain < text.length && text.data[plain] >= 0x20 && text.data[plain] < 0x7f)
        plain++;
    if (plain == text.length && plain <= width_max) {
        *width = plain;
        return bytes_append(to, text.data, plain, error);
    }
    size_t start = to->length, used = 0;
    size_t last = start, last_used = 0; /* where an ellipsis would still fit */
    while (text.length > 0) {
        char shown[16];
        size_t length, w;
        size_t n = display_step(text, shown, &length, &w);
        if (used + w > width_max) {
            to->length = last;
            *width = last_used + (width_max > 0);
            return width_max ? bytes_append(to, DISPLAY_ELLIPSIS, 3, error) : STATUS_OK;
        }
        TRY(bytes_append(to, shown, length, error));
        used += w;
        if (used < width_max) {
            last = to->length;
            last_used = used;
        }
        text.data += n;
        text.length -= n;
    }
    *width = used;
    return STATUS_OK;
}

size_t display_fit(struct str text, size_t width_max, size_t *width)
{
    size_t at = 0, used = 0;
    while (at < text.length) {
        uint32_t point;
        size_t n = value_utf8_decode(text.data + at, text.length - at, &point);
        int w = n ? display_point_width(point) : 1;
        w = MAX(w, 0);
        if (used + (size_t)w > width_max)
            break;
        used += (size_t)w;
        at += MAX(n, (size_t)1);
    }
    *width = used;
    return at;
}

const char *display_count(uint64_t n, char out[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *display_bytes(double n, char out[32])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; n >= 1000 && unit + 1 < ARRAY_LENGTH(units); unit++)
        n /= 1024;
    snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
    return out;
}

void display_size(int fd, size_t *columns, size_t *lines)
{
    struct winsize size;
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *columns = known ? size.ws_col : 80;
    *lines = known ? size.ws_row : 24;
}
