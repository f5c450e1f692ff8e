/* crash.c - databases under faults: killed processes, calls that fail, power that goes, crowds.
 *
 *   crash [--short] [steps] [calls] [power] [crowd]      all of them unless told */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/crash/disk.h"
#include "tests/crash/workload.h"

void tally_check(struct tally *tally, bool fine, const char *format, ...)
{
    va_list arguments;
    if (fine) {
        tally->passed++;
        return;
    }
    tally->failed++;
    va_start(arguments, format);
    printf("FAILED ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

int main(int n, char **words)
{
    static const char *const names[] = {"steps", "calls", "power", "crowd"};
    bool wanted[ARRAY_LENGTH(names)] = {0}, any = false, is_short = false;
    struct tally tally = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < n; i++) {
        is_short = is_short || strcmp(words[i], "--short") == 0;
        for (size_t w = 0; w < ARRAY_LENGTH(names); w++)
            if (strcmp(words[i], names[w]) == 0)
                any = wanted[w] = true;
    }
    disk_install();
    if (wanted[0] || !any)
        crash_steps(&tally, is_short ? 5 : 20);
    if (wanted[1] || !any)
        crash_calls(&tally, is_short ? 7 : 1);
    if (wanted[2] || !any)
        crash_power(&tally, is_short ? 300 : 5000);
    if (wanted[3] || !any)
        crash_crowd(&tally, is_short ? 5 : 60);
    printf("crash: %zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed > 0 ? 1 : 0;
}
