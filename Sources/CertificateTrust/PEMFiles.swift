import CLinux
import COpenSSL
import Glibc
import Posix

/// The files of a setting that names one file or a folder of them, as they are now.
struct PEMFiles {
    /// Bytes of a file.
    static let maximumLength = 16 << 20
    /// Files of a folder.
    static let maximumCount = 1024

    /// By what a change of a file is seen.
    struct Mark: Equatable, Sendable {
        let path: String
        let file: UInt64
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// The files of a folder, or the file itself, by name; hidden ones are left out.
    ///
    /// - Throws: if there is no such file or folder, or the folder holds too many.
    static func marks(at path: String) throws(SystemError) -> [Mark] {
        guard let own = status(path) else { throw SystemError("stat \(path)") }
        guard own.st_mode & S_IFMT == S_IFDIR else { return [mark(path, own)] }
        var marks: [Mark] = []
        for name in try Files.names(in: path) where name.utf8.first != UInt8(ascii: ".") {
            guard let found = status("\(path)/\(name)"), found.st_mode & S_IFMT == S_IFREG else { continue }
            guard marks.count < maximumCount else { throw SystemError("too many files in \(path)", number: E2BIG) }
            marks.append(mark("\(path)/\(name)", found))
        }
        return marks.sorted { $0.path < $1.path }
    }

    /// Hands each block of a PEM file to `take`, as OpenSSL's reader makes it.
    ///
    /// - Parameter read: one of OpenSSL's `PEM_read_bio_` functions; nil at the end.
    /// - Returns: whether the end was reached; no if a block could not be read.
    @discardableResult
    static func forEach(
        in bytes: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?, _ take: (OpaquePointer) -> Void
    ) -> Bool {
        guard !bytes.isEmpty, let source = unsafe clave_openssl_source(bytes, bytes.count) else { return true }
        defer {
            unsafe BIO_free(source)
            ERR_clear_error()
        }
        ERR_clear_error()
        while let item = unsafe read(source) { unsafe take(item) }
        // The end is an error to OpenSSL, of a kind of its own.
        return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    private static func mark(_ path: String, _ status: stat) -> Mark {
        Mark(
            path: path, file: UInt64(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}
