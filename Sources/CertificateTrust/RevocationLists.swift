import ASN1
import COpenSSL
import Glibc
public import Posix
import Synchronization

/// Certificate revocation lists (RFC 5280 section 5) of a file or a folder, in PEM or DER; read again when a file has
/// changed.
public final class RevocationLists: Sendable {
    /// Bytes of a file: a list of two million certificates.
    public static let maximumLength = 64 << 20

    private struct Cache: ~Copyable {
        var marks: [PEMFiles.Mark]?
        var lists = CRLList()
    }

    private let path: String
    private let maximumLength: Int
    private let complain: @Sendable (String) -> Void
    private let cache = Mutex(Cache())

    /// - Parameters:
    ///   - maximumLength: bytes of a file.
    ///   - complain: hears of each file that is left out, once for each state of the files.
    /// - Throws: if there is no such file or folder.
    public init(
        path: String, maximumLength: Int = RevocationLists.maximumLength,
        complain: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(SystemError) {
        self.path = path
        self.maximumLength = maximumLength
        self.complain = complain
        _ = try PEMFiles.marks(at: path)
    }

    /// How many lists there are as the files are now.
    public var count: Int { current().count }

    /// The lists as the files are now; what can't be read is left out, and so nothing is good by it.
    func current() -> CRLList {
        var found: [PEMFiles.Mark] = []
        var failure: SystemError?
        do throws(SystemError) { found = try PEMFiles.marks(at: path) } catch { failure = error }
        let marks = found
        return cache.withLock { cache in
            if cache.marks != marks {
                if let failure { complain("revocation lists: \(failure)") }
                cache.lists = read(marks)
                cache.marks = marks
            }
            return cache.lists.shared()
        }
    }

    private func read(_ marks: [PEMFiles.Mark]) -> CRLList {
        let lists = CRLList()
        for mark in marks {
            guard let reason = take(mark.path, into: lists) else { continue }
            complain("revocation list \(mark.path) is left out: \(reason)")
        }
        return lists
    }

    /// Takes the lists of a file; why one is left out.
    private func take(_ path: String, into lists: borrowing CRLList) -> String? {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(path, limit: maximumLength) } catch {
            return error.number == EFBIG ? "it has more than \(maximumLength) bytes" : "\(error)"
        }
        if bytes.first == DER.Tag.sequence {
            guard let list = unsafe Self.decode(bytes) else { return "it is no revocation list in DER" }
            return unsafe lists.take(list) ? nil : Self.endless
        }
        var (count, isEndless) = (0, false)
        let isWhole = unsafe PEMFiles.forEach(in: bytes, { unsafe PEM_read_bio_X509_CRL($0, nil, nil, nil) }) {
            count += 1
            if unsafe !lists.take($0) { isEndless = true }
        }
        guard isWhole else { return "what is behind list \(count) in it can't be read" }
        guard count > 0 else { return "there is no revocation list in it" }
        return isEndless ? Self.endless : nil
    }

    private static let endless = "it does not say when the next one is due"

    private static func decode(_ der: [UInt8]) -> OpaquePointer? {
        defer { ERR_clear_error() }
        return unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_X509_CRL(nil, &position, bytes.count)
        }
    }
}

/// Revocation lists, each of them held; freed with this.
@safe
struct CRLList: ~Copyable, @unchecked Sendable {
    /// Borrowed as long as this lives.
    let pointer: OpaquePointer

    /// An empty list.
    init() { unsafe pointer = OPENSSL_sk_new_null()! }

    deinit { unsafe clave_openssl_crls_free(pointer) }

    var count: Int { Int(unsafe OPENSSL_sk_num(pointer)) }

    /// Takes over a revocation list. One without an end would be fresh for ever, and is dropped.
    ///
    /// - Returns: whether it has an end.
    @discardableResult
    func take(_ list: OpaquePointer) -> Bool {
        guard unsafe X509_CRL_get0_nextUpdate(list) != nil else {
            unsafe X509_CRL_free(list)
            return false
        }
        unsafe _ = OPENSSL_sk_push(pointer, UnsafeRawPointer(list))
        return true
    }

    /// Another list of the same.
    func shared() -> CRLList {
        let copy = CRLList()
        for place in 0..<count {
            let list = unsafe OpaquePointer(OPENSSL_sk_value(pointer, Int32(place))!)
            unsafe X509_CRL_up_ref(list)
            unsafe copy.take(list)
        }
        return copy
    }
}
