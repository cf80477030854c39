// Makes libsecret a Swift module; what is a macro of GLib's gets a typed function.
#pragma once
#include <libsecret/secret.h>

// How the agent's entries are named in the keyring; libsecret adds the schema's name as the attribute xdg:schema.
static inline const SecretSchema *clave_secret_schema(void) {
    static const SecretSchema schema = {
        "org.clave-agent.VaultKey",
        SECRET_SCHEMA_NONE,
        {{"vault", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"slot", SECRET_SCHEMA_ATTRIBUTE_STRING}},
    };
    return &schema;
}

// The attributes of an entry, copied; the caller frees them by g_hash_table_unref.
static inline GHashTable *clave_secret_attributes(const char *vault, const char *slot) {
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_hash_table_insert(table, (gpointer)"vault", g_strdup(vault));
    if (slot) g_hash_table_insert(table, (gpointer)"slot", g_strdup(slot));
    return table;
}

// Whether an error says that there is nobody to speak with: no bus, no service on it, or one that has just gone.
static inline int clave_secret_is_absence(const GError *error) {
    if (error->domain == G_DBUS_ERROR) {
        switch (error->code) {
        case G_DBUS_ERROR_SERVICE_UNKNOWN:
        case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
        case G_DBUS_ERROR_NO_REPLY:
        case G_DBUS_ERROR_NO_SERVER:
        case G_DBUS_ERROR_DISCONNECTED:
        case G_DBUS_ERROR_NO_NETWORK:
            return 1;
        default:
            return error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY;
        }
    }
    return error->domain == G_IO_ERROR && error->code == G_IO_ERROR_CLOSED;
}

static inline int clave_secret_is_locked(const GError *error) {
    return error->domain == SECRET_ERROR && error->code == SECRET_ERROR_IS_LOCKED;
}

static inline int clave_secret_is_missing(const GError *error) {
    return error->domain == SECRET_ERROR && error->code == SECRET_ERROR_NO_SUCH_OBJECT;
}
