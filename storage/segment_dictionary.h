/* segment_dictionary.h - the distinct values of a column while a file is written.
 *
 * Values get codes in order of arrival; at the end the values are sorted, and codes become ranks. */
#ifndef SEGMENT_DICTIONARY_H
#define SEGMENT_DICTIONARY_H

#include "storage/encoding.h"

enum { DICTIONARY_BYTES_MAX = 32 * 1024 * 1024 };

struct dictionary {
    enum physical physical;
    uint32_t count;
    struct bytes hashes;  /* uint64_t a value */
    struct bytes data;    /* fixed-size values, or the texts' bytes */
    struct bytes offsets; /* text: uint32_t, count + 1 */
    uint32_t *slots;      /* value + 1; 0: free */
    size_t n_slots;
    struct budget *budget;
};

void dictionary_init(struct dictionary *dictionary, enum physical physical, struct budget *budget);
void dictionary_fini(struct dictionary *dictionary);
/* The codes of the values; NULL rows repeat a neighbour's. `*fits` is false when there are too many distinct values:
 * the codes are then worthless. */
MUST_CHECK enum status dictionary_add(struct dictionary *dictionary, const struct values *values,
                                      uint32_t *codes, bool *fits, struct error *error);
/* Bytes of the values as a chunk of their own would have them, about. */
size_t dictionary_bytes(const struct dictionary *dictionary);
/* Sorts: order[i] is the code of the i-th smallest value, rank[code] its place. Both of `count` entries. */
void dictionary_sort(const struct dictionary *dictionary, uint32_t *order, uint32_t *rank);
/* The values of n codes appended to `data` (and, of text, their ends to `offsets`, which begins with a 0). */
MUST_CHECK enum status dictionary_gather(const struct dictionary *dictionary, const uint32_t *codes,
                                         size_t n, struct bytes *data, struct bytes *offsets,
                                         struct error *error);

#endif
