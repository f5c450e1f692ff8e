/* jsonl_loop.h - the inner loop over a line that looks like its template; included by jsonl_read.c once for each
 * instruction set, with LOOP(name), LOOP_TARGET and LOOP_SCAN defined. */

LOOP_TARGET static ALWAYS_INLINE bool LOOP(literal_matches)(const struct json_member *member,
                                                            const char *p)
{
    uint64_t differs = ((text_load64(p) ^ member->words[0]) & member->masks[0]) |
                       ((text_load64(p + 8) ^ member->words[1]) & member->masks[1]);
    for (uint32_t w = 2; UNLIKELY(w < member->n_words); w++)
        differs |= (text_load64(p + 8 * w) ^ member->words[w]) & member->masks[w];
    return differs == 0;
}

/* A value by its first byte, strings and whole numbers at once. */
LOOP_TARGET static ALWAYS_INLINE bool LOOP(follow_value)(struct json_cursor *cursor,
                                                         struct text_span *out)
{
    const char *p = cursor->at;
    if (*p == '"') {
        bool not_ascii = false;
        const char *end = LOOP_SCAN(p + 1, &not_ascii);
        if (UNLIKELY(*end != '"'))
            return json_read_string(cursor, out);
        *out = (struct text_span){p + 1, (uint32_t)(end - p - 1), SPAN_STRING,
                                  not_ascii ? SPAN_NOT_ASCII : 0};
        cursor->at = end + 1;
        return true;
    }
    const char *first = p + (*p == '-');
    size_t digits = text_scan_digits(first);
    char after = first[digits];
    if (LIKELY(digits > 0 && (after == ',' || after == '}') && (*first != '0' || digits == 1))) {
        *out = (struct text_span){p, (uint32_t)(first + digits - p), SPAN_INTEGER, 0};
        cursor->at = first + digits;
        return true;
    }
    return json_read_value(cursor, out);
}

/* False: the line looks different (or is damaged); nothing is said about why. */
LOOP_TARGET static bool LOOP(follow_line)(struct text_reader *reader,
                                          const struct json_template *template,
                                          struct json_cursor *cursor, uint32_t row)
{
    const struct json_node *nodes = reader->scan->nodes;
    struct text_span ignored;
    if (!template->complete)
        clear_spans(reader, row);
    for (uint32_t i = 0; i < template->n_members; i++) {
        const struct json_member *member = &template->members[i];
        if (UNLIKELY(!LOOP(literal_matches)(member, cursor->at)))
            return false;
        cursor->at += member->length;
        if (member->node < 0) {
            if (!LOOP(follow_value)(cursor, &ignored))
                return false;
        } else if (LIKELY(nodes[member->node].n_children == 0)) {
            struct text_span *out =
                text_reader_span(reader, (uint32_t)nodes[member->node].target, row);
            if (!LOOP(follow_value)(cursor, out))
                return false;
        } else if (!read_node(reader, cursor, &nodes[member->node], row)) {
            return false;
        }
    }
    if (UNLIKELY(*cursor->at != '}'))
        return false;
    cursor->at++;
    return true;
}
