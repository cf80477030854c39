// Makes libmicrohttpd a Swift module; its varargs start gets one function that takes the option array.
#pragma once
#include <microhttpd.h>

static inline struct MHD_Daemon *clave_mhd_start(unsigned flags, uint16_t port, MHD_AccessHandlerCallback handler,
                                                 void *context, struct MHD_OptionItem *options) {
    return MHD_start_daemon(flags, port, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}
