// Makes PC/SC, as pcsc-lite has it, a Swift module; what is a macro with a cast gets a typed function.
#pragma once
#include <winscard.h>

// What a caller tells apart of PC/SC's results.
enum clave_pcsc_outcome {
    CLAVE_PCSC_DONE,
    CLAVE_PCSC_NO_SERVICE,
    CLAVE_PCSC_NO_READERS,
    CLAVE_PCSC_READER_GONE,
    CLAVE_PCSC_NO_CARD,
    CLAVE_PCSC_BUSY,
    CLAVE_PCSC_MUTE,
    CLAVE_PCSC_RESET,
    CLAVE_PCSC_PROTOCOL,
    CLAVE_PCSC_CANCELLED,
    CLAVE_PCSC_TIMEOUT,
    CLAVE_PCSC_TOO_LONG,
    CLAVE_PCSC_OTHER,
};

static inline enum clave_pcsc_outcome clave_pcsc_outcome(LONG result) {
    switch (result) {
    case SCARD_S_SUCCESS: return CLAVE_PCSC_DONE;
    // The library says these where the service is not there, and where it finds the connection to it cut.
    case SCARD_E_NO_SERVICE:
    case SCARD_F_COMM_ERROR:
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_P_SHUTDOWN:
    case SCARD_E_SYSTEM_CANCELLED: return CLAVE_PCSC_NO_SERVICE;
    case SCARD_E_NO_READERS_AVAILABLE: return CLAVE_PCSC_NO_READERS;
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_UNKNOWN_READER: return CLAVE_PCSC_READER_GONE;
    case SCARD_E_NO_SMARTCARD:
    case SCARD_W_REMOVED_CARD: return CLAVE_PCSC_NO_CARD;
    case SCARD_E_SHARING_VIOLATION: return CLAVE_PCSC_BUSY;
    // The service gives every card power, and says of one that does not answer then that it has none.
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNRESPONSIVE_CARD: return CLAVE_PCSC_MUTE;
    case SCARD_W_RESET_CARD: return CLAVE_PCSC_RESET;
    case SCARD_E_PROTO_MISMATCH:
    case SCARD_W_UNSUPPORTED_CARD:
    case SCARD_E_CARD_UNSUPPORTED: return CLAVE_PCSC_PROTOCOL;
    case SCARD_E_CANCELLED: return CLAVE_PCSC_CANCELLED;
    case SCARD_E_TIMEOUT: return CLAVE_PCSC_TIMEOUT;
    case SCARD_E_INSUFFICIENT_BUFFER: return CLAVE_PCSC_TOO_LONG;
    default: return CLAVE_PCSC_OTHER;
    }
}

// The header that goes with a command, by the protocol that is in force.
static inline const SCARD_IO_REQUEST *clave_pcsc_pci(DWORD protocol) {
    return protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
}
