import Certificates
import Wire

/// What a card has to say without its keys: enough to know it again and to find its certificates.
public struct CardContents: Equatable, Sendable {
    /// A certificate, and the key that it is of.
    public struct Credential: Equatable, Sendable {
        /// Which key: the last identifier of its file's path; nil for an authority's certificate.
        public let key: UInt16?
        /// Where the certificate is, from the master file down.
        let path: [UInt16]
        /// The certificate, in DER; empty as long as it could not be read: older cards want the PIN first.
        public internal(set) var certificate: [UInt8]
    }

    /// The chip's serial number, 7 bytes.
    public let serial: [UInt8]
    /// File 6020 and file 601F, in DER: by whom the card is, and whose key it proves to have.
    let intermediate: [UInt8]
    let component: [UInt8]
    public internal(set) var credentials: [Credential]

    /// The serial number in hexadecimal digits.
    public var serialText: String { Self.text(serial) }

    /// Whether all certificates have been read.
    public var isComplete: Bool { credentials.allSatisfy { !$0.certificate.isEmpty } }

    /// The certificates of authorities, in DER.
    public var authorities: [[UInt8]] {
        credentials.filter { $0.key == nil && !$0.certificate.isEmpty }.map(\.certificate)
    }

    /// What a key is for, as its certificate says: names of files and labels are not looked at.
    public enum Purpose: Sendable {
        /// To prove who one is.
        case authentication
        /// To sign what one commits to.
        case signature
    }

    /// The key for a purpose; nil if the card has none, or its certificate has not been read.
    public func credential(for purpose: Purpose) -> Credential? {
        credentials.first { credential in
            guard credential.key != nil, let certificate = HolderCertificate(der: credential.certificate) else {
                return false
            }
            return purpose == .authentication ? certificate.identifies : certificate.commits && !certificate.identifies
        }
    }

    /// Whether there is a key for any purpose.
    var hasKey: Bool { credential(for: .authentication) != nil || credential(for: .signature) != nil }

    static func text(_ serial: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: serial.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
    }
}

// MARK: - The form that is kept

extension CardContents {
    /// The most bytes of a form that is kept.
    static let keptLimit = 131_072

    init(decoding reader: inout WireReader) throws(WireError) {
        serial = try reader.bytes(count: 7)
        intermediate = try reader.bytes(limit: CertificateFile.limit)
        component = try reader.bytes(limit: CertificateFile.limit)
        credentials = try reader.list(limit: PKCS15.objectLimit) { (reader) throws(WireError) in
            let hasKey = try reader.boolean()
            let key = UInt16(truncatingIfNeeded: try reader.uint32())
            let path = try reader.list(limit: 8) { (reader) throws(WireError) in
                UInt16(truncatingIfNeeded: try reader.uint32())
            }
            return Credential(
                key: hasKey ? key : nil, path: path, certificate: try reader.bytes(limit: CertificateFile.limit))
        }
    }

    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(serial)
        writer.put(intermediate)
        writer.put(component)
        writer.put(list: credentials) { writer, credential in
            writer.put(credential.key != nil)
            writer.put(UInt32(credential.key ?? 0))
            writer.put(list: credential.path) { $0.put(UInt32($1)) }
            writer.put(credential.certificate)
        }
    }
}
