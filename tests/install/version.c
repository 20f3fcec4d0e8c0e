/* Links the library as a program does that found it by pkg-config. Written so that it is C99 and C++17. */
#include <temporal_bun_bridge.h>

#include <stdio.h>

int main(void)
{
    uint64_t runtime;
    if (temporal_bun_abi_version() != TEMPORAL_BUN_ABI_VERSION) {
        fprintf(stderr, "the header is of another version than the library\n");
        return 1;
    }
    runtime = temporal_bun_runtime_new(NULL, 0);
    if (runtime == 0 || temporal_bun_runtime_free(runtime) != TEMPORAL_BUN_CODE_OK) {
        fprintf(stderr, "a runtime could not be started and freed\n");
        return 1;
    }
    printf("%u\n", (unsigned)temporal_bun_abi_version());
    return 0;
}
