// A program in C++ that asks a server for its version: a call of a service by name, with messages as JSON.
// TEMPORAL_ADDRESS names the server, localhost:7233 without it.
#include <temporal_bun_bridge.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

const std::uint8_t *bytes(const std::string &text)
{
    return reinterpret_cast<const std::uint8_t *>(text.data());
}

/* What a function copies out: asks for the size, then for the bytes. */
template <typename Call> std::string copied(Call call)
{
    const std::int64_t size = call(nullptr, 0);
    if (size < 0) {
        throw std::runtime_error("a call of the library failed with the code " + std::to_string(-size));
    }
    std::string out(static_cast<std::size_t>(size), '\0');
    call(reinterpret_cast<std::uint8_t *>(&out[0]), out.size());
    return out;
}

/* The handle that a pending call makes, or an exception with its error. */
void wait_for(std::uint64_t pending)
{
    if (pending == 0 || temporal_bun_pending_wait(pending, -1) != 1) {
        temporal_bun_pending_take(pending, nullptr, 0);
        throw std::runtime_error(copied(temporal_bun_last_error));
    }
}

/* Frees a handle when it goes out of scope. */
class Handle {
public:
    Handle(std::uint64_t handle, temporal_bun_code (*free)(std::uint64_t)) : handle_(handle), free_(free) {}
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() { free_(handle_); }
    std::uint64_t get() const { return handle_; }

private:
    std::uint64_t handle_;
    temporal_bun_code (*free_)(std::uint64_t);
};

void run()
{
    const char *const address = std::getenv("TEMPORAL_ADDRESS");
    const std::string config = std::string("{\"clientName\":\"cpp-client\",\"clientVersion\":\"1\",\"target\":\"http://") +
                               (address != nullptr ? address : "localhost:7233") + "\"}";

    const Handle runtime(temporal_bun_runtime_new(nullptr, 0), temporal_bun_runtime_free);
    const Handle connecting(temporal_bun_client_connect(runtime.get(), bytes(config), config.size(), 0, 0),
                            temporal_bun_pending_free);
    wait_for(connecting.get());
    const Handle client(temporal_bun_pending_take_handle(connecting.get()), temporal_bun_client_free);

    const std::string method = "temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
    const Handle calling(
        temporal_bun_client_call(client.get(), bytes(method), method.size(), nullptr, 0, nullptr, 0, 0, 0),
        temporal_bun_pending_free);
    wait_for(calling.get());
    const std::int64_t size = temporal_bun_pending_result_size(calling.get());
    std::string response(static_cast<std::size_t>(size), '\0');
    temporal_bun_pending_take(calling.get(), reinterpret_cast<std::uint8_t *>(&response[0]), response.size());

    const std::string name = "temporal.api.workflowservice.v1.GetSystemInfoResponse";
    std::cout << copied([&](std::uint8_t *out, std::size_t room) {
        return temporal_bun_message_to_json(bytes(name), name.size(), bytes(response), response.size(), out, room);
    }) << std::endl;
}

} // namespace

int main()
{
    try {
        run();
        return 0;
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
