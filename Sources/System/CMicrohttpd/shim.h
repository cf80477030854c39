// Makes libmicrohttpd a Swift module: its varargs start gets one function, its closed enumerations constants.
#pragma once
#include <microhttpd.h>
#include <stdbool.h>

static const enum MHD_Result clave_mhd_yes = MHD_YES;
static const enum MHD_Result clave_mhd_no = MHD_NO;
static const enum MHD_ValueKind clave_mhd_header = MHD_HEADER_KIND;
static const enum MHD_ValueKind clave_mhd_argument = MHD_GET_ARGUMENT_KIND;
static const enum MHD_ConnectionNotificationCode clave_mhd_started = MHD_CONNECTION_NOTIFY_STARTED;

// Up to 0.9.76 the library takes bare line feeds and folded lines and has no option against them, but leaves a request's
// lines where they came in, each ended by as many zeros as its end had signs: what was taken can be seen there. Later
// ones refuse by themselves at discipline level 1.
static inline bool clave_mhd_leaves_lines(void) { return MHD_VERSION < 0x00097701; }

// Bytes of a connection's memory, in which a request's first line stands at the very beginning. More than 32 KiB, so that the
// library maps it in whole pages, and the beginning of a page shows that beginning.
static const size_t clave_mhd_memory = 40 * 1024;

// Suites with authenticated encryption and forward secrecy only, TLS 1.2 or later, no SHA-1 in signatures. GnuTLS begins
// no renegotiation that a client asks for, and libmicrohttpd ends the connection; a client without RFC 5746 is refused.
static const char clave_mhd_priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:"
    "-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SAFE_RENEGOTIATION";

struct clave_mhd_settings {
    unsigned threads;
    // Of all threads together.
    unsigned connections;
    // Seconds without a byte in either direction.
    unsigned timeout;
    // PEM, read before the start returns.
    const char *key;
    const char *certificates;
};

struct clave_mhd_callbacks {
    // Whether an address may have one more connection.
    MHD_AcceptPolicyCallback accepts;
    // A connection begins, or ends.
    MHD_NotifyConnectionCallback connection;
    // A request's first line has come; what it returns is the request's slot.
    void *(*line)(void *context, const char *uri, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback handler;
    // Called once for each request for which `line` was, however it ended.
    MHD_RequestCompletedCallback completed;
    void *context;
};

// A TLS server on its own threads, with event polling and connections that can be suspended; NULL if it can't listen.
static inline struct MHD_Daemon *clave_mhd_start(const struct sockaddr *address, struct clave_mhd_settings settings,
                                                 struct clave_mhd_callbacks calls) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, 0, calls.accepts,
        calls.context, calls.handler, calls.context, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_THREAD_POOL_SIZE,
        settings.threads, MHD_OPTION_CONNECTION_LIMIT, settings.connections, MHD_OPTION_CONNECTION_TIMEOUT,
        settings.timeout, MHD_OPTION_CONNECTION_MEMORY_LIMIT, clave_mhd_memory, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_HTTPS_PRIORITIES, clave_mhd_priorities,
        MHD_OPTION_NOTIFY_COMPLETED, calls.completed, calls.context, MHD_OPTION_NOTIFY_CONNECTION, calls.connection,
        calls.context, MHD_OPTION_URI_LOG_CALLBACK, calls.line, calls.context,
#if MHD_VERSION >= 0x00097701
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#endif
        MHD_OPTION_HTTPS_MEM_KEY, settings.key, MHD_OPTION_HTTPS_MEM_CERT, settings.certificates, MHD_OPTION_END);
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

// The socket of a connection, which stays the library's; -1 if it is not known.
static inline int clave_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *information =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return information ? information->connect_fd : -1;
}

// The bytes of a request from its method to the empty line behind its headers; 0 if they are not known.
static inline size_t clave_mhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *information =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return information ? information->header_size : 0;
}

// A response with a copy of the bytes.
static inline struct MHD_Response *clave_mhd_response(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
