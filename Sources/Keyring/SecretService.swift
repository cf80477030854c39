import AgentProtocol
import CSecret
import SecureMemory

/// The desktop's Secret Service, as libsecret speaks with it over the session bus.
///
/// Secrets cross the bus encrypted if the service offers it; here they lie in libsecret's memory, which is locked and
/// wiped, and in ``SecretBytes``. All calls wait: the core ends a process that waits for too long.
@safe
struct SecretService: ~Copyable {
    private let service: UnsafeMutablePointer<CSecret.SecretService>

    /// Connects, and agrees on a key for the transfer of secrets.
    init() throws(KeyringFailure) {
        var error: UnsafeMutablePointer<GError>?
        // Asked first, so that a machine without a session bus is told from one whose bus has no keyring.
        guard let bus = unsafe g_bus_get_sync(G_BUS_TYPE_SESSION, nil, &error) else {
            throw unsafe KeyringFailure(.noService, Self.text(error))
        }
        unsafe g_object_unref(UnsafeMutableRawPointer(bus))
        guard let service = unsafe secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, nil, &error) else {
            throw unsafe Self.failure(error)
        }
        unsafe self.service = service
    }

    deinit {
        unsafe g_object_unref(service)
        secret_service_disconnect()
    }

    /// Stores a secret, in the place of one of the same name.
    func store(
        _ secret: borrowing SecretBytes, _ entry: KeyringEntry, onAsking: () -> Void
    ) throws(KeyringFailure) {
        if try !isOpen() { onAsking() }
        let attributes = unsafe attributes(entry)
        defer { unsafe g_hash_table_unref(attributes) }
        let value = unsafe value(secret)
        defer { unsafe secret_value_unref(UnsafeMutableRawPointer(value)) }
        var error: UnsafeMutablePointer<GError>?
        let isStored = unsafe secret_service_store_sync(
            service, clave_secret_schema(), attributes, SECRET_COLLECTION_DEFAULT, entry.label, value, nil, &error)
        guard isStored != 0 else { throw unsafe Self.failure(error) }
    }

    /// The secret of an entry.
    func lookUp(_ entry: KeyringEntry, onAsking: () -> Void) throws(KeyringFailure) -> SecretBytes {
        let found = try search(entry)
        guard let item = unsafe found.items.first else { throw KeyringFailure(.notFound) }
        try unlock(found, onAsking: onAsking)
        var error: UnsafeMutablePointer<GError>?
        guard unsafe secret_item_load_secret_sync(item, nil, &error) != 0 else { throw unsafe Self.failure(error) }
        guard let value = unsafe secret_item_get_secret(item) else { throw KeyringFailure(.notFound) }
        defer { unsafe secret_value_unref(UnsafeMutableRawPointer(value)) }
        var length: gsize = 0
        let bytes = unsafe secret_value_get(value, &length)
        guard length <= gsize(KeyringRequest.secretLength) else { throw KeyringFailure(.failed, "it is no key") }
        return unsafe SecretBytes(copying: RawSpan(_unsafeStart: bytes!, byteCount: Int(length)))
    }

    /// Deletes an entry, or all of a vault.
    func delete(_ entry: KeyringEntry, onAsking: () -> Void) throws(KeyringFailure) {
        let found = try search(entry)
        guard unsafe !found.items.isEmpty else { throw KeyringFailure(.notFound) }
        try unlock(found, onAsking: onAsking)
        for place in unsafe found.items.indices {
            var error: UnsafeMutablePointer<GError>?
            let isDeleted = unsafe secret_item_delete_sync(found.items[place], nil, &error) != 0
            guard isDeleted else { throw unsafe Self.failure(error) }
        }
    }

    // MARK: Steps

    /// Entries of the service; freed at the end.
    @safe
    private struct Found: ~Copyable {
        let list: UnsafeMutablePointer<GList>?
        let items: [UnsafeMutablePointer<SecretItem>]

        init(_ list: UnsafeMutablePointer<GList>?) {
            unsafe self.list = list
            var items: [UnsafeMutablePointer<SecretItem>] = unsafe []
            var place = unsafe list
            while let here = unsafe place {
                unsafe items.append(here.pointee.data.assumingMemoryBound(to: SecretItem.self))
                unsafe place = here.pointee.next
            }
            unsafe self.items = items
        }

        deinit { unsafe g_list_free_full(list, g_object_unref) }
    }

    private func search(_ entry: KeyringEntry) throws(KeyringFailure) -> Found {
        let attributes = unsafe attributes(entry)
        defer { unsafe g_hash_table_unref(attributes) }
        var error: UnsafeMutablePointer<GError>?
        // Not by the schema's name, by which gnome-keyring finds nothing while it is locked; identifiers are random.
        let list = unsafe secret_service_search_sync(service, nil, attributes, SECRET_SEARCH_ALL, nil, &error)
        if unsafe error != nil { throw unsafe Self.failure(error) }
        return unsafe Found(list)
    }

    /// Has the person open what is locked.
    private func unlock(_ found: borrowing Found, onAsking: () -> Void) throws(KeyringFailure) {
        guard unsafe found.items.contains(where: { unsafe secret_item_get_locked($0) != 0 }) else { return }
        onAsking()
        var error: UnsafeMutablePointer<GError>?
        let count = unsafe secret_service_unlock_sync(service, found.list, nil, nil, &error)
        if unsafe error != nil { throw unsafe Self.failure(error) }
        guard unsafe count == found.items.count else { throw KeyringFailure(.locked, "it was not unlocked") }
    }

    /// Whether new entries can be stored without the person.
    private func isOpen() throws(KeyringFailure) -> Bool {
        var error: UnsafeMutablePointer<GError>?
        let collection = unsafe secret_collection_for_alias_sync(
            service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, nil, &error)
        if unsafe error != nil { throw unsafe Self.failure(error) }
        guard let collection = unsafe collection else { return false }
        defer { unsafe g_object_unref(collection) }
        return unsafe secret_collection_get_locked(collection) == 0
    }

    private func attributes(_ entry: KeyringEntry) -> OpaquePointer? {
        unsafe clave_secret_attributes(entry.vault, entry.slot)
    }

    private func value(_ secret: borrowing SecretBytes) -> OpaquePointer? {
        unsafe secret.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe secret_value_new(
                    bytes.baseAddress!.assumingMemoryBound(to: CChar.self), gssize(bytes.count),
                    "application/octet-stream")
            }
        }
    }

    // MARK: Errors

    /// What an error means; it is freed.
    private static func failure(_ error: UnsafeMutablePointer<GError>?) -> KeyringFailure {
        guard let error = unsafe error else { return KeyringFailure(.failed) }
        let outcome: KeyringOutcome =
            if unsafe clave_secret_is_absence(error) != 0 {
                .noService
            } else if unsafe clave_secret_is_locked(error) != 0 {
                .locked
            } else if unsafe clave_secret_is_missing(error) != 0 {
                .notFound
            } else {
                .failed
            }
        return unsafe KeyringFailure(outcome, text(error))
    }

    /// An error's words; it is freed.
    private static func text(_ error: UnsafeMutablePointer<GError>?) -> String {
        guard let error = unsafe error else { return "" }
        defer { unsafe g_error_free(error) }
        return unsafe String(cString: error.pointee.message)
    }
}
