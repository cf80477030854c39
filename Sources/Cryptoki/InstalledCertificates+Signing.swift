import CP11Kit
public import SecureMemory

extension InstalledCertificates {
    /// How often the person is asked for one batch.
    private static let maximumTries = 3

    /// Signs digests with the private key of an installed certificate.
    ///
    /// A token that wants a login has it for these signatures only. A key that wants the PIN for itself
    /// (`CKA_ALWAYS_AUTHENTICATE`) gets the same one.
    ///
    /// - Parameters:
    ///   - digests: by the scheme's hash.
    ///   - uri: an ``InstalledCertificate/uri``, or one of a person's that names less and fits one certificate only.
    ///   - pin: is asked at most three times, and not if none is needed or it is typed on the reader; hears whether the
    ///     last one was wrong, and gives nil to cancel.
    ///   - announcePINPad: is called once before the token waits for a PIN typed on the reader.
    /// - Returns: a signature for each: for RSA as many bytes as the modulus has; for ECDSA r and s, each as long as the curve's order.
    public func sign(
        digests: [[UInt8]], _ scheme: TokenScheme, uri: String,
        pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?,
        announcePINPad: (_ token: Token) -> Void
    ) throws(InstalledFailure) -> [[UInt8]] {
        guard digests.allSatisfy({ $0.count == scheme.digestLength }) else {
            throw .failed("the digest has a wrong length")
        }
        let found = try find(uri)
        let key = KeyInUse(session: found.session, identifier: found.certificate.identifier, scheme: scheme)
        guard key.session.module.offers(scheme.mechanism, in: key.session.token.slot) else { throw .noSuchMechanism }
        let signatures = try sign(digests, by: key, pin, announcePINPad)
        guard signatures.allSatisfy(scheme.fits) else { throw .failed("a signature is none of \(scheme.rawValue)") }
        return signatures
    }

    /// The one certificate that a URI names.
    func find(_ text: String) throws(InstalledFailure) -> Found {
        let outcome = look(with: try TokenURI(text))
        guard let first = outcome.found.first else {
            if let failure = outcome.failure { throw InstalledFailure(failure) }
            throw outcome.isTokenThere ? .notFound : .tokenGone
        }
        guard outcome.found.allSatisfy({ $0.uri == first.uri }) else {
            throw .failed("several certificates fit the URI")
        }
        return first
    }

    private func sign(
        _ digests: [[UInt8]], by key: KeyInUse, _ pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?,
        _ announcePINPad: (_ token: Token) -> Void
    ) throws(InstalledFailure) -> [[UInt8]] {
        let token = key.session.token
        guard try key.needsPIN() else { return try key.sign(digests, pin: SecretBytes(zeros: 0)) }
        guard !token.hasPINPad else {
            try key.requireTries()
            announcePINPad(token)
            return try key.sign(digests, pin: SecretBytes(zeros: 0))
        }
        for attempt in 0..<Self.maximumTries {
            try key.requireTries()
            guard let secret = pin(token, attempt > 0) else { throw .cancelled }
            // Some libraries take an empty one for one that is typed on the reader.
            guard secret.count > 0 else { continue }
            do throws(InstalledFailure) { return try key.sign(digests, pin: secret) } catch {
                guard error == .wrongPIN else { throw error }
            }
        }
        throw .wrongPIN
    }
}

/// A private key that is about to sign by a scheme.
private struct KeyInUse {
    let session: TokenSession
    let identifier: [UInt8]
    let scheme: TokenScheme

    /// Whether the PIN is needed, to see the key or to use it.
    func needsPIN() throws(InstalledFailure) -> Bool {
        if session.token.needsLogin { return true }
        return wantsPINEachTime(try object())
    }

    func requireTries() throws(InstalledFailure) {
        try InstalledFailure.asking { () throws(CryptokiError) in try session.requireTries() }
    }

    /// Logs in if the token wants that, and signs.
    ///
    /// - Parameter pin: empty if none is needed or it is typed on the reader.
    func sign(_ digests: [[UInt8]], pin: borrowing SecretBytes) throws(InstalledFailure) -> [[UInt8]] {
        if session.token.needsLogin {
            try InstalledFailure.asking { () throws(CryptokiError) in try session.logIn(pin) }
        }
        let object = try object()
        let logsIn = wantsPINEachTime(object)
        var signatures: [[UInt8]] = []
        for digest in digests {
            try InstalledFailure.asking { () throws(CryptokiError) in
                signatures.append(
                    try session.sign(
                        scheme.input(digest), by: object, mechanism: scheme.mechanism,
                        parameters: scheme.parameters, logsIn: logsIn, pin: pin))
            }
        }
        return signatures
    }

    private func wantsPINEachTime(_ object: UInt) -> Bool { session.flag(UInt(CKA_ALWAYS_AUTHENTICATE), of: object) }

    /// The private key, which may be seen only after the login.
    private func object() throws(InstalledFailure) -> UInt {
        let objects = try InstalledFailure.asking { () throws(CryptokiError) in
            try session.objects(UInt(CKO_PRIVATE_KEY), identifier: identifier).filter(session.signs)
        }
        guard !objects.isEmpty else { throw .notFound }
        guard let object = objects.first(where: { session.number(UInt(CKA_KEY_TYPE), of: $0) == scheme.keyType })
        else { throw .noSuchMechanism }
        return object
    }
}
