import Certificates
public import SSHKeys
import SecureMemory

/// The key by which a signature is expected to be, as somebody keeps it in a file: a certificate, or a key alone.
public struct ExpectedKey: Sendable {
    /// Bytes of such a file.
    public static let maximumLength = 262_144

    /// The key.
    public let key: PublicKey
    /// In DER; nil for a key alone.
    let certificate: [UInt8]?
    /// Certificates behind the first: those of its issuers.
    let others: [[UInt8]]

    /// Reads a certificate or a public key in PEM or DER, or a line of ssh's `TYPE BASE64 COMMENT`; nil for anything else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumLength else { return nil }
        if let blocks = PEMBlocks(bytes), !blocks.all.isEmpty {
            let found = blocks.all.filter { ["CERTIFICATE", "X509 CERTIFICATE"].contains($0.label) }
            if !found.isEmpty {
                self.init(certificates: found.map(\.der))
                return
            }
            guard let block = blocks.all.first(where: { $0.label == "PUBLIC KEY" }),
                let key = PublicKey.plain(bySPKI: block.der)
            else { return nil }
            self.init(key)
        } else if DecodedCertificate(der: bytes) != nil {
            self.init(certificates: [bytes])
        } else if let key = PublicKey.plain(bySPKI: bytes) ?? Self.line(bytes) {
            self.init(key)
        } else {
            return nil
        }
    }

    private init(_ key: PublicKey) {
        self.key = key
        certificate = nil
        others = []
    }

    /// The key of the first certificate, of which the others may be issuers.
    init?(certificates: [[UInt8]]) {
        guard let first = certificates.first, DecodedCertificate(der: first) != nil,
            let key = PublicKey.certified(byX509: first)
        else { return nil }
        self.key = key
        certificate = first
        others = Array(certificates.dropFirst())
    }

    private static func line(_ bytes: [UInt8]) -> PublicKey? {
        let lines = bytes.split(separator: 0x0A).filter { $0.first != UInt8(ascii: "#") }
        guard lines.count == 1 else { return nil }
        let words = lines[0].split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard words.count >= 2,
            let blob = SecureMemory.bytes(base64: String(decoding: words[1], as: UTF8.self), limit: KeyLimits.blob),
            let key = try? PublicKey(blob: blob), key.typeName.utf8.elementsEqual(words[0])
        else { return nil }
        return key.plain
    }
}
