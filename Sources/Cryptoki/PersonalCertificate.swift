import CP11Kit
import Certificates

/// A certificate as it lies on a token (PKCS #11 section 4.6.3).
struct PersonalCertificate {
    /// `CKA_ID`, mostly that of the private key too; never empty.
    let identifier: [UInt8]
    /// `CKA_LABEL`; may be empty.
    let label: [UInt8]
    /// `CKA_VALUE`, DER.
    let der: [UInt8]
    /// `CKA_ISSUER`, a name in DER; may be empty.
    let issuer: [UInt8]
    /// What tells its private key; nil if it can't be read.
    let key: CertifiedKey?

    init(identifier: [UInt8], label: [UInt8], der: [UInt8], issuer: [UInt8]) {
        self.identifier = identifier
        self.label = label
        self.der = der
        self.issuer = issuer
        key = CertifiedKey(certificate: der)
    }
}

extension TokenSession {
    /// The person's own certificates: those whose private key is there, as far as can be told now.
    ///
    /// A token that wants a login may hide its private keys until then. So a certificate counts
    /// - if a private key may be its own (``KeyHalf/mayBe(_:)``); or
    /// - before a login, if it is neither an authority's nor another entity's (`CKA_CERTIFICATE_CATEGORY`), nor an
    ///   authority's by its basic constraints, and, with `showsPublicHalves`, a public key may be its own.
    ///
    /// - Parameter showsPublicHalves: the token always shows the public halves of its private keys, and no other public
    ///   keys, as NSS's do. OpenSC makes one of each certificate; others have none.
    func personalCertificates(showsPublicHalves: Bool) throws(CryptokiError) -> [PersonalCertificate] {
        let keys = try halves(UInt(CKO_PRIVATE_KEY))
        // The system's authorities are a token too, with hundreds of certificates and no key.
        guard token.needsLogin || !keys.isEmpty else { return [] }
        let shown = showsPublicHalves ? try halves(UInt(CKO_PUBLIC_KEY)) : []
        // A browser's database has hundreds of other people's: only those with a key's identifier are looked at.
        let objects =
            showsPublicHalves ? try certificates(with: keys + shown) : try self.objects(UInt(CKO_CERTIFICATE))
        return objects.compactMap { object in
            guard let certificate = certificate(object) else { return nil }
            if keys.contains(where: { $0.mayBe(certificate) }) { return certificate }
            guard token.needsLogin, mayBePersonal(object, certificate) else { return nil }
            return !showsPublicHalves || shown.contains { $0.mayBe(certificate) } ? certificate : nil
        }
    }

    /// The certificates with the identifiers of keys.
    private func certificates(with keys: [KeyHalf]) throws(CryptokiError) -> [UInt] {
        var identifiers: Set<[UInt8]> = []
        var found: [UInt] = []
        for key in keys where !key.identifier.isEmpty && identifiers.insert(key.identifier).inserted {
            found += try objects(UInt(CKO_CERTIFICATE), identifier: key.identifier)
        }
        return found
    }

    /// Values of `CKA_CERTIFICATE_CATEGORY` are 0 unspecified, 1 token user, 2 authority, 3 other entity.
    private func mayBePersonal(_ object: UInt, _ certificate: PersonalCertificate) -> Bool {
        number(UInt(CKA_CERTIFICATE_CATEGORY), of: object) ?? 0 <= 1 && !certificate.isAuthority
    }

    /// Reads a certificate; nil if it is not an X.509 one, is too long, or has no identifier.
    private func certificate(_ object: UInt) -> PersonalCertificate? {
        guard number(UInt(CKA_CERTIFICATE_TYPE), of: object) == UInt(CKC_X_509),
            let identifier = attribute(UInt(CKA_ID), of: object, limit: Self.maximumText), !identifier.isEmpty,
            let der = attribute(UInt(CKA_VALUE), of: object, limit: Self.maximumCertificate), !der.isEmpty
        else { return nil }
        return PersonalCertificate(
            identifier: identifier, label: attribute(UInt(CKA_LABEL), of: object, limit: Self.maximumText) ?? [],
            der: der, issuer: attribute(UInt(CKA_ISSUER), of: object, limit: Self.maximumText) ?? [])
    }

    // MARK: Issuers

    /// The certificates on the token whose subject is a certificate's issuer, or theirs in turn, the nearest first.
    func issuers(of certificate: PersonalCertificate) throws(CryptokiError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var names = [certificate.issuer]
        var next = 0
        while next < names.count, found.count < InstalledCertificate.maximumIssuers {
            defer { next += 1 }
            guard !names[next].isEmpty else { continue }
            for object in try objects(UInt(CKO_CERTIFICATE), with: UInt(CKA_SUBJECT), names[next]) {
                guard let der = attribute(UInt(CKA_VALUE), of: object, limit: Self.maximumCertificate), !der.isEmpty,
                    der != certificate.der, !found.contains(der)
                else { continue }
                found.append(der)
                let issuer = attribute(UInt(CKA_ISSUER), of: object, limit: Self.maximumText) ?? []
                if !names.contains(issuer) { names.append(issuer) }
            }
        }
        return Array(found.prefix(InstalledCertificate.maximumIssuers))
    }
}

extension PersonalCertificate {
    /// The extension basic constraints of an authority (RFC 5280 section 4.2.1.9): its identifier 2.5.29.19, critical or
    /// not, and the beginning of its value, a sequence with TRUE first.
    private static let critical: [UInt8] = [6, 3, 0x55, 0x1D, 19, 1, 1, 0xFF, 4]
    private static let uncritical: [UInt8] = [6, 3, 0x55, 0x1D, 19, 4]

    /// Whether it is an authority's. It is only looked for, not read: a wrong answer hides or shows a line of a list.
    var isAuthority: Bool {
        der.indices.contains { place in
            [Self.critical, Self.uncritical].contains { start in
                guard der[place...].starts(with: start) else { return false }
                // After the octet string's length: the sequence, its length, TRUE.
                let value = der[place...].dropFirst(start.count + 1)
                return value.first == 0x30 && value.dropFirst(2).starts(with: [1, 1, 0xFF])
            }
        }
    }
}
