import CP11Kit
public import SecureMemory

/// A private key on a token: what identifies it there, and what is known of its public half.
public struct TokenKey: Sendable {
    /// The public half as the token tells it.
    public enum PublicHalf: Sendable, Hashable {
        /// Modulus and exponent, big-endian.
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// `CKA_EC_PARAMS` and `CKA_EC_POINT`, both DER.
        case ec(curve: [UInt8], point: [UInt8])
        /// The same, for the curves of RFC 8032.
        case edwards(curve: [UInt8], point: [UInt8])
        /// Only in an X.509 certificate, in DER.
        case certificate([UInt8])
    }

    /// How a key signs.
    public enum Mechanism: Sendable {
        /// `CKM_RSA_PKCS`: the input is a `DigestInfo`.
        case rsaPKCS
        /// `CKM_ECDSA`: the input is a digest.
        case ecdsa
        /// `CKM_EDDSA`: the input is the message.
        case eddsa

        var number: UInt {
            switch self {
            case .rsaPKCS: UInt(CKM_RSA_PKCS)
            case .ecdsa: UInt(CKM_ECDSA)
            case .eddsa: UInt(CKM_EDDSA)
            }
        }
    }

    /// `CKA_ID`, by which the parts of a key belong together.
    let identifier: [UInt8]
    /// The label of the key or its parts; may be empty.
    public let label: String
    public let publicHalf: PublicHalf
    public let mechanism: Mechanism
    /// It wants the PIN before each signature (`CKA_ALWAYS_AUTHENTICATE`).
    public let wantsPINEachTime: Bool
}

extension TokenSession {
    static let maximumText = 1024
    static let maximumNumber = 2049
    static let maximumCertificate = 65_536

    /// The private keys that sign and whose public halves are known, in the token's order.
    public func keys() throws(CryptokiError) -> [TokenKey] {
        var keys: [TokenKey] = []
        for object in try objects(UInt(CKO_PRIVATE_KEY)) {
            if let key = try key(object) { keys.append(key) }
        }
        return keys
    }

    /// Signs by one of the keys, also one that another session with the token has told.
    ///
    /// - Parameters:
    ///   - input: what the key's mechanism takes.
    ///   - pin: see ``TokenKey/wantsPINEachTime``.
    public func sign(
        _ input: [UInt8], by key: TokenKey, pin: borrowing SecretBytes
    ) throws(CryptokiError) -> [UInt8] {
        try sign(
            input, by: try object(of: key), mechanism: key.mechanism.number, logsIn: key.wantsPINEachTime, pin: pin)
    }

    private func object(of key: TokenKey) throws(CryptokiError) -> UInt {
        if let object = known[key.publicHalf] { return object }
        for object in try objects(UInt(CKO_PRIVATE_KEY), identifier: key.identifier) where signs(object) {
            guard try self.key(object)?.publicHalf == key.publicHalf else { continue }
            known[key.publicHalf] = object
            return object
        }
        throw CryptokiError("C_FindObjects", UInt(CKR_KEY_HANDLE_INVALID))
    }

    // MARK: What a token tells

    private func key(_ object: UInt) throws(CryptokiError) -> TokenKey? {
        guard signs(object), let type = number(UInt(CKA_KEY_TYPE), of: object) else { return nil }
        let mechanism: TokenKey.Mechanism
        switch type {
        case UInt(CKK_RSA): mechanism = .rsaPKCS
        case UInt(CKK_EC): mechanism = .ecdsa
        case UInt(CKK_EC_EDWARDS): mechanism = .eddsa
        default: return nil
        }
        let identifier = attribute(UInt(CKA_ID), of: object, limit: Self.maximumText) ?? []
        // An empty identifier would be any.
        let keys = identifier.isEmpty ? [] : try objects(UInt(CKO_PRIVATE_KEY), identifier: identifier)
        let publicObject = try namesake(UInt(CKO_PUBLIC_KEY), of: object, identifier, among: keys)
        let certificate = try namesake(UInt(CKO_CERTIFICATE), of: object, identifier, among: keys)
        let objects = [object, publicObject, certificate].compactMap { $0 }
        guard let half = publicHalf(mechanism, objects) ?? certificate.flatMap(certified) else { return nil }
        return TokenKey(
            identifier: identifier, label: label([publicObject, object, certificate].compactMap { $0 }),
            publicHalf: half, mechanism: mechanism, wantsPINEachTime: flag(UInt(CKA_ALWAYS_AUTHENTICATE), of: object))
    }

    /// The object of a class with a private key's identifier; of several, the one with its label too. Nil if there is none,
    /// or it can't be told: a key must not be taken for another's.
    ///
    /// - Parameter keys: the private keys of that identifier.
    private func namesake(
        _ kind: UInt, of key: UInt, _ identifier: [UInt8], among keys: [UInt]
    ) throws(CryptokiError) -> UInt? {
        guard !identifier.isEmpty else { return nil }
        let found = try objects(kind, identifier: identifier)
        func isNamed(_ object: UInt) -> Bool {
            attribute(UInt(CKA_LABEL), of: object, limit: Self.maximumText)
                == attribute(UInt(CKA_LABEL), of: key, limit: Self.maximumText)
        }
        let named = found.filter(isNamed)
        guard keys.count > 1 else { return named.first ?? found.first }
        guard keys.filter(isNamed).count == 1 else { return nil }
        // A certificate of one key may have a successor.
        return kind == UInt(CKO_CERTIFICATE) || named.count == 1 ? named.first : nil
    }

    /// Whether a private key signs. A token that does not say is asked to when it comes to it.
    func signs(_ object: UInt) -> Bool {
        attribute(UInt(CKA_SIGN), of: object, limit: 1) != [0]
    }

    /// The public numbers, from the first of a key's objects that tells them.
    private func publicHalf(_ mechanism: TokenKey.Mechanism, _ objects: [UInt]) -> TokenKey.PublicHalf? {
        func first(_ type: UInt) -> [UInt8]? {
            for object in objects {
                if let bytes = attribute(type, of: object, limit: Self.maximumNumber), !bytes.isEmpty { return bytes }
            }
            return nil
        }
        switch mechanism {
        case .rsaPKCS:
            guard let modulus = first(UInt(CKA_MODULUS)), let exponent = first(UInt(CKA_PUBLIC_EXPONENT)) else {
                return nil
            }
            return .rsa(modulus: modulus, exponent: exponent)
        case .ecdsa, .eddsa:
            guard let curve = first(UInt(CKA_EC_PARAMS)), let point = first(UInt(CKA_EC_POINT)) else { return nil }
            return mechanism == .ecdsa ? .ec(curve: curve, point: point) : .edwards(curve: curve, point: point)
        }
    }

    private func certified(_ certificate: UInt) -> TokenKey.PublicHalf? {
        attribute(UInt(CKA_VALUE), of: certificate, limit: Self.maximumCertificate).map { .certificate($0) }
    }

    private func label(_ objects: [UInt]) -> String {
        for object in objects {
            guard let bytes = attribute(UInt(CKA_LABEL), of: object, limit: Self.maximumText), !bytes.isEmpty,
                let text = String(validating: bytes, as: UTF8.self)
            else { continue }
            return text
        }
        return ""
    }

    func number(_ type: UInt, of object: UInt) -> UInt? {
        guard let bytes = attribute(type, of: object, limit: MemoryLayout<UInt>.size),
            bytes.count == MemoryLayout<UInt>.size
        else { return nil }
        return unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt.self) }
    }

    func flag(_ type: UInt, of object: UInt) -> Bool {
        attribute(type, of: object, limit: 1) == [1]
    }
}
