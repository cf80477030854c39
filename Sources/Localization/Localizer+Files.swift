import Glibc
import Posix
import Synchronization
import Wire

// MARK: - Finding and reading catalogs

extension Localizer {
    /// The folder of catalogs that belongs to this program, or nil if there is none.
    ///
    /// Seen from the program's own file: `../share/locale` for an installed program, `../../share/locale` for a helper
    /// one folder deeper, `locale` in the build tree. The environment can't name another: what a prompt says must not
    /// depend on who started it.
    public static let catalogFolder: String? = {
        guard let folder = OwnProgram.folder else { return nil }
        return ["../share/locale", "../../share/locale", "locale"].lazy.map { folder + "/" + $0 }
            .first { candidate in Language.allCases.contains { isReadable(path(of: $0, in: candidate)) } }
    }()

    /// Catalogs that were read, by their paths: each is read once per process.
    private static let catalogs = Mutex<[String: Catalog]>([:])

    /// The catalog of a language, or nil if there is none that can be read; then it is looked for again the next time.
    static func catalog(of language: Language, in folder: String) -> Catalog? {
        let path = path(of: language, in: folder)
        if let catalog = catalogs.withLock({ $0[path] }) { return catalog }
        guard let bytes = contents(ofFile: path), let catalog = try? Catalog(parsing: bytes) else { return nil }
        catalogs.withLock { $0[path] = catalog }
        return catalog
    }

    /// The value of a variable of this process's environment.
    static func environmentValue(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    private static func path(of language: Language, in folder: String) -> String {
        "\(folder)/\(language.rawValue)/LC_MESSAGES/\(catalogName)"
    }

    private static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }

    /// A regular file's bytes, or nil if it can't be read or is larger than a catalog may be.
    private static func contents(ofFile path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (0...off_t(Catalog.maximumSize)).contains(status.st_size)
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            // Fewer bytes than announced: the file is being replaced. The parser would only find it truncated.
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}
