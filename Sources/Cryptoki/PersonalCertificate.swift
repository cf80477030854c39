import CP11Kit

/// A certificate as it lies on a token (PKCS #11 section 4.6.3).
struct PersonalCertificate {
    /// `CKA_ID`, the private key's too; never empty.
    let identifier: [UInt8]
    /// `CKA_LABEL`; may be empty.
    let label: [UInt8]
    /// `CKA_VALUE`, DER.
    let der: [UInt8]
    /// `CKA_ISSUER`, a name in DER; may be empty.
    let issuer: [UInt8]
}

extension TokenSession {
    /// The person's own certificates: those with whose `CKA_ID` there is a private key, as far as can be told now.
    ///
    /// A token that wants a login may hide its private keys until then. So a certificate counts
    /// - if a private key has its identifier; or
    /// - before a login, if it is neither an authority's nor another entity's (`CKA_CERTIFICATE_CATEGORY`), nor an
    ///   authority's by its basic constraints, and, with `showsPublicHalves`, a public key has its identifier.
    ///
    /// - Parameter showsPublicHalves: the token always shows the public halves of its private keys, and no other public
    ///   keys, as NSS's do. OpenSC makes one of each certificate; others have none.
    func personalCertificates(showsPublicHalves: Bool) throws(CryptokiError) -> [PersonalCertificate] {
        var objects = try certificates(withKeys: UInt(CKO_PRIVATE_KEY))
        if token.needsLogin {
            let hidden =
                try showsPublicHalves
                ? certificates(withKeys: UInt(CKO_PUBLIC_KEY)) : self.objects(UInt(CKO_CERTIFICATE))
            for object in hidden where !objects.contains(object) && mayBePersonal(object) { objects.append(object) }
        }
        return objects.compactMap(certificate)
    }

    /// The certificates with the identifiers of the keys of one kind.
    private func certificates(withKeys kind: UInt) throws(CryptokiError) -> [UInt] {
        var identifiers: Set<[UInt8]> = []
        var found: [UInt] = []
        for key in try objects(kind) {
            guard let identifier = attribute(UInt(CKA_ID), of: key, limit: Self.maximumText), !identifier.isEmpty,
                identifiers.insert(identifier).inserted
            else { continue }
            found += try objects(UInt(CKO_CERTIFICATE), identifier: identifier)
        }
        return found
    }

    /// Values of `CKA_CERTIFICATE_CATEGORY` are 0 unspecified, 1 token user, 2 authority, 3 other entity.
    private func mayBePersonal(_ object: UInt) -> Bool {
        number(UInt(CKA_CERTIFICATE_CATEGORY), of: object) ?? 0 <= 1 && certificate(object)?.isAuthority == false
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
