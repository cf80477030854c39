import COpenSSL
import Posix
import Synchronization

/// Certificate revocation lists (RFC 5280 section 5) of a file or a folder, in PEM or DER; read again when a file has
/// changed.
final class RevocationLists: Sendable {
    private struct Cache: ~Copyable {
        var marks: [PEMFiles.Mark] = []
        var lists = CRLList()
    }

    private let path: String
    private let cache = Mutex(Cache())

    /// - Throws: if there is no such file or folder.
    init(path: String) throws(SystemError) {
        self.path = path
        _ = try PEMFiles.marks(at: path)
    }

    /// The lists as the files are now; what can't be read is left out, and so nothing is good by it.
    func current() -> CRLList {
        let marks = (try? PEMFiles.marks(at: path)) ?? []
        return cache.withLock { cache in
            if cache.marks != marks {
                cache.lists = Self.read(marks)
                cache.marks = marks
            }
            return cache.lists.shared()
        }
    }

    private static func read(_ marks: [PEMFiles.Mark]) -> CRLList {
        let lists = CRLList()
        for mark in marks {
            guard let bytes = try? Files.read(mark.path, limit: PEMFiles.maximumLength) else { continue }
            if bytes.first == DERReader.Tag.sequence {
                if let list = unsafe decode(bytes) { unsafe lists.take(list) }
                continue
            }
            unsafe PEMFiles.forEach(in: bytes, { unsafe PEM_read_bio_X509_CRL($0, nil, nil, nil) }) {
                unsafe lists.take($0)
            }
        }
        return lists
    }

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
    func take(_ list: OpaquePointer) {
        if unsafe X509_CRL_get0_nextUpdate(list) == nil {
            unsafe X509_CRL_free(list)
        } else {
            unsafe _ = OPENSSL_sk_push(pointer, UnsafeRawPointer(list))
        }
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
