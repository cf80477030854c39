import CP11Kit

/// The certificates with private keys that are installed on the tokens of this machine: those of p11-kit's configured
/// libraries, and the databases of browsers that use NSS.
///
/// Libraries are loaded into this process and stay until it ends; have one of these in a process, for one thread.
@safe
public final class InstalledCertificates {
    private static let maximumFailures = 64

    /// A library, and which browser's database is the token in which slot.
    private struct Library {
        let module: CryptokiModule
        var databases: [UInt: BrowserDatabase] = [:]
    }

    /// A certificate, and the session in which it was found.
    struct Found {
        let session: TokenSession
        let certificate: PersonalCertificate
        let uri: String
        let exactURI: String
        /// See ``InstalledCertificate/place``.
        let place: String
    }

    private var libraries: [Library] = []
    /// What could not be loaded, opened or read; English, one line each, for a log.
    public private(set) var failures: [String] = []

    /// Loads the libraries. One that fails is left out and named in ``failures``.
    ///
    /// - Parameter places: where the person's browsers keep their databases; nil to leave browsers out.
    public init(_ places: BrowserPlaces?) {
        libraries = CryptokiModule.configured { fail($0) }.map { Library(module: $0) }
        if let places, let nss = NSSLibrary.open(BrowserDatabase.all(in: places), { fail($0) }) {
            libraries.append(Library(module: nss.module, databases: nss.slots))
        }
    }

    private func fail(_ text: String) {
        if failures.count < Self.maximumFailures { failures.append(text) }
    }

    /// All whose private key is there, or might be after a login; nobody is logged in for that.
    ///
    /// A token that can't be read is left out and named in ``failures``. What is told twice, by two libraries for one
    /// token, is told once.
    public func all() -> [InstalledCertificate] { Self.distinct(look(with: nil).found, told) }

    /// The certificates that a URI names; of several only those that serve best: valid now and for identification, else
    /// valid now and for signatures. The newest comes first, whatever the token's order.
    ///
    /// - Parameter uri: an ``InstalledCertificate/uri``, or one of a person's that names less.
    /// - Returns: one or more.
    public func certificates(_ uri: String) throws(InstalledFailure) -> [InstalledCertificate] {
        Self.distinct(try fitting(uri), told)
    }

    /// Each certificate of a token once.
    private static func distinct(
        _ all: [Found], _ told: (Found, _ isShared: Bool) -> InstalledCertificate
    ) -> [InstalledCertificate] {
        var found: [Found] = []
        for one in all where !found.contains(where: { $0.uri == one.uri && $0.certificate.der == one.certificate.der })
        {
            found.append(one)
        }
        return found.map { one in told(one, found.count { $0.uri == one.uri } > 1) }
    }

    /// What is told of a certificate.
    ///
    /// - Parameter isShared: whether another has its URI.
    private func told(_ found: Found, _ isShared: Bool) -> InstalledCertificate {
        var issuers: [[UInt8]] = []
        do throws(CryptokiError) { issuers = try found.session.issuers(of: found.certificate) } catch {
            fail("\(found.place): \(error)")
        }
        return InstalledCertificate(
            uri: isShared ? found.exactURI : found.uri, exactURI: found.exactURI,
            label: String(decoding: found.certificate.label, as: UTF8.self), der: found.certificate.der,
            issuers: issuers, token: found.session.token, place: found.place)
    }

    // MARK: Looking

    /// What was found, whether a token was there that the URI may mean, and why one could not be read.
    struct Outcome {
        var found: [Found] = []
        var isTokenThere = false
        var failure: CryptokiError?
    }

    /// Looks at all tokens, or those that the URI may mean, for certificates that it fits.
    func look(with uri: TokenURI?) -> Outcome {
        var outcome = Outcome()
        for library in libraries {
            for token in tokens(library) {
                guard let info = library.module.information(in: token.slot), uri?.fits(info) ?? true else { continue }
                outcome.isTokenThere = true
                do throws(CryptokiError) {
                    for found in try certificates(library, token, info) where uri?.fits(found.certificate) ?? true {
                        outcome.found.append(found)
                    }
                } catch {
                    outcome.failure = error
                    fail("\(token.label): \(error)")
                }
            }
        }
        return outcome
    }

    private func tokens(_ library: Library) -> [Token] {
        do throws(CryptokiError) { return try library.module.tokens() } catch {
            fail("\(error)")
            return []
        }
    }

    private func certificates(
        _ library: Library, _ token: Token, _ info: CK_TOKEN_INFO
    ) throws(CryptokiError) -> [Found] {
        let database = library.databases[token.slot]
        let session = try TokenSession(library.module, token)
        // A browser knows other people's certificates too.
        let certificates = try session.personalCertificates(showsPublicHalves: database != nil)
        return certificates.compactMap { certificate in
            guard let uri = TokenURI.text(info, certificate),
                let exactURI = TokenURI.text(info, certificate, isExact: true)
            else { return nil }
            return Found(
                session: session, certificate: certificate, uri: uri, exactURI: exactURI,
                place: database?.place ?? token.label)
        }
    }
}
