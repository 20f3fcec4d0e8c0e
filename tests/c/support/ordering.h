/*
 * What the library promises about memory, said to ThreadSanitizer, which sees nothing of the library: it is not
 * instrumented, and orders memory by atomics of its own. Without ThreadSanitizer these do nothing.
 */
#ifndef TESTS_C_ORDERING_H
#define TESTS_C_ORDERING_H

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

/* What this thread wrote so far is seen by the thread that the library lets take over. */
static inline void hand_over(void *address)
{
    __tsan_release(address);
}

/* This thread sees what another wrote before it handed over. */
static inline void take_over(void *address)
{
    __tsan_acquire(address);
}
#else
static inline void hand_over(void *address)
{
    (void)address;
}

static inline void take_over(void *address)
{
    (void)address;
}
#endif

#endif
