import COpenSSL
import SecureMemory
import Wire

/// What a FIDO token gave for a signature (OpenSSH `PROTOCOL.u2f`).
public struct SecurityKeySignature: Sendable {
    /// The signature itself, in the forms that middleware has it.
    public enum Form: Sendable {
        /// ECDSA, the numbers big-endian.
        case ecdsa(r: [UInt8], s: [UInt8])
        /// ECDSA in DER.
        case der([UInt8])
        case ed25519([UInt8])
    }

    public let form: Form
    /// What the token saw of the person.
    public let flags: UInt8
    /// How often the token has signed.
    public let counter: UInt32

    /// All members.
    public init(_ form: Form, flags: UInt8, counter: UInt32) {
        self.form = form
        self.flags = flags
        self.counter = counter
    }

    /// The signature blob: `string algorithm, string signature, byte flags, uint32 counter`.
    ///
    /// - Returns: nil for what can't be a signature by `key`.
    public func blob(by key: PublicKey) -> [UInt8]? {
        guard let raw = raw(key.algorithm) else { return nil }
        var writer = ByteWriter()
        writer.put(key.algorithm.rawValue)
        writer.put(raw)
        writer.put(byte: flags)
        writer.put(counter)
        return writer.bytes
    }

    private func raw(_ algorithm: KeyAlgorithm) -> [UInt8]? {
        switch (form, algorithm) {
        case (.ed25519(let raw), .ed25519SK): return raw.count == SigningKey.signatureLength ? raw : nil
        case (.ecdsa(let r, let s), .ecdsaSK):
            guard (1...33).contains(r.count), (1...33).contains(s.count) else { return nil }
            var writer = ByteWriter()
            writer.put(PublicKey.multiplePrecision(r))
            writer.put(PublicKey.multiplePrecision(s))
            return writer.bytes
        case (.der(let der), .ecdsaSK): return OpenSSLSignature.wire(fromDER: der)
        default: return nil
        }
    }
}

extension OpenSSLSignature {
    /// `mpint r, mpint s` from DER; nil for what is none.
    fileprivate static func wire(fromDER der: [UInt8]) -> [UInt8]? {
        let decoded = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ECDSA_SIG(nil, &position, bytes.count)
        }
        guard let pair = unsafe decoded else { return nil }
        defer { unsafe ECDSA_SIG_free(pair) }
        return unsafe wire(pair)
    }
}
