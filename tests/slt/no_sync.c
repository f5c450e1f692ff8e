/* no_sync.c - scripts write thousands of small commits to folders that are thrown away: none waits for the disk.
 * These take the place of the C library's, for SQLite too. What must be on the disk when is tested in tests/crash. */
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

SHOWN int fsync(int fd)
{
    (void)fd;
    return 0;
}

SHOWN int fdatasync(int fd)
{
    (void)fd;
    return 0;
}
