"""The library for Python: its functions by ctypes, and its completion queues in asyncio.

TEMPORAL_BUN_BRIDGE names the library, which is otherwise looked for as programs look for theirs.
"""

import asyncio
import ctypes
import itertools
import json
import os
import struct

lib = ctypes.CDLL(os.environ.get("TEMPORAL_BUN_BRIDGE", "libtemporal_bun_bridge.so.1"))


class BridgeError(Exception):
    """An error of the library."""

    def __init__(self, json_text):
        self.error = json.loads(json_text)
        super().__init__(f"{self.error['code']}: {self.error['message']}")


# What functions return: the C type, and which values are failures.
HANDLE = (ctypes.c_uint64, lambda value: value == 0)
CODE = (ctypes.c_int32, lambda value: value != 0)
STATE = (ctypes.c_int32, lambda value: value < 0)
SIZE = (ctypes.c_int64, lambda value: value < 0)


def bind(name, returns, arguments):
    """Makes a Python function of one of the library's. Arguments: h a handle or tag, b bytes with their length, o room
    that the result is copied to, which the function then returns as bytes."""
    native = getattr(lib, "temporal_bun_" + name)
    types = {"h": [ctypes.c_uint64], "b": [ctypes.c_char_p, ctypes.c_size_t], "o": [ctypes.c_void_p, ctypes.c_size_t]}
    native.restype, is_failure = returns
    native.argtypes = [ctype for kind in arguments for ctype in types[kind]]

    def call(*values):
        flat = []
        for kind, value in zip(arguments, values):
            flat += (value, len(value)) if kind == "b" else (value,)
        result = native(*flat, None, 0) if "o" in arguments else native(*flat)
        if is_failure(result):
            raise BridgeError(last_error())
        if "o" not in arguments:
            return result
        room = ctypes.create_string_buffer(result)
        native(*flat, room, result)
        return room.raw

    return call


last_error = bind("last_error", SIZE, "o")
message_to_json = bind("message_to_json", SIZE, "bbo")
message_from_json = bind("message_from_json", SIZE, "bbo")
record_heartbeat = bind("worker_record_activity_heartbeat", CODE, "hb")


class Queue:
    """A completion queue of the running loop. The loop watches its file descriptor: no other thread calls Python."""

    def __init__(self):
        self.handle = bind("queue_new", HANDLE, "hh")(0, 0)
        self.tags = itertools.count(1)
        self.receivers = {}
        self.fd = bind("queue_fd", STATE, "h")(self.handle)
        asyncio.get_running_loop().add_reader(self.fd, self.drain)

    def drain(self):
        length = lib.temporal_bun_queue_ready_bytes(ctypes.c_uint64(self.handle))
        room = ctypes.create_string_buffer(length)
        length = lib.temporal_bun_queue_drain(ctypes.c_uint64(self.handle), room, ctypes.c_size_t(length))
        records, at = room.raw, 0
        while at < length:
            tag, kind, size = struct.unpack_from("<QII", records, at)
            payload = records[at + 16 : at + 16 + size]
            at += 16 + (size + 7) // 8 * 8
            self.receivers[tag](kind & 0x7FFFFFFF, payload)

    def call(self, name, arguments, *values):
        """Makes an asynchronous call. The future has its bytes or its handle."""
        tag, future = next(self.tags), asyncio.get_running_loop().create_future()

        def receive(kind, payload):
            del self.receivers[tag]
            if kind == 1:
                future.set_exception(BridgeError(payload))
            else:
                future.set_result(int.from_bytes(payload, "little") if kind == 2 else payload)

        self.receivers[tag] = receive
        bind(name, HANDLE, arguments + "hh")(*values, self.handle, tag)
        return future

    def stream(self, kind_of_task, worker, message, on_task):
        """Gives on_task each task of a kind. The future ends with the stream."""
        tag, end = next(self.tags), asyncio.get_running_loop().create_future()

        def receive(kind, payload):
            if kind == 0:
                on_task(json.loads(message_to_json(message, payload)))
            elif kind == 1:
                end.set_exception(BridgeError(payload))
            elif not end.done():
                end.set_result(None)

        self.receivers[tag] = receive
        bind(f"worker_attach_{kind_of_task}_queue", CODE, "hhh")(worker, self.handle, tag)
        return end

    def close(self):
        asyncio.get_running_loop().remove_reader(self.fd)
        bind("queue_close", CODE, "h")(self.handle)
