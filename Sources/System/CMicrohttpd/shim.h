// Makes libmicrohttpd a Swift module: its varargs start gets one function, its closed enumerations constants.
#pragma once
#include <microhttpd.h>

static const enum MHD_Result clave_mhd_yes = MHD_YES;
static const enum MHD_Result clave_mhd_no = MHD_NO;
static const enum MHD_ValueKind clave_mhd_header = MHD_HEADER_KIND;
static const enum MHD_ValueKind clave_mhd_argument = MHD_GET_ARGUMENT_KIND;

// A TLS server (1.2 or later) on its own threads, with event polling and connections that can be suspended; NULL if it
// can't listen. `key` and `certificates` are PEM, read before this returns. `completed` is called once for each request
// for which `handler` was, however it ended.
static inline struct MHD_Daemon *clave_mhd_start(const struct sockaddr *address, unsigned threads, unsigned connections,
                                                 unsigned timeout, const char *key, const char *certificates,
                                                 MHD_AccessHandlerCallback handler,
                                                 MHD_RequestCompletedCallback completed, void *context) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handler,
        context, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
        connections, MHD_OPTION_CONNECTION_TIMEOUT, timeout, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_NOTIFY_COMPLETED, completed,
        context, MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificates, MHD_OPTION_END);
}

// The port that a server listens on; 0 if it is not known.
static inline uint16_t clave_mhd_port(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *information = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return information ? information->port : 0;
}

// The address of the other end of a connection, or NULL.
static inline const struct sockaddr *clave_mhd_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *information =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return information ? information->client_addr : NULL;
}

// A response with a copy of the bytes.
static inline struct MHD_Response *clave_mhd_response(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
