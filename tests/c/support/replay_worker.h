/*
 * Real tasks without a server: a replay worker, and a history that is made here.
 */
#ifndef TESTS_C_REPLAY_WORKER_H
#define TESTS_C_REPLAY_WORKER_H

#include "shutdown.h"

/* A new replay worker. */
uint64_t replay_worker(uint64_t runtime);

/* The history of a workflow that completed in its first task, encoded; to be freed. */
struct bytes short_history(const char *run_id);

/* Pushes such a history, and waits until the worker has it. */
void push_short_history(uint64_t worker, const char *run_id);

/* What the workflow of that history answers to an activation: an encoded completion, to be freed. */
struct bytes short_history_answer(const Activation *activation);

#endif
