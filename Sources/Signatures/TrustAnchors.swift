import COpenSSL
import Certificates
import Glibc
public import Posix

/// Whose certificates are believed: those of a folder, or the system's authorities.
///
/// OpenSSL's store has a lock of its own, and nothing here changes it once it is made.
@safe
public struct TrustAnchors: ~Copyable, @unchecked Sendable {
    /// Files of a folder, bytes of one, and certificates of all.
    private static let maximumFiles = 1024
    private static let longestFile = 16 << 20
    private static let maximumCertificates = 8192
    /// Certificates between a signer's and a trusted one.
    private static let maximumDepth: Int32 = 8
    /// OpenSSL's level 2: 112 bits, so no RSA key under 2048 bits and no certificate signed with SHA-1.
    private static let securityLevel: Int32 = 2

    private let store: OpaquePointer
    /// How many certificates a folder has given; nil for the system's, which are read as they are needed.
    public let count: Int?

    /// The system's authorities, where OpenSSL looks for them.
    public init() {
        unsafe store = X509_STORE_new()!
        unsafe X509_STORE_set_default_paths(store)
        count = nil
    }

    /// Every certificate of a folder, or of one file, in PEM or DER: each is believed as it is, be it a root or not.
    ///
    /// - Throws: for what can't be read; `ENOENT` if there is no certificate in it.
    public init(folder path: String) throws(SystemError) {
        let found = try Self.certificates(at: path)
        guard !found.isEmpty else { throw SystemError("certificates in \(path)", number: ENOENT) }
        unsafe store = X509_STORE_new()!
        for der in found {
            if let certificate = DecodedCertificate(der: der) {
                unsafe X509_STORE_add_cert(store, certificate.pointer)
            }
        }
        count = found.count
    }

    deinit {
        unsafe X509_STORE_free(store)
        ERR_clear_error()
    }

    // MARK: Chains

    /// The way from a certificate to one that is believed.
    struct Chain {
        /// In DER, the signer's first; only that one if there is no way.
        let certificates: [[UInt8]]
        /// OpenSSL's reason against it, except that a part of it is not valid at the time; nil for none.
        let failure: String?
        /// Whether none of it limits its key to other purposes.
        let isForDocuments: Bool
    }

    /// Looks for a way at this time, and if a certificate on it has run out, for any: to a root, so that people see all of
    /// it, else to what a folder has.
    func chain(of certificate: borrowing DecodedCertificate, _ helpers: [[UInt8]], at now: UInt64) -> Chain {
        let ways = count == nil ? [true] : [true, false]
        var first: Chain?
        for time in [now, nil] as [UInt64?] {
            for toRoot in ways {
                let chain = verify(certificate, helpers, at: time, toRoot: toRoot)
                if chain.failure == nil { return chain }
                first = first ?? chain
            }
        }
        return first!
    }

    private func verify(
        _ certificate: borrowing DecodedCertificate, _ helpers: [[UInt8]], at now: UInt64?, toRoot: Bool
    ) -> Chain {
        defer { ERR_clear_error() }
        let alone = Chain(certificates: [certificate.der], failure: "out of memory", isForDocuments: true)
        let between = CertificateList(helpers)
        guard let context = unsafe X509_STORE_CTX_new() else { return alone }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard unsafe X509_STORE_CTX_init(context, store, certificate.pointer, between.pointer) == 1,
            let parameters = unsafe X509_STORE_CTX_get0_param(context)
        else { return alone }
        unsafe Self.limit(parameters, at: now, toRoot: toRoot)
        let isVerified = unsafe X509_verify_cert(context) == 1
        let error = unsafe X509_STORE_CTX_get_error(context)
        let reason = unsafe String(cString: X509_verify_cert_error_string(Int(error)))
        guard isVerified, let list = unsafe X509_STORE_CTX_get0_chain(context) else {
            return Chain(certificates: [certificate.der], failure: reason, isForDocuments: true)
        }
        return unsafe Self.chain(list)
    }

    private static func limit(_ parameters: OpaquePointer, at now: UInt64?, toRoot: Bool) {
        unsafe X509_VERIFY_PARAM_set_depth(parameters, maximumDepth)
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, securityLevel)
        if !toRoot { unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) }
        if let now {
            unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(clamping: now))
        } else {
            unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_NO_CHECK_TIME))
        }
    }

    /// What is told of a way that was found.
    private static func chain(_ list: OpaquePointer) -> Chain {
        var (all, isForDocuments): ([[UInt8]], Bool) = ([], true)
        let count = unsafe OPENSSL_sk_num(list)
        for place in 0..<count {
            guard let one = unsafe OpaquePointer(OPENSSL_sk_value(list, place)) else { continue }
            if unsafe clave_openssl_is_for_documents(one) != 1 { isForDocuments = false }
            unsafe X509_up_ref(one)
            all.append(unsafe DecodedCertificate(owning: one).der)
        }
        return Chain(certificates: all, failure: nil, isForDocuments: isForDocuments)
    }

    // MARK: Files

    private static func certificates(at path: String) throws(SystemError) -> [[UInt8]] {
        guard let folder = unsafe opendir(path) else {
            guard errno == ENOTDIR else { throw SystemError("open \(path)") }
            return try certificates(try Files.read(path, limit: longestFile), of: path)
        }
        defer { unsafe closedir(folder) }
        var (all, files): ([[UInt8]], Int) = ([], 0)
        while let name = unsafe try nextName(folder, path) {
            guard let file = unsafe try regularFile(name, in: folder, path) else { continue }
            files += 1
            guard files <= maximumFiles else { throw SystemError("files in \(path)", number: E2BIG) }
            all += try certificates(try Files.read(file, limit: longestFile), of: "\(path)/\(name)")
            guard all.count <= maximumCertificates else { throw SystemError("certificates in \(path)", number: E2BIG) }
        }
        return all
    }

    /// The next name in a folder that is neither hidden nor another folder's; nil behind the last.
    private static func nextName(_ folder: OpaquePointer, _ path: String) throws(SystemError) -> String? {
        while true {
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                guard errno == 0 else { throw SystemError("read \(path)") }
                return nil
            }
            // The name as it is, whatever its bytes mean.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe systemText($0) }
            }
            let isFolder = unsafe Int(entry.pointee.d_type) == DT_DIR
            if name.utf8.first != UInt8(ascii: "."), !isFolder { return name }
        }
    }

    /// A file of a folder, opened; nil for what is none: a link to nothing, a socket, a pipe, a folder.
    private static func regularFile(
        _ name: String, in folder: OpaquePointer, _ path: String
    ) throws(SystemError) -> Descriptor? {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let number = unsafe withSystemBytes(name) { unsafe openat(dirfd(folder), $0, flags) }
        guard number >= 0 else {
            // What can't be read may be the certificate that was meant: a verdict without it would be another one.
            guard [ENOENT, ENXIO].contains(errno) else { throw SystemError("open \(path)/\(name)") }
            return nil
        }
        let file = Descriptor(owning: number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw SystemError("stat \(path)/\(name)") }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        return file
    }

    /// A file without any certificate may lie there; one with a broken one is told.
    private static func certificates(_ bytes: [UInt8], of name: String) throws(SystemError) -> [[UInt8]] {
        if DecodedCertificate(der: bytes) != nil { return [bytes] }
        guard let blocks = PEMBlocks(bytes) else {
            guard bytes.isEmpty else { throw SystemError("read certificate \(name)", number: EBADMSG) }
            return []
        }
        let labels = ["CERTIFICATE", "X509 CERTIFICATE"]
        let found = blocks.all.filter { labels.contains($0.label) }.map(\.der)
        guard found.allSatisfy({ DecodedCertificate(der: $0) != nil }) else {
            throw SystemError("read certificate \(name)", number: EBADMSG)
        }
        return found
    }
}
