/* function_list.h - every scalar function, one line an overload: id, name, signature, flags, doc.
 * The codes of signatures are explained in function.h. Where several overloads fit equally well, the first is
 * taken. Included by function.h only. */
#ifndef FUNCTION_LIST_H
#define FUNCTION_LIST_H

/* The usual combinations. NULLABLE functions are STRICT as well. */
enum function_flag_sets {
    FN_PURE = FUNCTION_STRICT,
    FN_FAIL = FUNCTION_STRICT | FUNCTION_FAILS,
    FN_NULL = FUNCTION_STRICT | FUNCTION_NULLABLE,
    FN_NULL_FAIL = FN_NULL | FUNCTION_FAILS,
    FN_ZONE = FUNCTION_STRICT | FUNCTION_ZONE,
    FN_ZONE_FAIL = FN_FAIL | FUNCTION_ZONE,
    FN_SELF = FUNCTION_SELF,
    FN_NOW = FUNCTION_STRICT | FUNCTION_STABLE | FUNCTION_ZONE,
    FN_OP = FUNCTION_STRICT | FUNCTION_OPERATOR,
    FN_OP_FAIL = FN_FAIL | FUNCTION_OPERATOR,
    FN_OP_NULL = FN_NULL | FUNCTION_OPERATOR,
    FN_OP_NULL_FAIL = FN_NULL_FAIL | FUNCTION_OPERATOR,
    FN_OP_SELF = FUNCTION_SELF | FUNCTION_OPERATOR
};

#define FUNCTION_LIST_OPERATOR(F)                                                             \
    F(EQ, "=", "aa:b", FN_OP, "equal")                                                        \
    F(NE, "<>", "aa:b", FN_OP, "not equal")                                                   \
    F(LT, "<", "aa:b", FN_OP, "less")                                                         \
    F(LE, "<=", "aa:b", FN_OP, "less or equal")                                               \
    F(GT, ">", "aa:b", FN_OP, "greater")                                                      \
    F(GE, ">=", "aa:b", FN_OP, "greater or equal")                                            \
    F(SAME, "is not distinct from", "aa:b", FN_OP_SELF, "equal, NULL equal to NULL")          \
    F(DISTINCT, "is distinct from", "aa:b", FN_OP_SELF, "not equal, NULL equal to NULL")      \
    F(IS_NULL, "is null", ".:b", FN_OP_SELF, "whether it is NULL")                            \
    F(IS_NOT_NULL, "is not null", ".:b", FN_OP_SELF, "whether it is not NULL")                \
    F(IS_TRUE, "is true", "b:b", FN_OP_SELF, "true, not NULL")                                \
    F(IS_FALSE, "is false", "b:b", FN_OP_SELF, "false, not NULL")                             \
    F(IS_NOT_TRUE, "is not true", "b:b", FN_OP_SELF, "false or NULL")                         \
    F(IS_NOT_FALSE, "is not false", "b:b", FN_OP_SELF, "true or NULL")                        \
    F(NOT, "not", "b:b", FN_OP, "logical not")                                                \
    F(LIKE, "like", "ss?s:b", FN_OP_FAIL, "pattern of % and _; case counts; third: ESCAPE")   \
    F(ILIKE, "ilike", "ss?s:b", FN_OP_FAIL, "LIKE without regard to case")                    \
    F(GLOB, "glob", "ss:b", FN_OP, "pattern of * ? and [...]")                                \
    F(REGEXP, "regexp", "ss:b", FN_OP_FAIL, "whether a regular expression matches somewhere") \
    F(CONCAT_OP, "||", "tt:s", FN_OP_FAIL, "texts put together")                              \
    F(CONCAT_BLOB, "||", "xx:x", FN_OP_FAIL, "bytes put together")                            \
    F(JSON_ARROW, "->", "js:j", FN_OP_NULL_FAIL, "part of a JSON value, as JSON")             \
    F(JSON_ARROW_INDEX, "->", "ji:j", FN_OP_NULL, "element of a JSON array, as JSON")         \
    F(JSON_ARROW_TEXT, "->>", "js:s", FN_OP_NULL_FAIL, "part of a JSON value, as text")       \
    F(JSON_ARROW_TEXT_INDEX, "->>", "ji:s", FN_OP_NULL, "element of a JSON array, as text")   \
    F(AT_ZONE_LOCAL, "at time zone", "Zs:S", FN_OP_FAIL, "wall clock of a zone at a moment")  \
    F(AT_ZONE_MOMENT, "at time zone", "Ss:Z", FN_OP_FAIL, "moment of a wall clock in a zone")

#define FUNCTION_LIST_ARITHMETIC(F)                                                           \
    F(ADD_INT, "+", "ii:i", FN_OP_FAIL, "sum")                                                \
    F(ADD_DECIMAL, "+", "nn:n", FN_OP_FAIL, "sum, exact")                                     \
    F(ADD_DOUBLE, "+", "dd:d", FN_OP, "sum")                                                  \
    F(ADD_DATE_INT, "+", "Di:D", FN_OP_FAIL, "days later")                                    \
    F(ADD_INT_DATE, "+", "iD:D", FN_OP_FAIL, "days later")                                    \
    F(ADD_TIMESTAMP_INTERVAL, "+", "SI:S", FN_OP_FAIL, "later by an interval")                \
    F(ADD_INTERVAL_TIMESTAMP, "+", "IS:S", FN_OP_FAIL, "later by an interval")                \
    F(ADD_MOMENT_INTERVAL, "+", "ZI:Z", FN_OP_FAIL | FUNCTION_ZONE, "later by an interval")   \
    F(ADD_INTERVAL_MOMENT, "+", "IZ:Z", FN_OP_FAIL | FUNCTION_ZONE, "later by an interval")   \
    F(ADD_TIME_INTERVAL, "+", "TI:T", FN_OP, "later by an interval, around midnight")         \
    F(ADD_INTERVAL_TIME, "+", "IT:T", FN_OP, "later by an interval, around midnight")         \
    F(ADD_DATE_TIME, "+", "DT:S", FN_OP_FAIL, "date and time of day")                         \
    F(ADD_INTERVAL, "+", "II:I", FN_OP_FAIL, "sum of intervals")                              \
    F(SUB_INT, "-", "ii:i", FN_OP_FAIL, "difference")                                         \
    F(SUB_DECIMAL, "-", "nn:n", FN_OP_FAIL, "difference, exact")                              \
    F(SUB_DOUBLE, "-", "dd:d", FN_OP, "difference")                                           \
    F(SUB_DATE_INT, "-", "Di:D", FN_OP_FAIL, "days earlier")                                  \
    F(SUB_DATE, "-", "DD:i", FN_OP, "days between")                                           \
    F(SUB_TIMESTAMP_INTERVAL, "-", "SI:S", FN_OP_FAIL, "earlier by an interval")              \
    F(SUB_MOMENT_INTERVAL, "-", "ZI:Z", FN_OP_FAIL | FUNCTION_ZONE, "earlier by an interval") \
    F(SUB_TIMESTAMP, "-", "SS:I", FN_OP_FAIL, "time between, in days and microseconds")       \
    F(SUB_MOMENT, "-", "ZZ:I", FN_OP_FAIL, "time between, in days and microseconds")          \
    F(SUB_TIME_INTERVAL, "-", "TI:T", FN_OP, "earlier by an interval, around midnight")       \
    F(SUB_TIME, "-", "TT:I", FN_OP, "time between")                                           \
    F(SUB_INTERVAL, "-", "II:I", FN_OP_FAIL, "difference of intervals")                       \
    F(MUL_INT, "*", "ii:i", FN_OP_FAIL, "product")                                            \
    F(MUL_DECIMAL, "*", "nn:n", FN_OP_FAIL, "product, exact")                                 \
    F(MUL_DOUBLE, "*", "dd:d", FN_OP, "product")                                              \
    F(MUL_INTERVAL_INT, "*", "Ii:I", FN_OP_FAIL, "interval times a number")                   \
    F(MUL_INT_INTERVAL, "*", "iI:I", FN_OP_FAIL, "interval times a number")                   \
    F(MUL_INTERVAL_DOUBLE, "*", "Id:I", FN_OP_FAIL, "interval times a number")                \
    F(MUL_DOUBLE_INTERVAL, "*", "dI:I", FN_OP_FAIL, "interval times a number")                \
    F(DIV_INT, "/", "ii:i", FN_OP_NULL_FAIL, "quotient toward zero; NULL for x / 0")          \
    F(DIV_DOUBLE, "/", "dd:d", FN_OP_NULL, "quotient; NULL for x / 0")                        \
    F(DIV_INTERVAL, "/", "Id:I", FN_OP_NULL_FAIL, "interval by a number")                     \
    F(MOD_INT, "%", "ii:i", FN_OP_NULL_FAIL, "remainder, with the sign of the first")         \
    F(MOD_DECIMAL, "%", "nn:n", FN_OP_NULL, "remainder, exact")                               \
    F(MOD_DOUBLE, "%", "dd:d", FN_OP_NULL, "remainder")                                       \
    F(NEG_INT, "-", "i:i", FN_OP_FAIL, "negative")                                            \
    F(NEG_DECIMAL, "-", "n:n", FN_OP, "negative")                                             \
    F(NEG_DOUBLE, "-", "d:d", FN_OP, "negative")                                              \
    F(NEG_INTERVAL, "-", "I:I", FN_OP_FAIL, "negative")                                       \
    F(PLUS_INT, "+", "i:i", FN_OP, "itself")                                                  \
    F(PLUS_DECIMAL, "+", "n:n", FN_OP, "itself")                                              \
    F(PLUS_DOUBLE, "+", "d:d", FN_OP, "itself")                                               \
    F(PLUS_INTERVAL, "+", "I:I", FN_OP, "itself")                                             \
    F(BIT_AND, "&", "ii:i", FN_OP, "bitwise and")                                             \
    F(BIT_OR, "|", "ii:i", FN_OP, "bitwise or")                                               \
    F(BIT_LEFT, "<<", "ii:i", FN_OP, "bits moved left")                                       \
    F(BIT_RIGHT, ">>", "ii:i", FN_OP, "bits moved right, keeping the sign")                   \
    F(BIT_NOT, "~", "i:i", FN_OP, "bits turned over")

#define FUNCTION_LIST_CONDITION(F)                                                              \
    F(COALESCE, "coalesce", "aa*:a", FN_SELF, "first argument that is not NULL")                \
    F(NULLIF, "nullif", "aa:a", FN_SELF, "the first, or NULL if both are equal")                \
    F(NULLIF_INT_DECIMAL, "nullif", "in:i", FN_SELF, "the first, or NULL if both are equal")    \
    F(NULLIF_INT_DOUBLE, "nullif", "id:i", FN_SELF, "the first, or NULL if both are equal")     \
    F(NULLIF_DECIMAL_DOUBLE, "nullif", "nd:n", FN_SELF, "the first, or NULL if both are equal") \
    F(IIF, "iif", "ba?a:a", FN_SELF, "the second if the first is true, else the third or NULL") \
    F(GREATEST, "greatest", "aa*:a", FN_SELF, "greatest argument that is not NULL")             \
    F(LEAST, "least", "aa*:a", FN_SELF, "least argument that is not NULL")                      \
    F(MAX_OF, "max", "aaa*:a", FN_PURE, "greatest argument, NULL if any is NULL")               \
    F(MIN_OF, "min", "aaa*:a", FN_PURE, "least argument, NULL if any is NULL")                  \
    F(TYPEOF, "typeof", ".:s", FN_SELF, "name of the type")

#define FUNCTION_LIST_TEXT(F)                                                                      \
    F(LENGTH, "length", "s:i", FN_PURE, "characters")                                              \
    F(LENGTH_BLOB, "length", "x:i", FN_PURE, "bytes")                                              \
    F(OCTET_LENGTH, "octet_length", "s:i", FN_PURE, "bytes")                                       \
    F(OCTET_LENGTH_BLOB, "octet_length", "x:i", FN_PURE, "bytes")                                  \
    F(BIT_LENGTH, "bit_length", "s:i", FN_PURE, "bits")                                            \
    F(SUBSTR, "substr", "si?i:s", FN_FAIL, "characters from a place, counted from 1 or the end")   \
    F(SUBSTR_BLOB, "substr", "xi?i:x", FN_FAIL, "bytes from a place, counted from 1 or the end")   \
    F(INSTR, "instr", "ss:i", FN_PURE, "place of the second in the first, 0 if it is not there")   \
    F(REPLACE, "replace", "sss:s", FN_FAIL, "every occurrence of the second becomes the third")    \
    F(TRIM, "trim", "s?s:s", FN_FAIL, "without blanks, or these characters, at both ends")         \
    F(LTRIM, "ltrim", "s?s:s", FN_FAIL, "without blanks, or these characters, at the start")       \
    F(RTRIM, "rtrim", "s?s:s", FN_FAIL, "without blanks, or these characters, at the end")         \
    F(LOWER, "lower", "s:s", FN_FAIL, "small letters")                                             \
    F(UPPER, "upper", "s:s", FN_FAIL, "capital letters")                                           \
    F(INITCAP, "initcap", "s:s", FN_FAIL, "each word with a capital")                              \
    F(CONCAT, "concat", "tt*:s", FN_SELF | FUNCTION_FAILS, "texts put together, NULLs left out")   \
    F(CONCAT_WS, "concat_ws", "tt*:s", FN_SELF | FUNCTION_FAILS, "texts with a separator between") \
    F(SPLIT_PART, "split_part", "ssi:s", FN_FAIL, "part number n between separators")              \
    F(LEFT, "left", "si:s", FN_FAIL, "first n characters; negative: all but the last n")           \
    F(RIGHT, "right", "si:s", FN_FAIL, "last n characters; negative: all but the first n")         \
    F(LPAD, "lpad", "si?s:s", FN_FAIL, "filled up on the left to n characters, or cut")            \
    F(RPAD, "rpad", "si?s:s", FN_FAIL, "filled up on the right to n characters, or cut")           \
    F(REPEAT, "repeat", "si:s", FN_FAIL, "n times")                                                \
    F(REVERSE, "reverse", "s:s", FN_FAIL, "characters in reverse")                                 \
    F(STARTS_WITH, "starts_with", "ss:b", FN_PURE, "whether it starts so")                         \
    F(ENDS_WITH, "ends_with", "ss:b", FN_PURE, "whether it ends so")                               \
    F(CONTAINS, "contains", "ss:b", FN_PURE, "whether the second is in the first")                 \
    F(LIKE_ESCAPE, "like_escape", "sss:b", FN_FAIL, "LIKE with an escape character")               \
    F(REGEXP_MATCHES, "regexp_matches", "ss?s:b", FN_FAIL, "whether it matches; options i s m x")  \
    F(REGEXP_EXTRACT, "regexp_extract", "ss?is:s", FN_FAIL, "the match or its group n, else ''")   \
    F(REGEXP_REPLACE, "regexp_replace", "sss?s:s", FN_FAIL, "first match replaced; option g: all") \
    F(REGEXP_COUNT, "regexp_count", "ss?s:i", FN_FAIL, "number of matches")                        \
    F(PRINTF, "printf", "s.*:s", FN_SELF | FUNCTION_FAILS, "text by a format, as SQLite's printf") \
    F(HEX, "hex", "s:s", FN_FAIL, "bytes as hexadecimal digits")                                   \
    F(HEX_BLOB, "hex", "x:s", FN_FAIL, "bytes as hexadecimal digits")                              \
    F(UNHEX, "unhex", "s?s:x", FN_NULL_FAIL, "bytes of hexadecimal digits; NULL if it is no hex")  \
    F(BASE64, "base64", "s:s", FN_FAIL, "bytes in base 64")                                        \
    F(BASE64_BLOB, "base64", "x:s", FN_FAIL, "bytes in base 64")                                   \
    F(FROM_BASE64, "from_base64", "s:x", FN_NULL_FAIL, "bytes of base 64; NULL if it is none")     \
    F(MD5, "md5", "s:s", FN_FAIL, "MD5 as 32 hexadecimal digits")                                  \
    F(MD5_BLOB, "md5", "x:s", FN_FAIL, "MD5 as 32 hexadecimal digits")                             \
    F(SHA256, "sha256", "s:s", FN_FAIL, "SHA-256 as 64 hexadecimal digits")                        \
    F(SHA256_BLOB, "sha256", "x:s", FN_FAIL, "SHA-256 as 64 hexadecimal digits")                   \
    F(URL_ENCODE, "url_encode", "s:s", FN_FAIL, "reserved characters as %XX")                      \
    F(URL_DECODE, "url_decode", "s:s", FN_FAIL, "%XX and + as characters")                         \
    F(ASCII, "ascii", "s:i", FN_PURE, "code of the first character, 0 for ''")                     \
    F(UNICODE, "unicode", "s:i", FN_NULL, "code of the first character, NULL for ''")              \
    F(CHAR, "char", "ii*:s", FN_FAIL, "characters of these codes")                                 \
    F(TRANSLATE, "translate", "sss:s", FN_FAIL, "characters of the second become the third's")     \
    F(QUOTE, "quote", ".:s", FN_SELF | FUNCTION_FAILS, "as an SQL literal")

#define FUNCTION_LIST_MATH(F)                                                                    \
    F(ABS_INT, "abs", "i:i", FN_FAIL, "without its sign")                                        \
    F(ABS_DECIMAL, "abs", "n:n", FN_PURE, "without its sign")                                    \
    F(ABS_DOUBLE, "abs", "d:d", FN_PURE, "without its sign")                                     \
    F(ROUND_INT, "round", "i?i:i", FN_FAIL, "to n digits (negative: tens), half away from zero") \
    F(ROUND_DECIMAL, "round", "n:n", FN_FAIL, "to a whole number, half away from zero")          \
    F(ROUND_DECIMAL_TO, "round", "ni:n", FN_FAIL, "to n digits, half away from zero")            \
    F(ROUND_DOUBLE, "round", "d?i:d", FN_PURE, "to n digits, half away from zero")               \
    F(TRUNC_INT, "trunc", "i:i", FN_PURE, "toward zero")                                         \
    F(TRUNC_DECIMAL, "trunc", "n:n", FN_PURE, "toward zero")                                     \
    F(TRUNC_DOUBLE, "trunc", "d?i:d", FN_PURE, "toward zero, to n digits")                       \
    F(CEIL_INT, "ceil", "i:i", FN_PURE, "next whole number up")                                  \
    F(CEIL_DECIMAL, "ceil", "n:n", FN_FAIL, "next whole number up")                              \
    F(CEIL_DOUBLE, "ceil", "d:d", FN_PURE, "next whole number up")                               \
    F(FLOOR_INT, "floor", "i:i", FN_PURE, "next whole number down")                              \
    F(FLOOR_DECIMAL, "floor", "n:n", FN_FAIL, "next whole number down")                          \
    F(FLOOR_DOUBLE, "floor", "d:d", FN_PURE, "next whole number down")                           \
    F(SIGN_INT, "sign", "i:i", FN_PURE, "-1, 0 or 1")                                            \
    F(SIGN_DECIMAL, "sign", "n:i", FN_PURE, "-1, 0 or 1")                                        \
    F(SIGN_DOUBLE, "sign", "d:i", FN_NULL, "-1, 0 or 1")                                         \
    F(MOD_INT_NAMED, "mod", "ii:i", FN_NULL_FAIL, "remainder, with the sign of the first")       \
    F(MOD_DECIMAL_NAMED, "mod", "nn:n", FN_NULL, "remainder, exact")                             \
    F(MOD_DOUBLE_NAMED, "mod", "dd:d", FN_NULL, "remainder")                                     \
    F(SQRT, "sqrt", "d:d", FN_NULL, "square root; NULL below 0")                                 \
    F(CBRT, "cbrt", "d:d", FN_NULL, "cube root")                                                 \
    F(EXP, "exp", "d:d", FN_NULL, "e to the power x")                                            \
    F(LN, "ln", "d:d", FN_NULL, "natural logarithm; NULL for 0 and below")                       \
    F(LOG, "log", "d:d", FN_NULL, "logarithm to base 10; NULL for 0 and below")                  \
    F(LOG_BASE, "log", "dd:d", FN_NULL, "logarithm of the second to the base of the first")      \
    F(LOG10, "log10", "d:d", FN_NULL, "logarithm to base 10")                                    \
    F(LOG2, "log2", "d:d", FN_NULL, "logarithm to base 2")                                       \
    F(POW, "pow", "dd:d", FN_NULL, "the first to the power of the second")                       \
    F(SIN, "sin", "d:d", FN_NULL, "sine")                                                        \
    F(COS, "cos", "d:d", FN_NULL, "cosine")                                                      \
    F(TAN, "tan", "d:d", FN_NULL, "tangent")                                                     \
    F(ASIN, "asin", "d:d", FN_NULL, "arc sine; NULL outside -1..1")                              \
    F(ACOS, "acos", "d:d", FN_NULL, "arc cosine; NULL outside -1..1")                            \
    F(ATAN, "atan", "d:d", FN_NULL, "arc tangent")                                               \
    F(ATAN2, "atan2", "dd:d", FN_NULL, "angle of a point (y, x)")                                \
    F(SINH, "sinh", "d:d", FN_NULL, "hyperbolic sine")                                           \
    F(COSH, "cosh", "d:d", FN_NULL, "hyperbolic cosine")                                         \
    F(TANH, "tanh", "d:d", FN_NULL, "hyperbolic tangent")                                        \
    F(DEGREES, "degrees", "d:d", FN_PURE, "radians to degrees")                                  \
    F(RADIANS, "radians", "d:d", FN_PURE, "degrees to radians")                                  \
    F(PI, "pi", ":d", FN_PURE, "3.14159...")                                                     \
    F(RANDOM, "random", ":i", FUNCTION_STRICT | FUNCTION_VOLATILE, "a random BIGINT")            \
    F(GCD, "gcd", "ii:i", FN_FAIL, "greatest common divisor")                                    \
    F(LCM, "lcm", "ii:i", FN_FAIL, "least common multiple")                                      \
    F(ISNAN, "isnan", "d:b", FN_PURE, "whether it is not a number")                              \
    F(ISINF, "isinf", "d:b", FN_PURE, "whether it is infinite")                                  \
    F(ISFINITE, "isfinite", "d:b", FN_PURE, "whether it is a finite number")

/* A part of a timestamp, in the session's zone for TIMESTAMPTZ. */
#define FUNCTION_PART(F, id, name, doc) \
    F(id, name, "S:i", FN_PURE, doc)    \
    F(id##_MOMENT, name, "Z:i", FN_ZONE, doc)
#define FUNCTION_PART_OF_DAY(F, id, name, doc) \
    FUNCTION_PART(F, id, name, doc)            \
    F(id##_TIME, name, "T:i", FN_PURE, doc)    \
    F(id##_INTERVAL, name, "I:i", FN_PURE, doc)

#define FUNCTION_LIST_TIME(F)                                                                     \
    F(NOW, "now", ":Z", FN_NOW, "moment at which the statement started")                          \
    F(CURRENT_DATE, "current_date", ":D", FN_NOW, "date in the session's zone")                   \
    F(CURRENT_TIME, "current_time", ":T", FN_NOW, "time of day in the session's zone")            \
    F(LOCALTIMESTAMP, "localtimestamp", ":S", FN_NOW, "wall clock of the session's zone")         \
    F(DATE_TRUNC, "date_trunc", "sS:S", FN_FAIL, "start of the unit (hour, day, month, ...)")     \
    F(DATE_TRUNC_DATE, "date_trunc", "sD:D", FN_FAIL, "start of the unit")                        \
    F(DATE_TRUNC_MOMENT, "date_trunc", "sZ:Z", FN_ZONE_FAIL, "start of the unit in the zone")     \
    F(DATE_PART, "date_part", "sS:i", FN_FAIL, "a part: year, month, day, hour, dow, epoch, ...") \
    F(DATE_PART_MOMENT, "date_part", "sZ:i", FN_ZONE_FAIL, "a part, in the session's zone")       \
    F(DATE_PART_TIME, "date_part", "sT:i", FN_FAIL, "a part of a time of day")                    \
    F(DATE_PART_INTERVAL, "date_part", "sI:i", FN_FAIL, "a part of an interval")                  \
    F(DATE_BIN, "date_bin", "IS?S:S", FN_FAIL, "start of the bin; from 1970-01-01 or an origin")  \
    F(DATE_BIN_MOMENT, "date_bin", "IZ?Z:Z", FN_FAIL, "start of the bin")                         \
    F(DATE_DIFF, "date_diff", "sSS:i", FN_FAIL, "borders of the unit between two times")          \
    F(DATE_DIFF_MOMENT, "date_diff", "sZZ:i", FN_ZONE_FAIL, "borders of the unit between")        \
    F(DATE_ADD, "date_add", "SI:S", FN_FAIL, "later by an interval")                              \
    F(DATE_ADD_MOMENT, "date_add", "ZI:Z", FN_ZONE_FAIL, "later by an interval")                  \
    F(DATE_SUB, "date_sub", "SI:S", FN_FAIL, "earlier by an interval")                            \
    F(DATE_SUB_MOMENT, "date_sub", "ZI:Z", FN_ZONE_FAIL, "earlier by an interval")                \
    F(AGE, "age", "SS:I", FN_FAIL, "time between, in years, months and days")                     \
    F(AGE_MOMENT, "age", "ZZ:I", FN_ZONE_FAIL, "time between, in years, months and days")         \
    F(STRFTIME, "strftime", "sS:s", FN_FAIL, "text by a format of %Y %m %d %H %M %S ...")         \
    F(STRFTIME_SWAPPED, "strftime", "Ss:s", FN_FAIL, "text by a format")                          \
    F(STRFTIME_MOMENT, "strftime", "sZ:s", FN_ZONE_FAIL, "text by a format")                      \
    F(STRFTIME_MOMENT_SWAPPED, "strftime", "Zs:s", FN_ZONE_FAIL, "text by a format")              \
    F(STRPTIME, "strptime", "ss:S", FN_FAIL, "timestamp of a text by a format")                   \
    F(TRY_STRPTIME, "try_strptime", "ss:S", FN_NULL_FAIL, "the same, NULL if it does not fit")    \
    F(TO_TIMESTAMP, "to_timestamp", "d:Z", FN_FAIL, "moment of seconds since 1970")               \
    F(EPOCH, "epoch", "S:d", FN_PURE, "seconds since 1970")                                       \
    F(EPOCH_MOMENT, "epoch", "Z:d", FN_PURE, "seconds since 1970")                                \
    F(EPOCH_TIME, "epoch", "T:d", FN_PURE, "seconds since midnight")                              \
    F(EPOCH_INTERVAL, "epoch", "I:d", FN_PURE, "seconds; months as 30 days")                      \
    F(EPOCH_MS, "epoch_ms", "S:i", FN_PURE, "milliseconds since 1970")                            \
    F(EPOCH_MS_MOMENT, "epoch_ms", "Z:i", FN_PURE, "milliseconds since 1970")                     \
    F(FROM_EPOCH_MS, "epoch_ms", "i:S", FN_FAIL, "timestamp of milliseconds since 1970")          \
    F(EPOCH_US, "epoch_us", "S:i", FN_PURE, "microseconds since 1970")                            \
    F(EPOCH_US_MOMENT, "epoch_us", "Z:i", FN_PURE, "microseconds since 1970")                     \
    F(EPOCH_NS, "epoch_ns", "S:i", FN_FAIL, "nanoseconds since 1970")                             \
    F(EPOCH_NS_MOMENT, "epoch_ns", "Z:i", FN_FAIL, "nanoseconds since 1970")                      \
    F(UNIXEPOCH, "unixepoch", "S:i", FN_PURE, "whole seconds since 1970")                         \
    F(UNIXEPOCH_MOMENT, "unixepoch", "Z:i", FN_PURE, "whole seconds since 1970")                  \
    F(JULIANDAY, "julianday", "S:d", FN_PURE, "Julian day number")                                \
    F(MAKE_TIMESTAMP, "make_timestamp", "iiiiid:S", FN_FAIL, "year, month, day, hour, min, sec")  \
    F(MAKE_TIMESTAMP_US, "make_timestamp", "i:S", FN_PURE, "of microseconds since 1970")          \
    F(MAKE_DATE, "make_date", "iii:D", FN_FAIL, "of year, month, day")                            \
    F(MAKE_TIME, "make_time", "iid:T", FN_FAIL, "of hour, minute, seconds")                       \
    F(DATE_OF, "date", "S:D", FN_PURE, "the date")                                                \
    F(DATE_OF_MOMENT, "date", "Z:D", FN_ZONE, "the date in the session's zone")                   \
    F(TIME_OF, "time", "S:T", FN_PURE, "the time of day")                                         \
    F(TIME_OF_MOMENT, "time", "Z:T", FN_ZONE, "the time of day in the session's zone")            \
    F(LAST_DAY, "last_day", "S:D", FN_FAIL, "last day of the month")                              \
    F(LAST_DAY_MOMENT, "last_day", "Z:D", FN_ZONE_FAIL, "last day of the month")                  \
    F(DAYNAME, "dayname", "S:s", FN_FAIL, "Monday, ...")                                          \
    F(DAYNAME_MOMENT, "dayname", "Z:s", FN_ZONE_FAIL, "Monday, ...")                              \
    F(MONTHNAME, "monthname", "S:s", FN_FAIL, "January, ...")                                     \
    F(MONTHNAME_MOMENT, "monthname", "Z:s", FN_ZONE_FAIL, "January, ...")                         \
    FUNCTION_PART(F, YEAR, "year", "year")                                                        \
    FUNCTION_PART(F, QUARTER, "quarter", "1 to 4")                                                \
    FUNCTION_PART(F, MONTH, "month", "1 to 12")                                                   \
    FUNCTION_PART(F, WEEK, "week", "ISO week, 1 to 53")                                           \
    FUNCTION_PART(F, DAY, "day", "day of the month")                                              \
    FUNCTION_PART(F, DAYOFWEEK, "dayofweek", "0 Sunday to 6 Saturday")                            \
    FUNCTION_PART(F, ISODOW, "isodow", "1 Monday to 7 Sunday")                                    \
    FUNCTION_PART(F, DAYOFYEAR, "dayofyear", "1 to 366")                                          \
    FUNCTION_PART_OF_DAY(F, HOUR, "hour", "0 to 23")                                              \
    FUNCTION_PART_OF_DAY(F, MINUTE, "minute", "0 to 59")                                          \
    FUNCTION_PART_OF_DAY(F, SECOND, "second", "0 to 59")                                          \
    FUNCTION_PART_OF_DAY(F, MILLISECOND, "millisecond", "milliseconds of the minute")             \
    FUNCTION_PART_OF_DAY(F, MICROSECOND, "microsecond", "microseconds of the minute")

#define FUNCTION_LIST_JSON(F)                                                                      \
    F(JSON_EXTRACT, "json_extract", "js:j", FN_NULL_FAIL, "part of a JSON value: 'a', '$.a[0].b'") \
    F(JSON_EXTRACT_INDEX, "json_extract", "ji:j", FN_NULL, "element of a JSON array")              \
    F(JSON_EXTRACT_STRING, "json_extract_string", "js:s", FN_NULL_FAIL, "the same as text")        \
    F(JSON_EXTRACT_STRING_INDEX, "json_extract_string", "ji:s", FN_NULL, "element as text")        \
    F(JSON_TYPE, "json_type", "j?s:s", FN_NULL_FAIL, "null true integer real text array object")   \
    F(JSON_ARRAY_LENGTH, "json_array_length", "j?s:i", FN_NULL_FAIL, "elements of an array")       \
    F(JSON_KEYS, "json_keys", "j?s:j", FN_NULL_FAIL, "keys of an object, as a JSON array")         \
    F(JSON_VALID, "json_valid", "s:b", FN_PURE, "whether a text is JSON")                          \
    F(JSON, "json", "j:j", FN_FAIL, "without blanks")                                              \
    F(JSON_QUOTE, "json_quote", ".:j", FN_SELF | FUNCTION_FAILS, "any value as JSON")              \
    F(JSON_ARRAY, "json_array", ".*:j", FN_SELF | FUNCTION_FAILS, "a JSON array of the arguments") \
    F(JSON_OBJECT, "json_object", ".*:j", FN_SELF | FUNCTION_FAILS, "of keys and values in turn")

#define FUNCTION_LIST(F)        \
    FUNCTION_LIST_OPERATOR(F)   \
    FUNCTION_LIST_ARITHMETIC(F) \
    FUNCTION_LIST_CONDITION(F)  \
    FUNCTION_LIST_TEXT(F)       \
    FUNCTION_LIST_MATH(F)       \
    FUNCTION_LIST_TIME(F)       \
    FUNCTION_LIST_JSON(F)

#endif
