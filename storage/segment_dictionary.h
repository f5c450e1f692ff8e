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
    uint64_t *slots;      /* upper half of the hash, then code + 1; 0: free */
    size_t n_slots;
    uint32_t last;          /* code of the row before, which NULL rows repeat */
    struct column *foreign; /* a dictionary whose codes came before, and what they are here */
    uint32_t *known;        /* of each of its codes; UINT32_MAX: not seen yet */
    struct budget *budget;
};

void dictionary_init(struct dictionary *dictionary, enum physical physical, struct budget *budget);
void dictionary_fini(struct dictionary *dictionary);
/* The codes of the values; NULL rows repeat a neighbour's. `*fits` is false when there are too many distinct values:
 * the codes are then worthless. */
MUST_CHECK enum status dictionary_add(struct dictionary *dictionary, const struct values *values,
                                      uint32_t *codes, bool *fits, struct error *error);
/* The codes of rows [at, at + n) of a text column; NULL rows repeat a neighbour's, or are 0. `*done` is less than n if
 * there are too many distinct values: so many rows have codes. `*bytes`: of text in these rows. */
MUST_CHECK enum status dictionary_add_text(struct dictionary *dictionary,
                                           const struct column *column, size_t at, size_t n,
                                           uint32_t *codes, size_t *done, size_t *bytes,
                                           struct error *error);
/* A value of the dictionary: its bytes. */
struct str dictionary_entry(const struct dictionary *dictionary, uint32_t code);
/* Bytes of the values as a chunk of their own would have them, about. */
size_t dictionary_bytes(const struct dictionary *dictionary);
/* Sorts: order[i] is the code of the i-th smallest value, rank[code] its place. Both of `count` entries. */
void dictionary_sort(const struct dictionary *dictionary, uint32_t *order, uint32_t *rank);
/* The values of n codes appended to `data` (and, of text, their ends to `offsets`, which begins with a 0). */
MUST_CHECK enum status dictionary_gather(const struct dictionary *dictionary, const uint32_t *codes,
                                         size_t n, struct bytes *data, struct bytes *offsets,
                                         struct error *error);

#endif
