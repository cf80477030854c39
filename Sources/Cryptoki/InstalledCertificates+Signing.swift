import CP11Kit
import Certificates
import Glibc
public import SecureMemory
public import SignedForms

extension InstalledCertificates {
    /// How often the person is asked for one batch.
    private static let maximumTries = 3

    /// Signs digests, or for Ed25519 messages, with the private key of an installed certificate.
    ///
    /// A token that wants a login has it for these signatures only. A key that wants the PIN for itself
    /// (`CKA_ALWAYS_AUTHENTICATE`) gets the same one.
    ///
    /// - Parameters:
    ///   - inputs: digests by the scheme's hash; for Ed25519 messages.
    ///   - uri: an ``InstalledCertificate/uri``, or one of a person's that names less and fits one certificate only.
    ///   - pin: is asked at most three times, and not if none is needed or it is typed on the reader; hears whether the
    ///     last one was wrong, and gives nil to cancel.
    ///   - announcePINPad: is called once before the token waits for a PIN typed on the reader.
    /// - Returns: a signature for each: for RSA as many bytes as the modulus has; for ECDSA r and s, each as long as the curve's order;
    ///   for Ed25519 64 bytes.
    public func sign(
        inputs: [[UInt8]], _ scheme: SignatureScheme, uri: String,
        pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?,
        announcePINPad: (_ token: Token) -> Void
    ) throws(InstalledFailure) -> [[UInt8]] {
        guard !inputs.isEmpty else { throw .failed("there is nothing to sign") }
        guard inputs.allSatisfy(scheme.takes) else {
            throw .failed("the digest has a wrong length")
        }
        let found = try find(uri)
        let key = KeyInUse(session: found.session, certificate: found.certificate, scheme: scheme)
        guard key.session.module.offers(scheme.mechanism, in: key.session.token.slot) else { throw .noSuchMechanism }
        let signatures =
            try key.needsPIN()
            ? try withPIN(key, pin, announcePINPad) { pin throws(InstalledFailure) in try key.sign(inputs, pin: pin) }
            : try key.sign(inputs, pin: SecretBytes(zeros: 0))
        guard signatures.allSatisfy(scheme.fits) else { throw .failed("a signature is none of \(scheme.rawValue)") }
        return signatures
    }

    /// Makes sure that a certificate's private key is there, as far as that shows without a signature: after the login, if
    /// the token wants one. The parameters are those of ``sign(inputs:_:uri:pin:announcePINPad:)``.
    ///
    /// - Throws: `.noKey`, or `.noSuchMechanism` for a key that does not sign by the scheme.
    public func requireKey(
        _ scheme: SignatureScheme, uri: String, pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?,
        announcePINPad: (_ token: Token) -> Void
    ) throws(InstalledFailure) {
        let found = try find(uri)
        let key = KeyInUse(session: found.session, certificate: found.certificate, scheme: scheme)
        guard key.session.token.needsLogin else { return try key.requireObjects(pin: SecretBytes(zeros: 0)) }
        try withPIN(key, pin, announcePINPad) { pin throws(InstalledFailure) in try key.requireObjects(pin: pin) }
    }

    /// The certificate that a URI names; of several with one key, any.
    func find(_ text: String) throws(InstalledFailure) -> Found {
        let found = try fitting(text)
        guard let first = found.first else { throw .notFound }
        guard found.allSatisfy({ $0.uri == first.uri && $0.certificate.key == first.certificate.key }) else {
            throw .several
        }
        return first
    }

    /// The certificates that a URI fits, as far as they serve best; never empty.
    func fitting(_ text: String) throws(InstalledFailure) -> [Found] {
        let outcome = look(with: try TokenURI(text))
        guard !outcome.found.isEmpty else {
            if let failure = outcome.failure { throw InstalledFailure(failure) }
            throw outcome.isTokenThere ? .notFound : .tokenGone
        }
        let now = UInt64(max(0, time(nil)))
        let ranked = outcome.found.map { (found: $0, rank: Rank($0.certificate, now: now)) }
        let best = ranked.map(\.rank.service).min() ?? 0
        return ranked.filter { $0.rank.service == best }.sorted { $0.rank < $1.rank }.map(\.found)
    }

    /// Does something with a key by the PIN, which is asked for as often as it may be.
    private func withPIN<Outcome>(
        _ key: KeyInUse, _ pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?,
        _ announcePINPad: (_ token: Token) -> Void, _ body: (borrowing SecretBytes) throws(InstalledFailure) -> Outcome
    ) throws(InstalledFailure) -> Outcome {
        let token = key.session.token
        guard !token.hasPINPad else {
            try key.requireTries()
            announcePINPad(token)
            return try body(SecretBytes(zeros: 0))
        }
        for attempt in 0..<Self.maximumTries {
            try key.requireTries()
            guard let secret = pin(token, attempt > 0) else { throw .cancelled }
            // Some libraries take an empty one for one that is typed on the reader.
            guard secret.count > 0 else { continue }
            do throws(InstalledFailure) { return try body(secret) } catch {
                guard error == .wrongPIN else { throw error }
            }
        }
        throw .wrongPIN
    }
}

/// How well a certificate serves, and its place among its like.
private struct Rank: Comparable {
    /// 0 valid now and for identification, 1 valid now and for signatures, 2 neither.
    let service: Int
    private let validAfter: UInt64
    private let der: [UInt8]

    init(_ certificate: PersonalCertificate, now: UInt64) {
        let holder = HolderCertificate(der: certificate.der)
        // Whose it is does not matter here.
        let problems = holder?.problems(now: now).filter { $0 != .noDocument && $0 != .contradictoryDocuments }
        service = problems?.isEmpty == true ? (holder?.identifies == true ? 0 : 1) : 2
        validAfter = holder?.validAfter ?? 0
        der = certificate.der
    }

    static func < (one: Rank, other: Rank) -> Bool {
        if one.service != other.service { return one.service < other.service }
        if one.validAfter != other.validAfter { return one.validAfter > other.validAfter }
        return one.der.lexicographicallyPrecedes(other.der)
    }
}

/// A private key that is about to sign by a scheme.
private struct KeyInUse {
    let session: TokenSession
    let certificate: PersonalCertificate
    let scheme: SignatureScheme

    /// Whether the PIN is needed, to see the key or to use it.
    func needsPIN() throws(InstalledFailure) -> Bool {
        if session.token.needsLogin { return true }
        return try objects().contains(where: wantsPINEachTime)
    }

    func requireTries() throws(InstalledFailure) {
        try InstalledFailure.asking { () throws(CryptokiError) in try session.requireTries() }
    }

    /// Logs in if the token wants that, and looks for the key.
    func requireObjects(pin: borrowing SecretBytes) throws(InstalledFailure) {
        try logIn(pin)
        _ = try objects()
    }

    private func logIn(_ pin: borrowing SecretBytes) throws(InstalledFailure) {
        guard session.token.needsLogin else { return }
        try InstalledFailure.asking { () throws(CryptokiError) in try session.logIn(pin) }
    }

    /// Logs in if the token wants that, and signs.
    ///
    /// - Parameter pin: empty if none is needed or it is typed on the reader.
    func sign(_ inputs: [[UInt8]], pin: borrowing SecretBytes) throws(InstalledFailure) -> [[UInt8]] {
        try logIn(pin)
        let objects = try objects()
        var failure = InstalledFailure.noKey
        // Where the token does not tell which key is the certificate's, the signature does.
        for object in objects {
            do throws(InstalledFailure) {
                let first = try sign(inputs[0], by: object, pin)
                guard isGood(first, inputs[0]) else { continue }
                var signatures = [first]
                for input in inputs.dropFirst() { signatures.append(try sign(input, by: object, pin)) }
                return signatures
            } catch {
                guard objects.count > 1, error == .noSuchMechanism else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func sign(
        _ input: [UInt8], by object: UInt, _ pin: borrowing SecretBytes
    ) throws(InstalledFailure) -> [UInt8] {
        guard let prepared = scheme.mechanismInput(input) else { throw .failed("the digest has a wrong length") }
        do throws(CryptokiError) {
            return try session.sign(
                prepared, by: object, mechanism: scheme.mechanism, parameters: scheme.parameters,
                logsIn: wantsPINEachTime(object), pin: pin)
        } catch { throw InstalledFailure(error) }
    }

    /// Whether a signature is the certificate's; one whose key can't be read is believed here, and checked by the agent.
    private func isGood(_ signature: [UInt8], _ input: [UInt8]) -> Bool {
        guard let key = certificate.key, key.numbers != .other else { return true }
        return key.verifies(signature, of: input, scheme)
    }

    private func wantsPINEachTime(_ object: UInt) -> Bool { session.flag(UInt(CKA_ALWAYS_AUTHENTICATE), of: object) }

    /// The private keys that may be the certificate's, which may be seen only after the login.
    private func objects() throws(InstalledFailure) -> [UInt] {
        let objects = try InstalledFailure.asking { () throws(CryptokiError) in
            try session.privateKeys(of: certificate)
        }
        guard !objects.isEmpty else { throw .noKey }
        let fitting = objects.filter { session.number(UInt(CKA_KEY_TYPE), of: $0) == scheme.keyType }
        guard !fitting.isEmpty else { throw .noSuchMechanism }
        return fitting
    }
}
