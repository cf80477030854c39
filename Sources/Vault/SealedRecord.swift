import SecureMemory
import Wire

/// A record as it lies in the file: sealed for its vault, its identifier and its kind.
struct SealedRecord: Equatable, Sendable {
    let id: RecordID
    /// A ``RecordKind``, or a number of a later version's.
    let kind: UInt32
    /// `nonce[24] ‖ ciphertext ‖ tag[16]`.
    let sealed: [UInt8]

    /// Seals a record.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    init(
        _ plaintext: borrowing SecretBytes, id: RecordID, kind: UInt32, vault: [UInt8], key: borrowing SecretBytes,
        nonce: [UInt8]? = nil
    ) {
        self.id = id
        self.kind = kind
        let context = Self.context(id: id, kind: kind, vault: vault)
        sealed = plaintext.withBytes { plaintext in
            guard let nonce else { return AuthenticatedSealing.seal(plaintext, under: key, context: context) }
            return AuthenticatedSealing.seal(plaintext, under: key, context: context, nonce: nonce)
        }
    }

    /// The record's bytes; nil if the key, the vault, the identifier or the kind is another.
    func open(vault: [UInt8], key: borrowing SecretBytes) -> SecretBytes? {
        AuthenticatedSealing.open(sealed, under: key, context: Self.context(id: id, kind: kind, vault: vault))
    }

    /// What binds the sealed bytes to their place.
    private static func context(id: RecordID, kind: UInt32, vault: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put("clave-vault record")
        writer.put(VaultContents.version)
        writer.put(vault)
        writer.put(id.bytes)
        writer.put(kind)
        return writer.bytes
    }

    // MARK: Coding

    init(decoding reader: inout WireReader) throws(WireError) {
        guard let id = RecordID(bytes: try reader.bytes(count: RecordID.length)) else { throw .malformed }
        self.id = id
        kind = try reader.uint32()
        sealed = try reader.bytes(limit: VaultLimits.record + AuthenticatedSealing.overhead)
        guard sealed.count >= AuthenticatedSealing.overhead else { throw .malformed }
    }

    func encode(into writer: inout ByteWriter) {
        writer.put(id.bytes)
        writer.put(kind)
        writer.put(sealed)
    }
}
