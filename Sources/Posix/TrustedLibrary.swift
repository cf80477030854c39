import CLinux
import Glibc

/// Shared libraries that a person's tools bring, such as PKCS#11 modules and FIDO middleware.
public enum TrustedLibrary {
    /// Why a library may not be loaded.
    public enum Failure: Error, Equatable {
        /// There is no such file.
        case notFound
        /// The file or a folder may not be trusted; the reason, in English.
        case notAllowed(String)
    }

    /// Makes sure that a library is nobody else's to change, nor any folder on the way to it.
    ///
    /// It is loaded by its path, which such libraries look at to find what belongs to them: whoever could exchange the
    /// file after this could have changed it before.
    public static func check(_ path: String) throws(Failure) {
        guard Files.isAbsolute(path), let real = Files.realPath(path) else { throw .notFound }
        var status = stat()
        guard unsafe stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notFound }
        try check(real, owner: status.st_uid, mode: status.st_mode)
        var folder = Files.parent(of: real)
        try checkFolder(folder)
        while folder != "/" {
            folder = Files.parent(of: folder)
            try checkFolder(folder, mayBeShared: true)
        }
    }

    /// Makes sure that a folder is nobody else's to change.
    ///
    /// - Parameter mayBeShared: others may write it if they can't exchange what is another's (the sticky bit).
    public static func checkFolder(_ folder: String, mayBeShared: Bool = false) throws(Failure) {
        var status = stat()
        guard unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .notAllowed("\(folder) is not a folder")
        }
        if mayBeShared, status.st_uid == 0, status.st_mode & S_ISVTX != 0 { return }
        try check(folder, owner: status.st_uid, mode: status.st_mode)
    }

    /// Makes sure that what has this owner and mode is nobody else's to change.
    public static func check(_ path: String, owner: UInt32, mode: UInt32) throws(Failure) {
        guard owner == 0 || owner == geteuid() else { throw .notAllowed("\(path) belongs to another user") }
        guard mode & 0o022 == 0 else { throw .notAllowed("\(path) is writable by others (chmod go-w)") }
    }
}
