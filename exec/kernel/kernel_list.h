/* kernel_list.h - which kernel computes which function; several overloads may share one. */
#ifndef KERNEL_LIST_H
#define KERNEL_LIST_H

#define KERNEL_LIST_OPERATOR(K)                 \
    K(EQ, compare_eq)                           \
    K(NE, compare_ne)                           \
    K(LT, compare_lt)                           \
    K(LE, compare_le)                           \
    K(GT, compare_gt)                           \
    K(GE, compare_ge)                           \
    K(SAME, compare_same)                       \
    K(DISTINCT, compare_distinct)               \
    K(IS_NULL, logic_is_null)                   \
    K(IS_NOT_NULL, logic_is_not_null)           \
    K(IS_TRUE, logic_is_true)                   \
    K(IS_FALSE, logic_is_false)                 \
    K(IS_NOT_TRUE, logic_is_not_true)           \
    K(IS_NOT_FALSE, logic_is_not_false)         \
    K(NOT, logic_not)                           \
    K(LIKE, text_like)                          \
    K(ILIKE, text_ilike)                        \
    K(GLOB, text_glob)                          \
    K(REGEXP, text_regexp_matches)              \
    K(CONCAT_OP, text_concat_operator)          \
    K(CONCAT_BLOB, text_concat_operator)        \
    K(JSON_ARROW, json_extract)                 \
    K(JSON_ARROW_INDEX, json_extract)           \
    K(JSON_ARROW_TEXT, json_extract_text)       \
    K(JSON_ARROW_TEXT_INDEX, json_extract_text) \
    K(AT_ZONE_LOCAL, time_at_zone)              \
    K(AT_ZONE_MOMENT, time_at_zone)

#define KERNEL_LIST_ARITHMETIC(K)                \
    K(ADD_INT, arith_add_int)                    \
    K(ADD_DECIMAL, decimal_add)                  \
    K(ADD_DOUBLE, arith_add_double)              \
    K(ADD_DATE_INT, time_add_days)               \
    K(ADD_INT_DATE, time_add_days)               \
    K(ADD_TIMESTAMP_INTERVAL, time_add_interval) \
    K(ADD_INTERVAL_TIMESTAMP, time_add_interval) \
    K(ADD_MOMENT_INTERVAL, time_add_interval)    \
    K(ADD_INTERVAL_MOMENT, time_add_interval)    \
    K(ADD_TIME_INTERVAL, time_of_day_add)        \
    K(ADD_INTERVAL_TIME, time_of_day_add)        \
    K(ADD_DATE_TIME, time_date_and_time)         \
    K(ADD_INTERVAL, interval_add)                \
    K(SUB_INT, arith_sub_int)                    \
    K(SUB_DECIMAL, decimal_sub)                  \
    K(SUB_DOUBLE, arith_sub_double)              \
    K(SUB_DATE_INT, time_add_days)               \
    K(SUB_DATE, time_days_between)               \
    K(SUB_TIMESTAMP_INTERVAL, time_sub_interval) \
    K(SUB_MOMENT_INTERVAL, time_sub_interval)    \
    K(SUB_TIMESTAMP, time_between)               \
    K(SUB_MOMENT, time_between)                  \
    K(SUB_TIME_INTERVAL, time_of_day_add)        \
    K(SUB_TIME, time_of_day_between)             \
    K(SUB_INTERVAL, interval_sub)                \
    K(MUL_INT, arith_mul_int)                    \
    K(MUL_DECIMAL, decimal_mul)                  \
    K(MUL_DOUBLE, arith_mul_double)              \
    K(MUL_INTERVAL_INT, interval_mul_int)        \
    K(MUL_INT_INTERVAL, interval_mul_int)        \
    K(MUL_INTERVAL_DOUBLE, interval_mul_double)  \
    K(MUL_DOUBLE_INTERVAL, interval_mul_double)  \
    K(DIV_INT, arith_div_int)                    \
    K(DIV_DOUBLE, arith_div_double)              \
    K(DIV_INTERVAL, interval_mul_double)         \
    K(MOD_INT, arith_mod_int)                    \
    K(MOD_DECIMAL, decimal_mod)                  \
    K(MOD_DOUBLE, arith_mod_double)              \
    K(NEG_INT, arith_neg_int)                    \
    K(NEG_DECIMAL, decimal_neg)                  \
    K(NEG_DOUBLE, arith_neg_double)              \
    K(NEG_INTERVAL, interval_neg)                \
    K(PLUS_INT, arith_same)                      \
    K(PLUS_DECIMAL, arith_same)                  \
    K(PLUS_DOUBLE, arith_same)                   \
    K(PLUS_INTERVAL, arith_same)                 \
    K(BIT_AND, arith_bit_and)                    \
    K(BIT_OR, arith_bit_or)                      \
    K(BIT_LEFT, arith_bit_left)                  \
    K(BIT_RIGHT, arith_bit_right)                \
    K(BIT_NOT, arith_bit_not)

#define KERNEL_LIST_CONDITION(K)                \
    K(COALESCE, cond_coalesce)                  \
    K(NULLIF, cond_nullif)                      \
    K(NULLIF_INT_DECIMAL, cond_nullif_mixed)    \
    K(NULLIF_INT_DOUBLE, cond_nullif_mixed)     \
    K(NULLIF_DECIMAL_DOUBLE, cond_nullif_mixed) \
    K(IIF, cond_iif)                            \
    K(GREATEST, cond_greatest)                  \
    K(LEAST, cond_least)                        \
    K(MAX_OF, cond_max_of)                      \
    K(MIN_OF, cond_min_of)                      \
    K(TYPEOF, cond_typeof)

#define KERNEL_LIST_TEXT(K)                 \
    K(LENGTH, text_length)                  \
    K(LENGTH_BLOB, text_octet_length)       \
    K(OCTET_LENGTH, text_octet_length)      \
    K(OCTET_LENGTH_BLOB, text_octet_length) \
    K(BIT_LENGTH, text_bit_length)          \
    K(SUBSTR, text_substr)                  \
    K(SUBSTR_BLOB, text_substr)             \
    K(INSTR, text_instr)                    \
    K(REPLACE, text_replace)                \
    K(TRIM, text_trim)                      \
    K(LTRIM, text_trim)                     \
    K(RTRIM, text_trim)                     \
    K(LOWER, text_lower)                    \
    K(UPPER, text_upper)                    \
    K(INITCAP, text_initcap)                \
    K(CONCAT, text_concat)                  \
    K(CONCAT_WS, text_concat_ws)            \
    K(SPLIT_PART, text_split_part)          \
    K(LEFT, text_left)                      \
    K(RIGHT, text_right)                    \
    K(LPAD, text_pad)                       \
    K(RPAD, text_pad)                       \
    K(REPEAT, text_repeat)                  \
    K(REVERSE, text_reverse)                \
    K(STARTS_WITH, text_starts_with)        \
    K(ENDS_WITH, text_ends_with)            \
    K(CONTAINS, text_contains)              \
    K(LIKE_ESCAPE, text_like)               \
    K(REGEXP_MATCHES, text_regexp_matches)  \
    K(REGEXP_EXTRACT, text_regexp_extract)  \
    K(REGEXP_REPLACE, text_regexp_replace)  \
    K(REGEXP_COUNT, text_regexp_count)      \
    K(PRINTF, text_printf)                  \
    K(HEX, text_hex)                        \
    K(HEX_BLOB, text_hex)                   \
    K(UNHEX, text_unhex)                    \
    K(BASE64, text_base64)                  \
    K(BASE64_BLOB, text_base64)             \
    K(FROM_BASE64, text_from_base64)        \
    K(MD5, text_md5)                        \
    K(MD5_BLOB, text_md5)                   \
    K(SHA256, text_sha256)                  \
    K(SHA256_BLOB, text_sha256)             \
    K(URL_ENCODE, text_url_encode)          \
    K(URL_DECODE, text_url_decode)          \
    K(ASCII, text_unicode)                  \
    K(UNICODE, text_unicode)                \
    K(CHAR, text_char)                      \
    K(TRANSLATE, text_translate)            \
    K(QUOTE, text_quote)

#define KERNEL_LIST_MATH(K)               \
    K(ABS_INT, arith_abs_int)             \
    K(ABS_DECIMAL, decimal_abs)           \
    K(ABS_DOUBLE, math_abs)               \
    K(ROUND_INT, math_round_int)          \
    K(ROUND_DECIMAL, decimal_round)       \
    K(ROUND_DECIMAL_TO, decimal_round_to) \
    K(ROUND_DOUBLE, math_round)           \
    K(TRUNC_INT, arith_same)              \
    K(TRUNC_DECIMAL, decimal_trunc)       \
    K(TRUNC_DOUBLE, math_trunc)           \
    K(CEIL_INT, arith_same)               \
    K(CEIL_DECIMAL, decimal_ceil)         \
    K(CEIL_DOUBLE, math_ceil)             \
    K(FLOOR_INT, arith_same)              \
    K(FLOOR_DECIMAL, decimal_floor)       \
    K(FLOOR_DOUBLE, math_floor)           \
    K(SIGN_INT, math_sign_int)            \
    K(SIGN_DECIMAL, decimal_sign)         \
    K(SIGN_DOUBLE, math_sign)             \
    K(MOD_INT_NAMED, arith_mod_int)       \
    K(MOD_DECIMAL_NAMED, decimal_mod)     \
    K(MOD_DOUBLE_NAMED, arith_mod_double) \
    K(SQRT, math_sqrt)                    \
    K(CBRT, math_cbrt)                    \
    K(EXP, math_exp)                      \
    K(LN, math_ln)                        \
    K(LOG, math_log10)                    \
    K(LOG_BASE, math_log_base)            \
    K(LOG10, math_log10)                  \
    K(LOG2, math_log2)                    \
    K(POW, math_pow)                      \
    K(SIN, math_sin)                      \
    K(COS, math_cos)                      \
    K(TAN, math_tan)                      \
    K(ASIN, math_asin)                    \
    K(ACOS, math_acos)                    \
    K(ATAN, math_atan)                    \
    K(ATAN2, math_atan2)                  \
    K(SINH, math_sinh)                    \
    K(COSH, math_cosh)                    \
    K(TANH, math_tanh)                    \
    K(DEGREES, math_degrees)              \
    K(RADIANS, math_radians)              \
    K(PI, math_pi)                        \
    K(RANDOM, math_random)                \
    K(GCD, math_gcd)                      \
    K(LCM, math_lcm)                      \
    K(ISNAN, math_isnan)                  \
    K(ISINF, math_isinf)                  \
    K(ISFINITE, math_isfinite)

#define KERNEL_PART(K, id) K(id, time_part) K(id##_MOMENT, time_part)
#define KERNEL_PART_OF_DAY(K, id) \
    KERNEL_PART(K, id) K(id##_TIME, time_part) K(id##_INTERVAL, time_part)

#define KERNEL_LIST_TIME(K)                   \
    K(NOW, time_now)                          \
    K(CURRENT_DATE, time_now)                 \
    K(CURRENT_TIME, time_now)                 \
    K(LOCALTIMESTAMP, time_now)               \
    K(DATE_TRUNC, time_trunc)                 \
    K(DATE_TRUNC_DATE, time_trunc)            \
    K(DATE_TRUNC_MOMENT, time_trunc)          \
    K(DATE_PART, time_date_part)              \
    K(DATE_PART_MOMENT, time_date_part)       \
    K(DATE_PART_TIME, time_date_part)         \
    K(DATE_PART_INTERVAL, time_date_part)     \
    K(DATE_BIN, time_bin)                     \
    K(DATE_BIN_MOMENT, time_bin)              \
    K(DATE_DIFF, time_diff)                   \
    K(DATE_DIFF_MOMENT, time_diff)            \
    K(DATE_ADD, time_add_interval)            \
    K(DATE_ADD_MOMENT, time_add_interval)     \
    K(DATE_SUB, time_sub_interval)            \
    K(DATE_SUB_MOMENT, time_sub_interval)     \
    K(AGE, time_age)                          \
    K(AGE_MOMENT, time_age)                   \
    K(STRFTIME, time_strftime)                \
    K(STRFTIME_SWAPPED, time_strftime)        \
    K(STRFTIME_MOMENT, time_strftime)         \
    K(STRFTIME_MOMENT_SWAPPED, time_strftime) \
    K(STRPTIME, time_strptime)                \
    K(TRY_STRPTIME, time_strptime)            \
    K(TO_TIMESTAMP, time_of_seconds)          \
    K(EPOCH, time_epoch)                      \
    K(EPOCH_MOMENT, time_epoch)               \
    K(EPOCH_TIME, time_epoch)                 \
    K(EPOCH_INTERVAL, time_epoch)             \
    K(EPOCH_MS, time_epoch_count)             \
    K(EPOCH_MS_MOMENT, time_epoch_count)      \
    K(FROM_EPOCH_MS, time_of_millis)          \
    K(EPOCH_US, time_epoch_count)             \
    K(EPOCH_US_MOMENT, time_epoch_count)      \
    K(EPOCH_NS, time_epoch_count)             \
    K(EPOCH_NS_MOMENT, time_epoch_count)      \
    K(UNIXEPOCH, time_epoch_count)            \
    K(UNIXEPOCH_MOMENT, time_epoch_count)     \
    K(JULIANDAY, time_julianday)              \
    K(MAKE_TIMESTAMP, time_make_timestamp)    \
    K(MAKE_TIMESTAMP_US, arith_same)          \
    K(MAKE_DATE, time_make_date)              \
    K(MAKE_TIME, time_make_time)              \
    K(DATE_OF, time_date_of)                  \
    K(DATE_OF_MOMENT, time_date_of)           \
    K(TIME_OF, time_time_of)                  \
    K(TIME_OF_MOMENT, time_time_of)           \
    K(LAST_DAY, time_last_day)                \
    K(LAST_DAY_MOMENT, time_last_day)         \
    K(DAYNAME, time_name)                     \
    K(DAYNAME_MOMENT, time_name)              \
    K(MONTHNAME, time_name)                   \
    K(MONTHNAME_MOMENT, time_name)            \
    KERNEL_PART(K, YEAR)                      \
    KERNEL_PART(K, QUARTER)                   \
    KERNEL_PART(K, MONTH)                     \
    KERNEL_PART(K, WEEK)                      \
    KERNEL_PART(K, DAY)                       \
    KERNEL_PART(K, DAYOFWEEK)                 \
    KERNEL_PART(K, ISODOW)                    \
    KERNEL_PART(K, DAYOFYEAR)                 \
    KERNEL_PART_OF_DAY(K, HOUR)               \
    KERNEL_PART_OF_DAY(K, MINUTE)             \
    KERNEL_PART_OF_DAY(K, SECOND)             \
    KERNEL_PART_OF_DAY(K, MILLISECOND)        \
    KERNEL_PART_OF_DAY(K, MICROSECOND)

#define KERNEL_LIST_JSON(K)                         \
    K(JSON_EXTRACT, json_extract)                   \
    K(JSON_EXTRACT_INDEX, json_extract)             \
    K(JSON_EXTRACT_STRING, json_extract_text)       \
    K(JSON_EXTRACT_STRING_INDEX, json_extract_text) \
    K(JSON_TYPE, json_type)                         \
    K(JSON_ARRAY_LENGTH, json_array_length)         \
    K(JSON_KEYS, json_keys)                         \
    K(JSON_VALID, json_valid)                       \
    K(JSON, json_minify)                            \
    K(JSON_QUOTE, json_quote)                       \
    K(JSON_ARRAY, json_array)                       \
    K(JSON_OBJECT, json_object)

#define KERNEL_LIST(K)        \
    KERNEL_LIST_OPERATOR(K)   \
    KERNEL_LIST_ARITHMETIC(K) \
    KERNEL_LIST_CONDITION(K)  \
    KERNEL_LIST_TEXT(K)       \
    KERNEL_LIST_MATH(K)       \
    KERNEL_LIST_TIME(K)       \
    KERNEL_LIST_JSON(K)

#endif
