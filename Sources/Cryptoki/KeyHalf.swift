import CP11Kit
import Certificates

/// A private or public key on a token, and what the token tells of its public numbers.
struct KeyHalf {
    /// How a key is like a certificate's.
    enum Likeness { case same, unknown, other }

    let object: UInt
    /// `CKA_ID`; may be empty.
    let identifier: [UInt8]
    /// `CKA_KEY_TYPE`; nil if it is not told.
    let type: UInt?
    /// `CKA_MODULUS` without zeros in front, or `CKA_EC_POINT`; empty if it is not told, as of a private key on a curve.
    let numbers: [UInt8]

    /// By its numbers, which alone are sure: identifiers and labels are anybody's to choose, and some programs give several
    /// keys the same.
    func likeness(to key: CertifiedKey) -> Likeness {
        let (wanted, kind): ([UInt8], UInt)
        switch key.numbers {
        case .rsa(let modulus): (wanted, kind) = (modulus, UInt(CKK_RSA))
        case .elliptic(let point): (wanted, kind) = (point, UInt(CKK_EC))
        case .edwards(let point): (wanted, kind) = (point, UInt(CKK_EC_EDWARDS))
        case .other: return .unknown
        }
        guard type == nil || type == kind else { return .other }
        guard !numbers.isEmpty else { return .unknown }
        // A point stands in an OCTET STRING, which some libraries leave out.
        return numbers.count <= wanted.count + 4 && numbers.suffix(wanted.count) == wanted[...] ? .same : .other
    }

    /// Whether it is a certificate's by its numbers, or, where it tells none, by its identifier.
    func mayBe(_ certificate: PersonalCertificate) -> Bool {
        let isNamed = identifier == certificate.identifier
        switch certificate.key.map(likeness) ?? .unknown {
        case .same: return true
        case .unknown: return isNamed
        case .other: return false
        }
    }
}

extension TokenSession {
    /// The keys of a class, as far as they are shown now.
    func halves(_ kind: UInt) throws(CryptokiError) -> [KeyHalf] {
        try objects(kind).map { object in
            let type = number(UInt(CKA_KEY_TYPE), of: object)
            let numbers = attribute(
                type == UInt(CKK_RSA) ? UInt(CKA_MODULUS) : UInt(CKA_EC_POINT), of: object, limit: Self.maximumNumber)
            return KeyHalf(
                object: object, identifier: attribute(UInt(CKA_ID), of: object, limit: Self.maximumText) ?? [],
                type: type, numbers: type == UInt(CKK_RSA) ? Array((numbers ?? []).drop { $0 == 0 }) : numbers ?? [])
        }
    }

    /// The private keys that may be a certificate's and sign, the likeliest first: those with its numbers; else, of those
    /// that tell none, the ones with the identifier of a public key that has its numbers, then those with its own.
    ///
    /// Whoever signs by one of several makes sure of the signature.
    func privateKeys(of certificate: PersonalCertificate) throws(CryptokiError) -> [UInt] {
        let keys = try halves(UInt(CKO_PRIVATE_KEY)).filter { signs($0.object) }
        guard let key = certificate.key else {
            return keys.filter { $0.identifier == certificate.identifier }.map(\.object)
        }
        let same = keys.filter { $0.likeness(to: key) == .same }
        guard same.isEmpty else { return same.map(\.object) }
        let unknown = keys.filter { $0.likeness(to: key) == .unknown && !$0.identifier.isEmpty }
        let publicHalves = try halves(UInt(CKO_PUBLIC_KEY)).filter { $0.likeness(to: key) == .same }
        let named = unknown.filter { key in publicHalves.contains { $0.identifier == key.identifier } }
        let rest = unknown.filter { key in
            key.identifier == certificate.identifier && !named.contains { $0.object == key.object }
        }
        return (named + rest).map(\.object)
    }
}
