#include "coverage.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *counters, *reached;
static size_t count;

/* The library calls this when it is loaded. The name is LLVM's. */
void __sanitizer_cov_8bit_counters_init(uint8_t *begin, uint8_t *end);

void __sanitizer_cov_8bit_counters_init(uint8_t *begin, uint8_t *end)
{
    counters = begin;
    count = (size_t)(end - begin);
    reached = calloc(count, 1);
}

bool coverage_is_counted(void)
{
    return count > 0;
}

/* One bit for each of 1, 2, 3, 4, 8, 16, 32 and 128 times or more: a few more rounds of a loop are nothing new. */
static uint8_t times(uint8_t counted)
{
    static const uint8_t least[] = {1, 2, 3, 4, 8, 16, 32, 128};
    uint8_t bit = 0;
    for (size_t i = 0; i < sizeof least && counted >= least[i]; i++) {
        bit = (uint8_t)(1u << i);
    }
    return bit;
}

bool coverage_grew(void)
{
    bool grew = false;
    for (size_t i = 0; i < count; i++) {
        if (counters[i] != 0) {
            uint8_t bit = times(counters[i]);
            grew |= (reached[i] & bit) == 0;
            reached[i] |= bit;
        }
    }
    if (count > 0) {
        memset(counters, 0, count);
    }
    return grew;
}
