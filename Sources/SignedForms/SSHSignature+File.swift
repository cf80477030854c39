import SecureMemory
import Wire

extension SSHSignature {
    /// An SSH signature as a text file has it, read and not verified.
    public struct File: Equatable, Sendable {
        /// Bytes of a file.
        public static let maximumLength = 65_536

        private static let first = Array("-----BEGIN SSH SIGNATURE-----".utf8)
        private static let last = Array("-----END SSH SIGNATURE-----".utf8)
        /// Bytes of a key, and of a signature.
        private static let longestPart = 16_384

        /// The signer's key, as an SSH blob.
        public let publicKey: [UInt8]
        public let namespace: String
        /// Of the message.
        public let algorithm: MessageDigest.Algorithm
        /// An SSH signature blob.
        public let signature: [UInt8]
        /// The name in the signature blob: how it was made.
        public let signatureName: String

        /// Reads what ``SSHSignature/armored(publicKey:signature:)`` writes, and `ssh-keygen -Y sign`; nil for anything
        /// else.
        public init?(armored text: [UInt8]) {
            guard text.count <= Self.maximumLength, let bytes = Self.unarmored(text),
                bytes.starts(with: SSHSignature.magic),
                let file = try? WireReader.read(
                    Array(bytes.dropFirst(SSHSignature.magic.count)),
                    { (reader) throws(WireError) in try Self(&reader) })
            else { return nil }
            self = file
        }

        private init(_ reader: inout WireReader) throws(WireError) {
            guard try reader.uint32() == 1 else { throw .malformed }
            publicKey = try reader.bytes(limit: Self.longestPart)
            namespace = try reader.text(limit: SSHSignature.longestNamespace)
            guard !namespace.isEmpty, try reader.bytes(limit: SSHSignature.longestNamespace).isEmpty,
                let algorithm = MessageDigest.Algorithm(rawValue: try reader.text(limit: 16)), algorithm != .sha384
            else { throw .malformed }
            self.algorithm = algorithm
            signature = try reader.bytes(limit: Self.longestPart)
            signatureName = try WireReader.read(signature) { (reader) throws(WireError) in
                let name = try reader.text(limit: 64)
                _ = try reader.rest(limit: Self.longestPart)
                return name
            }
        }

        private static func unarmored(_ text: [UInt8]) -> [UInt8]? {
            let lines = text.split { $0 == 0x0A || $0 == 0x0D }
            guard lines.count > 2, lines[0].elementsEqual(first), let end = lines.last, end.elementsEqual(last) else {
                return nil
            }
            let body = lines[1..<lines.count - 1].joined()
            return SecureMemory.bytes(base64: String(decoding: Array(body), as: UTF8.self), limit: maximumLength)
        }
    }
}
