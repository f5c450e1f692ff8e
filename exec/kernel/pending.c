/* pending.c - functions that are named but not there. */
#include "exec/kernel/kernel_int.h"

static enum status pending(struct kernel_call *call, struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s()", function_info[call->function].name);
}
enum status text_regexp_matches(struct kernel_call *call, struct error *error)
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
enum status time_now(struct kernel_call *call, struct error *error)
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
enum status json_append_value(const struct column *column, size_t row, const struct time_zone *zone, struct bytes *out, struct error *error)
{
    return cast_append_text(column, row, zone, out, error);
}
