/* pending.c - functions that are named but not there. */
#include "exec/kernel/kernel_int.h"

static enum status pending(struct kernel_call *call, struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s()", function_info[call->function].name);
}
enum status time_at_zone(struct kernel_call *call, struct error *error)
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
