import CLinux
import COpenSSL
import Glibc
import Posix
import SecureMemory

/// A TURN server (RFC 8656), by which alone the pictures and sound of calls go where there is one: neither side then learns
/// the other's network addresses.
///
/// Each page gets a name and password of its own for some hours, made of a secret that gateway and server share (the "REST
/// API" of draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`).
public final class TurnServer: Sendable {
    /// Why there is none.
    public struct Failure: Error, Equatable {
        public let message: String
    }

    /// A page's name and password.
    public struct Credential: Equatable, Sendable {
        public let name: String
        public let password: String
    }

    /// Seconds for which a credential serves. Pages are given a new one each second until the line is made.
    static let life: Int64 = 4 * 3600
    /// Bytes of an address, and of a secret.
    private static let maximumAddress = 255
    private static let secretLength = 16...256

    /// `turn:host:port` or `turns:host:port` (RFC 7065).
    public let address: String
    private let secret: SecretBytes

    /// - Parameters:
    ///   - address: goes into pages and to browsers as it is.
    ///   - secretFile: holds the secret, in one line; nobody but its owner may read it.
    public init(address: String, secretFile: String) throws(Failure) {
        guard Self.isValid(address) else {
            throw Failure(message: "--turn takes turn:host:port or turns:host:port, with ?transport=udp or tcp behind")
        }
        self.address = address
        let isPrivate: Bool
        do throws(SystemError) {
            let file = try Descriptor.open(secretFile, O_RDONLY)
            isPrivate = try Self.isPrivate(file)
            secret = Self.line(try Files.readSecret(file, limit: Self.secretLength.upperBound + 1))
        } catch { throw Failure(message: "\(secretFile): \(error)") }
        guard isPrivate else {
            throw Failure(
                message: "\(secretFile) must be accessible to its owner alone (chmod 600): this user, or root")
        }
        guard Self.secretLength.contains(secret.count) else {
            throw Failure(message: "\(secretFile) holds no secret of 16 to 256 bytes in one line")
        }
    }

    /// A name and password that serve from now on.
    public func credential(at now: Int64) -> Credential {
        let name = String(now + Self.life)
        var digest = [UInt8](repeating: 0, count: 20)
        // SHA-1 is what the servers use; as a keyed digest it holds.
        secret.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                unsafe _ = HMAC(
                    EVP_sha1(), key.baseAddress, Int32(key.count), Array(name.utf8), name.utf8.count, &digest, nil)
            }
        }
        return Credential(name: name, password: base64(digest))
    }

    private static func isValid(_ address: String) -> Bool {
        let bytes = Array(address.utf8)
        guard bytes.count <= maximumAddress else { return false }
        for start in ["turn:", "turns:"] where bytes.starts(with: start.utf8) {
            var rest = bytes[start.utf8.count...]
            for end in ["?transport=udp", "?transport=tcp"] where rest.suffix(end.utf8.count).elementsEqual(end.utf8) {
                rest = rest.dropLast(end.utf8.count)
            }
            return !rest.isEmpty
                && rest.allSatisfy { byte in
                    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
                }
        }
        return false
    }

    /// Whether the file is open to its owner alone, who is this user or root.
    private static func isPrivate(_ file: borrowing Descriptor) throws(SystemError) -> Bool {
        let number = file.number
        var status = stat()
        try retrying("fstat") { unsafe fstat(number, &status) }
        return status.st_mode & 0o077 == 0 && (status.st_uid == geteuid() || status.st_uid == 0)
    }

    /// The secret without the line's end.
    private static func line(_ bytes: consuming SecretBytes) -> SecretBytes {
        let hasEnd = bytes.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.last == UInt8(ascii: "\n") } }
        return hasEnd ? bytes.prefix(bytes.count - 1) : bytes
    }
}
