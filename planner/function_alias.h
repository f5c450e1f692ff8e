/* function_alias.h - other names of scalar functions: the alias, then the name in function_list.h.
 * Included by function.c only. */
#ifndef FUNCTION_ALIAS_H
#define FUNCTION_ALIAS_H

#define FUNCTION_ALIAS_LIST(A)                         \
    A("char_length", "length")                         \
    A("character_length", "length")                    \
    A("len", "length")                                 \
    A("strlen", "octet_length")                        \
    A("substring", "substr")                           \
    A("strpos", "instr")                               \
    A("btrim", "trim")                                 \
    A("lcase", "lower")                                \
    A("ucase", "upper")                                \
    A("prefix", "starts_with")                         \
    A("suffix", "ends_with")                           \
    A("regexp_like", "regexp_matches")                 \
    A("regexp_substr", "regexp_extract")               \
    A("format", "printf")                              \
    A("to_base64", "base64")                           \
    A("to_hex", "hex")                                 \
    A("from_hex", "unhex")                             \
    A("chr", "char")                                   \
    A("ord", "unicode")                                \
    A("ifnull", "coalesce")                            \
    A("nvl", "coalesce")                               \
    A("if", "iif")                                     \
    A("ceiling", "ceil")                               \
    A("truncate", "trunc")                             \
    A("power", "pow")                                  \
    A("current_timestamp", "now")                      \
    A("transaction_timestamp", "now")                  \
    A("today", "current_date")                         \
    A("localtime", "current_time")                     \
    A("datetrunc", "date_trunc")                       \
    A("datepart", "date_part")                         \
    A("extract", "date_part")                          \
    A("time_bucket", "date_bin")                       \
    A("datediff", "date_diff")                         \
    A("dow", "dayofweek")                              \
    A("weekday", "dayofweek")                          \
    A("doy", "dayofyear")                              \
    A("dayofmonth", "day")                             \
    A("weekofyear", "week")                            \
    A("json_extract_path", "json_extract")             \
    A("json_extract_path_text", "json_extract_string") \
    A("to_json", "json_quote")

#endif
