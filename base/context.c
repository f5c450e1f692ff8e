#include "base/context.h"

enum status context_check(const struct context *context, struct error *error)
{
    if (LIKELY(!context_cancelled(context)))
        return STATUS_OK;
    return error_set(error, STATUS_CANCELLED, "interrupted");
}
