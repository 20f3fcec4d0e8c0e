/*
 * The end of a worker whose workflow tasks are polled, in both phases.
 */
#ifndef TESTS_C_SHUTDOWN_H
#define TESTS_C_SHUTDOWN_H

#include "messages.h"

/* Shuts the worker down, tells core that the runs which it evicts are gone, and frees the worker. No other workflow
   task * may be left. */
void end_worker(uint64_t worker);

#endif
