#!/usr/bin/env python3
"""A worker for activities and workflows, with nothing but Python's own library and messages as JSON.

The server comes from the TEMPORAL_... variables or a profile. SIGTERM and Ctrl-C end the worker in good order.
"""

import asyncio
import base64
import itertools
import json
import os
import signal
import socket

from bridge import CODE, HANDLE, SIZE, Queue, bind, message_from_json, record_heartbeat

TASK_QUEUE = os.environ.get("TASK_QUEUE", "python-worker")


def to_payload(value):
    encode = lambda data: base64.b64encode(data).decode()
    return {"metadata": {"encoding": encode(b"json/plain")}, "data": encode(json.dumps(value).encode())}


def from_payload(payload):
    return json.loads(base64.b64decode(payload.get("data", "")) or "null")


def failure(error):
    # Python's text may have halves of characters, which messages cannot hold.
    message = str(error).encode(errors="replace").decode()
    return {"failure": {"message": message, "applicationFailureInfo": {"type": type(error).__name__}}}


class Activities:
    """Runs activities: coroutines that are given a function for heartbeats and the arguments. A cancellation cancels them."""

    def __init__(self, queue, worker, functions):
        self.queue, self.worker, self.functions, self.running = queue, worker, functions, {}
        self.end = queue.stream("activity", worker, b"coresdk.activity_task.ActivityTask", self.take)

    def take(self, task):
        token = task["taskToken"]
        if "start" in task:
            self.running[token] = asyncio.ensure_future(self.run(token, task["start"]))
        elif token in self.running:
            # Not at once: asyncio never starts a coroutine that is cancelled before, and nothing would answer the task.
            asyncio.get_running_loop().call_soon(self.running[token].cancel)

    async def run(self, token, start):
        def heartbeat(*details):
            beat = {"taskToken": token, "details": [to_payload(detail) for detail in details]}
            record_heartbeat(self.worker, message_from_json(b"coresdk.ActivityHeartbeat", json.dumps(beat).encode()))

        try:
            arguments = [from_payload(payload) for payload in start.get("input", [])]
            result = await self.functions[start["activityType"]](heartbeat, *arguments)
            result = {"completed": {"result": to_payload(result)}}
        except asyncio.CancelledError:
            result = {"cancelled": {"failure": {"message": "cancelled", "canceledFailureInfo": {}}}}
        except Exception as error:
            result = {"failed": failure(error)}
        del self.running[token]
        done = json.dumps({"taskToken": token, "result": result}).encode()
        done = message_from_json(b"coresdk.ActivityTaskCompletion", done)
        await self.queue.call("worker_complete_activity_task", "hb", self.worker, done)


class Workflows:
    """Runs workflows: generators that yield activities, and return what the workflow does."""

    def __init__(self, queue, worker, functions):
        self.queue, self.worker, self.functions, self.runs = queue, worker, functions, {}
        name = b"coresdk.workflow_activation.WorkflowActivation"
        self.end = queue.stream("workflow", worker, name, self.take)

    def take(self, activation):
        def completion(status):
            done = json.dumps({"runId": activation["runId"], **status}).encode()
            return message_from_json(b"coresdk.workflow_completion.WorkflowActivationCompletion", done)

        try:
            # What a workflow asks for may be no message either.
            commands = [c for job in activation["jobs"] for c in self.answer(activation, job)]
            done = completion({"successful": {"commands": commands}})
        except Exception as error:
            done = completion({"failed": failure(error)})
        asyncio.ensure_future(self.queue.call("worker_complete_workflow_task", "hb", self.worker, done))

    def answer(self, activation, job):
        """Does what a job of an activation asks for. Gives the commands that come of it."""
        run_id = activation["runId"]
        if start := job.get("initializeWorkflow"):
            arguments = [from_payload(payload) for payload in start.get("arguments", [])]
            self.runs[run_id] = (self.functions[start["workflowType"]](*arguments), itertools.count(1))
            return self.go_on(run_id, None)
        if resolution := job.get("resolveActivity"):
            completed = resolution["result"].get("completed")
            if completed is None:
                return [{"failWorkflowExecution": {"failure": resolution["result"].get("failed", {}).get("failure", {})}}]
            return self.go_on(run_id, from_payload(completed.get("result", {})))
        if "cancelWorkflow" in job:
            return [{"cancelWorkflowExecution": {}}]
        if "removeFromCache" in job:
            self.runs.pop(run_id, None)
            return []
        raise NotImplementedError(f"this worker does not know the job {job}")

    def go_on(self, run_id, value):
        workflow, numbers = self.runs[run_id]
        try:
            name, *arguments = workflow.send(value)
        except StopIteration as end:
            return [{"completeWorkflowExecution": {"result": to_payload(end.value)}}]
        seq = next(numbers)
        activity = {"seq": seq, "activityId": str(seq), "activityType": name, "taskQueue": TASK_QUEUE}
        activity |= {"arguments": [to_payload(a) for a in arguments], "startToCloseTimeout": "60s"}
        return [{"scheduleActivity": activity}]


async def echo(heartbeat, value):
    return value


async def greet(heartbeat, name):
    return f"Hello, {name}!"


async def wait(heartbeat):
    """Tells that it lives until it is cancelled."""
    while True:
        heartbeat("waiting")
        await asyncio.sleep(0.1)


def greeting(name):
    greeted = yield "greet", name
    return greeted


def worker_config(namespace):
    slots = {"type": "fixed", "slots": 10}
    return {
        "namespace": namespace, "taskQueue": TASK_QUEUE, "versioning": {"type": "none", "buildId": "python-worker"},
        "taskTypes": {"workflows": True, "localActivities": False, "activities": True, "nexus": False},
        "tuner": {"workflow": slots, "activity": slots, "localActivity": slots, "nexus": slots},
        "gracefulShutdownPeriodMs": 0, "maxHeartbeatThrottleIntervalMs": 100, "defaultHeartbeatThrottleIntervalMs": 100,
    }  # fmt: skip


async def main():
    queue = Queue()
    loaded = json.loads(bind("client_config_load", SIZE, "bo")(b"{}"))
    identity = f"{os.getpid()}@{socket.gethostname()}"
    config = {"clientName": "python-worker", "clientVersion": "1", "identity": identity, **loaded["client"]}
    runtime = bind("runtime_new", HANDLE, "b")(b"{}")
    client = await queue.call("client_connect", "hb", runtime, json.dumps(config).encode())
    config = json.dumps(worker_config(loaded["namespace"])).encode()
    worker = bind("worker_new", HANDLE, "hhb")(runtime, client, config)
    await queue.call("worker_validate", "h", worker)

    def shut_down():
        bind("worker_initiate_shutdown", CODE, "h")(worker)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, shut_down)
    workflows = Workflows(queue, worker, {"greeting": greeting})
    activities = Activities(queue, worker, {"echo": echo, "greet": greet, "wait": wait})
    print("polling", flush=True)
    # The streams end when all tasks are completed, and the finalization when their completions were sent.
    await asyncio.gather(workflows.end, activities.end)
    await queue.call("worker_finalize_shutdown", "h", worker)
    for name, handle in (("worker", worker), ("client", client), ("runtime", runtime)):
        bind(name + "_free", CODE, "h")(handle)
    queue.close()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
