#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    /* Without destructors: other threads may still be at work. */
    _Exit(1);
}

void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
    if (actual != expected) {
        check_failed(file, line, "%s is %lld, not %lld", what, (long long)actual, (long long)expected);
    }
}

void check_text(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    if (actual == NULL || strcmp(actual, expected) != 0) {
        check_failed(file, line, "%s is \"%s\", not \"%s\"", what, actual ? actual : "(null)", expected);
    }
}

void run_test(const char *name, void (*test)(void))
{
    printf("  %s\n", name);
    fflush(stdout);
    test();
}
