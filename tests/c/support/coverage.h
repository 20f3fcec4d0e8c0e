/* Tells which code a call has reached, if the library was compiled with counters, as scripts/fuzz does. */
#ifndef TESTS_C_COVERAGE_H
#define TESTS_C_COVERAGE_H

#include <stdbool.h>

/* Whether the library has counters. */
bool coverage_is_counted(void);

/*
 * Whether since the last call code ran that did not run before, or ran more often than before. Always false without
 * counters.
 */
bool coverage_grew(void);

#endif
