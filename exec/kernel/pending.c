/* pending.c - functions that are named but not there. */
#include "exec/kernel/kernel_int.h"

static enum status pending(struct kernel_call *call, struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s()",
                     function_info[call->function].name);
}
enum status text_like(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_ilike(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_glob(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_regexp_matches(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_concat_operator(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_extract(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_extract_text(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_at_zone(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_add_days(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_add_interval(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_of_day_add(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_date_and_time(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status interval_add(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_days_between(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_sub_interval(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_between(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_of_day_between(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status interval_sub(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status interval_mul_int(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status interval_mul_double(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status interval_neg(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_length(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_octet_length(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_bit_length(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_substr(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_instr(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_replace(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_trim(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_lower(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_upper(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_initcap(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_concat(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_concat_ws(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_split_part(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_left(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_right(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_pad(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_repeat(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_reverse(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_starts_with(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_ends_with(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_contains(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_regexp_extract(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_regexp_replace(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_regexp_count(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_printf(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_hex(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_unhex(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_base64(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_from_base64(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_md5(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_sha256(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_url_encode(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_url_decode(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_unicode(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_char(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_translate(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status text_quote(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_abs(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_round_int(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_round(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_trunc(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_ceil(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_floor(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_sign_int(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_sign(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_sqrt(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_cbrt(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_exp(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_ln(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_log10(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_log_base(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_log2(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_pow(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_sin(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_cos(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_tan(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_asin(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_acos(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_atan(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_atan2(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_sinh(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_cosh(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_tanh(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_degrees(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_radians(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_pi(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_random(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_gcd(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_lcm(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_isnan(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_isinf(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status math_isfinite(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_part(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_now(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_trunc(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_date_part(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_bin(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_diff(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_age(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_strftime(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_strptime(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_of_seconds(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_epoch(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_epoch_count(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_of_millis(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_julianday(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_make_timestamp(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_make_date(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_make_time(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_date_of(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_time_of(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_last_day(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status time_name(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_type(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_array_length(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_keys(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_valid(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_minify(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_quote(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_array(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
enum status json_object(struct kernel_call *call, struct error *error)
{
    return pending(call, error);
}
bool json_is_valid(struct str text)
{
    return text.length > 0;
}
enum status json_append_plain(struct str json, struct bytes *out, struct error *error)
{
    return bytes_append(out, json.data, json.length, error);
}
enum status json_append_value(const struct column *column, size_t row, const struct time_zone *zone,
                              struct bytes *out, struct error *error)
{
    return cast_append_text(column, row, zone, out, error);
}
