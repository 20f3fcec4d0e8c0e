/*
 * A workflow and its activity, in C. The workflow "greeting" calls the activity "greet" with its own argument, a
 * name, and completes with what that returns: "Hello, <name>!".
 */
#ifndef TESTS_C_GREETING_H
#define TESTS_C_GREETING_H

#include "messages.h"

/* What the workflow answers to an activation: an encoded completion, to be freed. */
struct bytes greeting_answer(const Activation *activation, const char *task_queue);

/* Polls a workflow task and answers it; why the run was evicted, -1 if it was not. */
int answer_workflow_task(uint64_t worker, const char *task_queue);

/* What the activity answers to the start of a task: an encoded completion, to be freed. */
struct bytes greet_answer(const ActivityTask *task);

#endif
