/* replay.c - runs a fuzz target over files, for compilers without libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int n, char **paths)
{
    for (int i = 1; i < n; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (!file || fseek(file, 0, SEEK_END) != 0) {
            printf("cannot open %s\n", paths[i]);
            return 1;
        }
        long size = ftell(file);
        uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
        rewind(file);
        if (!data || size < 0 || fread(data, 1, (size_t)size, file) != (size_t)size) {
            printf("cannot read %s\n", paths[i]);
            free(data);
            return 1;
        }
        fclose(file);
        LLVMFuzzerTestOneInput(data, (size_t)size);
        free(data);
    }
    printf("replay: %d passed, 0 failed\n", n - 1);
    return 0;
}
