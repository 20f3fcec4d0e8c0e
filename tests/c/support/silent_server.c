#include "silent_server.h"

#include "bridge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct silent_server silent_server_start(void)
{
    struct silent_server server = {.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    CHECK(server.socket >= 0);
    CHECK_INT(bind(server.socket, (struct sockaddr *)&address, length), 0);
    /* The kernel completes connections that nobody accepts, up to this many. */
    CHECK_INT(listen(server.socket, 1024), 0);
    CHECK_INT(getsockname(server.socket, (struct sockaddr *)&address, &length), 0);
    snprintf(server.target, sizeof server.target, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return server;
}

void silent_server_stop(struct silent_server *server)
{
    close(server->socket);
}

uint64_t silent_client(uint64_t runtime, const struct silent_server *server)
{
    char *config = hasty_client_config(server->target);
    uint64_t client = RESULT_HANDLE(temporal_bun_client_connect(runtime, TEXT(config), 0, 0));
    free(config);
    return client;
}

uint64_t endless_call(uint64_t client, uint64_t queue, uint64_t tag)
{
    return temporal_bun_client_call(client, TEXT("temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"),
                                    NULL, 0, TEXT("{\"retry\":false}"), queue, tag);
}
