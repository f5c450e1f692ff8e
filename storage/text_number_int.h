/* text_number_int.h - powers of ten for reading and writing doubles. */
#ifndef TEXT_NUMBER_INT_H
#define TEXT_NUMBER_INT_H

#include "base/base.h"

enum { TEXT_POW10_MIN = -342, TEXT_POW10_MAX = 324 };

/* 10^(i + TEXT_POW10_MIN): its first 128 bits, high and low word. */
extern const uint64_t text_pow10[TEXT_POW10_MAX - TEXT_POW10_MIN + 1][2];

#endif
