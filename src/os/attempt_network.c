/*
 * attempt_network.c - a listener and a connection on loop-back.
 *
 * Winsock is loaded for a probe alone: neither the DLL nor the runner needs it otherwise.
 */
#include <winsock2.h>
#include <ws2tcpip.h>

#include "os/attempt.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>

#define CONNECT_WAIT_S 3 /* what is dropped instead of refused is as good as stopped */
#define BACKLOG        4

static struct winsock {
    int(WSAAPI *startup)(WORD, WSADATA *);
    int(WSAAPI *cleanup)(void);
    SOCKET(WSAAPI *socket)(int, int, int);
    int(WSAAPI *close)(SOCKET);
    int(WSAAPI *bind)(SOCKET, const struct sockaddr *, int);
    int(WSAAPI *listen)(SOCKET, int);
    int(WSAAPI *name)(SOCKET, struct sockaddr *, int *);
    SOCKET(WSAAPI *accept)(SOCKET, struct sockaddr *, int *);
    int(WSAAPI *connect)(SOCKET, const struct sockaddr *, int);
    int(WSAAPI *select)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);
    int(WSAAPI *control)(SOCKET, long, u_long *);
    int(WSAAPI *option)(SOCKET, int, int, char *, int *);
    int(WSAAPI *error)(void);
} calls;

static BOOL CALLBACK look_up(INIT_ONCE *once, void *parameter, void **context)
{
    static const struct {
        const char *name;
        size_t offset;
    } names[] = {
        {"WSAStartup", offsetof(struct winsock, startup)},
        {"WSACleanup", offsetof(struct winsock, cleanup)},
        {"socket", offsetof(struct winsock, socket)},
        {"closesocket", offsetof(struct winsock, close)},
        {"bind", offsetof(struct winsock, bind)},
        {"listen", offsetof(struct winsock, listen)},
        {"getsockname", offsetof(struct winsock, name)},
        {"accept", offsetof(struct winsock, accept)},
        {"connect", offsetof(struct winsock, connect)},
        {"select", offsetof(struct winsock, select)},
        {"ioctlsocket", offsetof(struct winsock, control)},
        {"getsockopt", offsetof(struct winsock, option)},
        {"WSAGetLastError", offsetof(struct winsock, error)},
    };

    (void)once, (void)parameter, (void)context;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        native_function function = native_call(L"ws2_32.dll", names[i].name);

        if (!function)
            return FALSE;
        memcpy((char *)&calls + names[i].offset, &function, sizeof function);
    }
    return TRUE;
}

/* Each success is ended by calls.cleanup. */
static uint32_t begin(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    WSADATA data;

    if (!InitOnceExecuteOnce(&once, look_up, NULL, NULL))
        return ERROR_PROC_NOT_FOUND;
    return (uint32_t)calls.startup(MAKEWORD(2, 2), &data);
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int loopback(bool v6, uint16_t port, union address *address)
{
    uint16_t on_wire = (uint16_t)(port << 8 | port >> 8);

    memset(address, 0, sizeof *address);
    if (v6) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = on_wire;
        address->v6.sin6_addr.s6_addr[15] = 1;
        return sizeof address->v6;
    }
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = on_wire;
    address->v4.sin_addr.S_un.S_un_b.s_b1 = 127;
    address->v4.sin_addr.S_un.S_un_b.s_b4 = 1;
    return sizeof address->v4;
}

struct attempt_listener {
    SOCKET socket;
};

sbx_status attempt_listen(bool v6, struct attempt_listener **listener, uint16_t *port,
                          struct sbx_error *error)
{
    union address address;
    int size = loopback(v6, 0, &address);
    struct attempt_listener *made = sbx_alloc(sizeof *made);
    u_long nonblocking = 1;
    uint32_t system;

    if (!made)
        return error_memory(error, "a listener");
    system = begin();
    if (system) {
        sbx_free(made);
        return error_system(error, "WSAStartup", system);
    }
    made->socket = calls.socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (made->socket == INVALID_SOCKET) {
        system = (uint32_t)calls.error();
        calls.cleanup();
        sbx_free(made);
        return error_system(error, "socket", system);
    }
    if (calls.bind(made->socket, &address.any, size) || calls.listen(made->socket, BACKLOG) ||
        calls.name(made->socket, &address.any, &size) ||
        calls.control(made->socket, (long)FIONBIO, &nonblocking)) {
        system = (uint32_t)calls.error();
        attempt_listener_close(made);
        return error_system(error, "bind", system);
    }
    *port = v6 ? address.v6.sin6_port : address.v4.sin_port;
    *port = (uint16_t)(*port << 8 | *port >> 8);
    *listener = made;
    return SBX_OK;
}

bool attempt_heard(struct attempt_listener *listener)
{
    SOCKET heard = calls.accept(listener->socket, NULL, NULL);
    bool any = false;

    while (heard != INVALID_SOCKET) {
        any = true;
        calls.close(heard);
        heard = calls.accept(listener->socket, NULL, NULL);
    }
    return any;
}

void attempt_listener_close(struct attempt_listener *listener)
{
    if (!listener)
        return;
    calls.close(listener->socket);
    calls.cleanup();
    sbx_free(listener);
}

/* What came of a connection that was begun; 10060 when nothing did. */
static uint32_t await_connection(SOCKET made)
{
    struct timeval wait = {.tv_sec = CONNECT_WAIT_S};
    fd_set writable, failed;
    int answer = 0;
    int size = sizeof answer;

    writable.fd_count = failed.fd_count = 1;
    writable.fd_array[0] = failed.fd_array[0] = made;
    switch (calls.select(0, NULL, &writable, &failed, &wait)) {
    case 0:
        return WSAETIMEDOUT;
    case SOCKET_ERROR:
        return (uint32_t)calls.error();
    default:
        if (calls.option(made, SOL_SOCKET, SO_ERROR, (char *)&answer, &size))
            return (uint32_t)calls.error();
        return (uint32_t)answer;
    }
}

uint32_t attempt_connect(bool v6, uint16_t port)
{
    union address address;
    int size = loopback(v6, port, &address);
    uint32_t system = begin();
    u_long nonblocking = 1;
    SOCKET made;

    if (system)
        return system;
    made = calls.socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (made == INVALID_SOCKET) {
        system = (uint32_t)calls.error();
    } else {
        calls.control(made, (long)FIONBIO, &nonblocking);
        if (calls.connect(made, &address.any, size))
            system = (uint32_t)calls.error();
        if (system == WSAEWOULDBLOCK)
            system = await_connection(made);
        calls.close(made);
    }
    calls.cleanup();
    return system;
}
