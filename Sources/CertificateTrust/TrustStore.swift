import COpenSSL
import Certificates
import GatewayAPI
import Glibc
import Posix

/// The certification authorities that the gateway trusts: roots, and the intermediate ones below them.
public struct TrustStore: ~Copyable, Sendable {
    /// Why there is no trust store.
    public struct Failure: Error, Equatable {
        /// For the operator.
        public let message: String
    }

    /// Intermediate certificates of a chain.
    private static let maximumDepth: Int32 = 4
    /// OpenSSL's level 2: 112 bits, so no RSA key under 2048 bits and no signature with SHA-1.
    private static let securityLevel: Int32 = 2

    private let authorities: CertificateList

    /// How many authorities it holds.
    public var count: Int { authorities.count }

    /// Reads the authorities' certificates, in PEM, of a file or of the files of a folder.
    ///
    /// - Throws: for what can't be read, for a certificate that is no authority's, and if no root is among them.
    public init(path: String) throws(Failure) {
        let authorities = CertificateList()
        var foreign = ""
        do throws(SystemError) {
            for mark in try PEMFiles.marks(at: path) {
                let bytes = try Files.read(mark.path, limit: PEMFiles.maximumLength)
                let isWhole = unsafe PEMFiles.forEach(
                    in: bytes, { unsafe PEM_read_bio_X509($0, nil, nil, nil) }
                ) { certificate in
                    if unsafe X509_check_ca(certificate) != 1 { foreign = mark.path }
                    unsafe authorities.add(certificate)
                    unsafe X509_free(certificate)
                }
                guard isWhole else { throw SystemError("a certificate can't be read: \(mark.path)", number: EINVAL) }
            }
        } catch { throw Failure(message: "\(error)") }
        // It would be trusted as a chain of its own.
        guard foreign.isEmpty else { throw Failure(message: "\(foreign) has a certificate that is no authority's") }
        let hasRoot = (0..<authorities.count).contains {
            unsafe X509_get_extension_flags(authorities[$0]) & UInt32(EXFLAG_SS) != 0
        }
        guard hasRoot else { throw Failure(message: "\(path) has no root certificate in PEM") }
        self.authorities = authorities
    }

    /// The chain of a certificate, itself first and the root last, every part of it valid at this time.
    ///
    /// - Parameter helpers: certificates in DER that may stand between; nobody trusts them for that.
    /// - Throws: `.untrusted` or `.expired`.
    func chain(
        of certificate: borrowing DecodedCertificate, helpers: [[UInt8]], at now: Int64
    ) throws(CertificateRefusal) -> CertificateList {
        let between = CertificateList(helpers)
        let store = anchors(at: now)
        guard let context = unsafe X509_STORE_CTX_new() else { throw CertificateRefusal(.untrusted) }
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe X509_STORE_CTX_init(context, store.pointer, certificate.pointer, between.pointer) == 1,
            unsafe X509_verify_cert(context) == 1, let chain = unsafe X509_STORE_CTX_get1_chain(context)
        else {
            let isDate = unsafe [X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID].contains(
                X509_STORE_CTX_get_error(context))
            throw CertificateRefusal(isDate ? .expired : .untrusted)
        }
        return unsafe CertificateList(owning: chain)
    }

    /// OpenSSL's store of the authorities, that judges as of this time.
    func anchors(at now: Int64) -> OwnedAnchors {
        let store = unsafe X509_STORE_new()!
        for place in 0..<authorities.count { unsafe X509_STORE_add_cert(store, authorities[place]) }
        let parameters = unsafe X509_STORE_get0_param(store)
        unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(now))
        unsafe X509_VERIFY_PARAM_set_depth(parameters, Self.maximumDepth)
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, Self.securityLevel)
        return unsafe OwnedAnchors(owning: store)
    }
}

/// OpenSSL's store of trusted certificates; freed with this.
@safe
struct OwnedAnchors: ~Copyable {
    /// Borrowed as long as this lives.
    let pointer: OpaquePointer

    /// Takes over a store.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe X509_STORE_free(pointer) }
}
