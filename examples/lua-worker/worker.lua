#!/usr/bin/env luajit
-- An activity worker in Lua: LuaJIT's FFI, and lua-cjson for messages as JSON. One thread, no callbacks.
--
-- TEMPORAL_BUN_BRIDGE names the library, and TEMPORAL_BUN_HEADER its header, which both are otherwise looked for in
-- /usr/local. The server comes from the TEMPORAL_... variables or a profile. SIGTERM and Ctrl-C end it in good order.

local ffi = require 'ffi'
local json = require 'cjson'

local RECORD_MORE = 0x80000000
local BYTES, ERROR, HANDLE, STREAM_END = 0, 1, 2, 3
local HEARTBEAT_MS = 100

ffi.cdef [[
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *fds, unsigned long count, int timeout);
typedef struct { unsigned long bits[16]; } sigset_t;
int sigemptyset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int signalfd(int fd, const sigset_t *set, int flags);
long read(int fd, void *out, size_t count);
int getpid(void);
]]

ffi.cdef [[
typedef uint64_t temporal_bun_handle;
typedef int32_t temporal_bun_code;
typedef void (*temporal_bun_wake)(void *user_data);
]]
-- LuaJIT has no preprocessor, so that it is given the functions of the header alone.
local header = assert(io.open(os.getenv 'TEMPORAL_BUN_HEADER' or '/usr/local/include/temporal_bun_bridge.h')):read '*a'
for declaration in header:gmatch '\n([%w_]+ temporal_bun_[%w_]+%b();)' do ffi.cdef(declaration) end
local lib = ffi.load(os.getenv 'TEMPORAL_BUN_BRIDGE' or '/usr/local/lib/libtemporal_bun_bridge.so.1')

-- Calls a function that copies its result out: first for the size, then for the bytes.
local function copied(call)
  local size = tonumber(call(nil, 0))
  if size < 0 then return nil end
  local room = ffi.new('uint8_t[?]', size)
  call(room, size)
  return ffi.string(room, size)
end

local function last_error()
  return copied(lib.temporal_bun_last_error)
end

-- Raises the library's error if a call failed: a handle 0 or another code than 0.
local function checked(result, is_handle)
  if is_handle and result == 0 or not is_handle and result ~= 0 then error(last_error()) end
  return result
end

local function encode(name, message)
  local text = json.encode(message)
  return copied(function(out, size)
    return lib.temporal_bun_message_from_json(name, #name, text, #text, out, size)
  end) or error(last_error())
end

local function decode(name, bytes)
  return json.decode(copied(function(out, size)
    return lib.temporal_bun_message_to_json(name, #name, bytes, #bytes, out, size)
  end) or error(last_error()))
end

local queue = checked(lib.temporal_bun_queue_new(nil, nil), true)

-- The records of one drain: tag, kind and payload of each.
local function drain()
  local size = tonumber(lib.temporal_bun_queue_ready_bytes(queue))
  local room = ffi.new('uint8_t[?]', math.max(size, 1))
  size = tonumber(lib.temporal_bun_queue_drain(queue, room, size))
  local records, at = {}, 0
  while at < size do
    local tag = tonumber(ffi.cast('uint64_t *', room + at)[0])
    local head = ffi.cast('uint32_t *', room + at + 8)
    local length = tonumber(head[1])
    local kind = tonumber(head[0]) % RECORD_MORE
    records[#records + 1] = { tag = tag, kind = kind, payload = ffi.string(room + at + 16, length) }
    at = at + 16 + math.ceil(length / 8) * 8
  end
  return records
end

-- Waits for a call beside which nothing else is under way; the handle that it made, if it did.
local function await(submitted)
  checked(submitted, true)
  lib.temporal_bun_queue_wait(queue, -1)
  local record = drain()[1]
  if record.kind == ERROR then error(record.payload) end
  if record.kind == HANDLE then return ffi.cast('uint64_t *', ffi.cast('const char *', record.payload))[0] end
end

local loaded = json.decode(copied(function(out, size)
  return lib.temporal_bun_client_config_load(nil, 0, out, size)
end) or error(last_error()))
loaded.client.clientName, loaded.client.clientVersion = 'lua-worker', '1'
loaded.client.identity = ffi.C.getpid() .. '@lua-worker'

-- Signals are read from a descriptor. Threads that the library starts from here on leave them to it.
local signals = ffi.new 'sigset_t'
ffi.C.sigemptyset(signals)
for _, number in ipairs { 2, 15 } do ffi.C.sigaddset(signals, number) end
ffi.C.pthread_sigmask(0, signals, nil)

local runtime = checked(lib.temporal_bun_runtime_new(nil, 0), true)
local config = json.encode(loaded.client)
local client = await(lib.temporal_bun_client_connect(runtime, config, #config, queue, 1))
local slots = { type = 'fixed', slots = 100 }
config = json.encode {
  namespace = loaded.namespace,
  taskQueue = os.getenv 'TASK_QUEUE' or 'lua-worker',
  taskTypes = { workflows = false, localActivities = false, activities = true, nexus = false },
  versioning = { type = 'none', buildId = 'lua-worker' },
  tuner = { workflow = slots, activity = slots, localActivity = slots, nexus = slots },
  gracefulShutdownPeriodMs = 0,
  maxHeartbeatThrottleIntervalMs = HEARTBEAT_MS,
  defaultHeartbeatThrottleIntervalMs = HEARTBEAT_MS,
}
local worker = checked(lib.temporal_bun_worker_new(runtime, client, config, #config), true)
await(lib.temporal_bun_worker_validate(worker, queue, 1))

-- The task tokens of activities that wait to be cancelled.
local waiting = {}
local TASKS, COMPLETED = 2, 3

local function complete(token, result)
  local completion = encode('coresdk.ActivityTaskCompletion', { taskToken = token, result = result })
  checked(lib.temporal_bun_worker_complete_activity_task(worker, completion, #completion, queue, COMPLETED), true)
end

local activities = {
  -- Returns its argument, a payload, as it came: it need not be read.
  echo = function(token, start)
    complete(token, { completed = { result = start.input[1] } })
  end,
  -- Tells that it lives until it is cancelled.
  wait = function(token)
    waiting[token] = true
  end,
}

local function run(task)
  local token = task.taskToken
  if task.start then
    local activity = activities[task.start.activityType]
    if activity then return activity(token, task.start) end
    local info = { nonRetryable = true }
    complete(token, { failed = { failure = { message = 'no such activity', applicationFailureInfo = info } } })
  elseif waiting[token] then
    waiting[token] = nil
    complete(token, { cancelled = { failure = { message = 'cancelled', canceledFailureInfo = {} } } })
  end
end

local function send_heartbeats()
  -- The details are a payload with the JSON text "waiting".
  local details = { metadata = { encoding = 'anNvbi9wbGFpbg==' }, data = 'IndhaXRpbmci' }
  for token in pairs(waiting) do
    local heartbeat = encode('coresdk.ActivityHeartbeat', { taskToken = token, details = { details } })
    checked(lib.temporal_bun_worker_record_activity_heartbeat(worker, heartbeat, #heartbeat))
  end
end

-- Runs the tasks of one drain. True once the stream of tasks has ended.
local function run_tasks()
  local has_ended = false
  for _, record in ipairs(drain()) do
    if record.kind == ERROR then
      io.stderr:write(record.payload, '\n')
    elseif record.tag == TASKS and record.kind == STREAM_END then
      has_ended = true
    elseif record.tag == TASKS and record.kind == BYTES then
      run(decode('coresdk.activity_task.ActivityTask', record.payload))
    end
  end
  return has_ended
end

checked(lib.temporal_bun_worker_attach_activity_queue(worker, queue, TASKS))
local POLLIN = 1
local watched = ffi.new('struct pollfd[2]')
watched[0].fd, watched[0].events = lib.temporal_bun_queue_fd(queue), POLLIN
watched[1].fd, watched[1].events = ffi.C.signalfd(-1, signals, 0), POLLIN
print 'polling'
io.stdout:flush()
local has_ended = false
while not has_ended do
  local count = ffi.C.poll(watched, 2, next(waiting) and HEARTBEAT_MS or -1)
  if count == 0 then
    send_heartbeats()
  elseif watched[1].revents ~= 0 then
    ffi.C.read(watched[1].fd, ffi.new 'char[128]', 128)
    -- Activities that run are told so, by cancellations. The stream ends when all are completed.
    checked(lib.temporal_bun_worker_initiate_shutdown(worker))
  else
    has_ended = run_tasks()
  end
end
-- The finalization waits until the last completions are sent.
local finalized = checked(lib.temporal_bun_worker_finalize_shutdown(worker, 0, 0), true)
if lib.temporal_bun_pending_wait(finalized, -1) ~= 1 then error 'the finalization failed' end
checked(lib.temporal_bun_pending_free(finalized))
run_tasks()
checked(lib.temporal_bun_worker_free(worker))
checked(lib.temporal_bun_client_free(client))
checked(lib.temporal_bun_runtime_free(runtime))
checked(lib.temporal_bun_queue_close(queue))
print 'done'
