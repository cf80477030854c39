import CLinux
import Glibc
import Posix

/// Finds a plugin's file and makes sure that nobody else could have put it there or could change it.
///
/// What is checked is what is loaded: the file is opened first, and loaded by that descriptor.
enum PluginFile {
    enum Failure: Error, Equatable {
        /// There is no such file in any plugin folder.
        case notFound
        /// The file or its folder may not be trusted; the reason, in English.
        case notAllowed(String)
    }

    /// The folders that hold plugins, in the order of searching.
    static func folders(variable: String?, programFolder: String) -> [String] {
        var folders = (variable ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        folders.append(Files.parent(of: Files.parent(of: programFolder)) + "/lib/clave-agent/plugins")
        folders.append(programFolder)
        return folders
    }

    /// Whether a name is one of a plugin: small letters, digits and hyphens.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 32
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    /// Opens the plugin of that name.
    static func open(_ name: String, in folders: [String]) throws(Failure) -> Descriptor {
        guard isName(name) else { throw .notFound }
        for folder in folders {
            for file in ["\(folder)/\(name).so", "\(folder)/lib\(name).so"] where unsafe access(file, F_OK) == 0 {
                return try open(file, folder)
            }
        }
        throw .notFound
    }

    /// Makes sure that a PKCS#11 library is nobody else's to change, nor any folder on the way to it.
    ///
    /// It is loaded by its path, which such libraries look at to find what belongs to them: whoever could exchange the
    /// file after this could have changed it before.
    static func checkProvider(_ path: String) throws(Failure) {
        guard path.hasPrefix("/"), let real = Files.realPath(path) else { throw .notFound }
        var status = stat()
        guard unsafe stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notFound }
        try check(real, status)
        var folder = Files.parent(of: real)
        try checkFolder(folder)
        while folder != "/" {
            folder = Files.parent(of: folder)
            try checkFolder(folder, mayBeShared: true)
        }
    }

    private static func open(_ file: String, _ folder: String) throws(Failure) -> Descriptor {
        try checkFolder(folder)
        let descriptor: Descriptor
        do throws(SystemError) {
            descriptor = try Descriptor.open(file, O_RDONLY)
        } catch {
            throw .notAllowed(error.description)
        }
        guard let target = Files.linkTarget("/proc/self/fd/\(descriptor.number)"),
            let home = Files.realPath(folder), Files.parent(of: target) == home
        else { throw .notAllowed("\(file) is a link that leads out of the plugin folder") }
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notAllowed("\(file) is not a regular file")
        }
        try check(file, status)
        return descriptor
    }

    /// - Parameter mayBeShared: others may write it if they can't exchange what is another's (the sticky bit).
    private static func checkFolder(_ folder: String, mayBeShared: Bool = false) throws(Failure) {
        var status = stat()
        guard unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .notAllowed("\(folder) is not a folder")
        }
        if mayBeShared, status.st_uid == 0, status.st_mode & S_ISVTX != 0 { return }
        try check(folder, status)
    }

    private static func check(_ path: String, _ status: stat) throws(Failure) {
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .notAllowed("\(path) belongs to another user")
        }
        guard status.st_mode & 0o022 == 0 else { throw .notAllowed("\(path) is writable by others (chmod go-w)") }
    }
}
