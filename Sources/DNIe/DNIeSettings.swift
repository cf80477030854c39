import COpenSSL
import Certificates
import Glibc
import Posix
import SecureMessaging

/// What may be otherwise with other cards, and has been seen on no real one.
public struct DNIeSettings: Sendable {
    /// Whether commands with data say that an answer is expected; OpenSC does over T=1, the government's driver never.
    public var saysExpected = false
    /// Whether a signature over the air ends the channel, so that another wants PACE again, as the government's driver has it.
    public var endsAirBySignature = true
    /// Seconds since 1970, by which certificates are out of date.
    public var now = UInt64(max(0, time(nil)))
    /// Roots of cards that are no DNIe but for tests, with the terminal's keys of either set.
    var testKeySets: [CWAKeySet] = []

    public init() {}

    /// The most bytes of a file of roots, and the most roots.
    private static let fileLimit = 16_384
    private static let rootLimit = 8

    /// Adds the roots of test cards, public RSA keys of 1,024 bits in PEM one behind the other.
    ///
    /// A card of such a root is told apart in all that is shown: nobody should take it for a DNIe of the police's.
    ///
    /// - Returns: how many there are; nil for a file that is none.
    public mutating func addTestRoots(_ path: String) -> Int? {
        guard let file = try? Files.read(path, limit: Self.fileLimit), let roots = Self.roots(file) else { return nil }
        for root in roots {
            for var keySet in [CWAKeySet.second, .first] {
                keySet.cardRoot = root
                testKeySets.append(keySet)
            }
        }
        return roots.count
    }

    /// Adds those that a developer has put among the user's settings, `clave-agent/dnie-test-roots.pem`.
    @discardableResult
    public mutating func addUsersTestRoots() -> Int? {
        guard let folder = PersonFolders.configuration else { return nil }
        return addTestRoots(folder + "/clave-agent/dnie-test-roots.pem")
    }

    private static func roots(_ file: [UInt8]) -> [CWAPublicKey]? {
        guard let bio = unsafe clave_openssl_source(file, file.count) else { return nil }
        defer { unsafe BIO_free(bio) }
        defer { ERR_clear_error() }
        var roots = [CWAPublicKey]()
        while roots.count < rootLimit, let key = unsafe PEM_read_bio_PUBKEY(bio, nil, nil, nil) {
            defer { unsafe EVP_PKEY_free(key) }
            guard let rsa = unsafe EVP_PKEY_get0_RSA(key),
                let root = CWAPublicKey(
                    modulus: unsafe number(RSA_get0_n(rsa)), exponent: unsafe number(RSA_get0_e(rsa)))
            else { return nil }
            roots.append(root)
        }
        return roots.isEmpty ? nil : roots
    }

    private static func number(_ number: OpaquePointer?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        _ = unsafe BN_bn2bin(number, &bytes)
        return bytes
    }
}

extension CardContents {
    /// Whether a certificate of a key is out of date: the police may have put another into the same card.
    func hasExpired(now: UInt64) -> Bool {
        credentials.contains { credential in
            guard credential.key != nil, let certificate = HolderCertificate(der: credential.certificate) else {
                return false
            }
            return certificate.validBefore < now
        }
    }
}
