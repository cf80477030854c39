import CLinux
import Glibc
import Posix

/// Finds a plugin's file and makes sure that nobody else could have put it there or could change it.
///
/// What is checked is what is loaded: the file is opened first, and loaded by that descriptor.
enum PluginFile {
    typealias Failure = TrustedLibrary.Failure

    /// The folders that hold plugins, in the order of searching.
    static func folders(variable: String?, programFolder: String?) -> [String] {
        var folders = (variable ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        if let programFolder {
            folders.append(Files.parent(of: Files.parent(of: programFolder)) + "/lib/clave-agent/plugins")
            folders.append(programFolder)
        }
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

    private static func open(_ file: String, _ folder: String) throws(Failure) -> Descriptor {
        try TrustedLibrary.checkFolder(folder)
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
        try TrustedLibrary.check(file, owner: status.st_uid, mode: status.st_mode)
        return descriptor
    }
}
