/*
 * Checks for the C harness.
 *
 * A check that fails says where and why, and ends the program, whatever thread it is in: most of these tests have
 * several, which the C test libraries do not let assert. A program is a list of TEST(function) in its main().
 */
#ifndef TESTS_C_CHECK_H
#define TESTS_C_CHECK_H

#include <stdint.h>

/* The condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, "%s", #condition))

/* Two whole numbers are equal. */
#define CHECK_INT(actual, expected) check_int(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))

/* Two texts are equal. */
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))

/* Runs a test, a function without arguments, and says so. */
#define TEST(test) run_test(#test, (test))

_Noreturn void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void check_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void run_test(const char *name, void (*test)(void));

#endif
