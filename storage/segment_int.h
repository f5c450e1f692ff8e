/* segment_int.h - the parts of a footer, for the files that read and write segments. */
#ifndef SEGMENT_INT_H
#define SEGMENT_INT_H

#include "storage/segment.h"

enum { FOOTER_FIXED_SIZE = 24, FOOTER_COLUMN_SIZE = 24, SEGMENT_FORMAT_TYPES = 17 };
enum { COLUMN_IS_NOT_NULL = 1, COLUMN_HAS_DICTIONARY = 2 };

/* The first bytes of a footer. */
struct footer_fixed {
    uint32_t n_columns, n_batches;
    uint64_t rows;
    uint32_t time_column, compression;
};
static_assert(sizeof(struct footer_fixed) == FOOTER_FIXED_SIZE, "as in the file");

struct footer_column {
    uint8_t type, precision, scale, flags;
    uint32_t type_length;
    uint64_t distinct;
    uint32_t dictionary_length, name_length;
};
static_assert(sizeof(struct footer_column) == FOOTER_COLUMN_SIZE, "as in the file");

struct segment_tail {
    uint64_t footer_length;
    uint64_t checksum; /* xxh3 of the footer */
    uint32_t version, zero;
    char magic[8];
};
static_assert(sizeof(struct segment_tail) == SEGMENT_TAIL_SIZE, "as in the file");

/* The number of a type in files. It never changes, whatever becomes of enum type_id. */
uint8_t segment_type_number(enum type_id id);

#endif
