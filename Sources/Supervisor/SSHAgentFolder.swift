import CLinux
import Glibc
import Posix
import SecureMemory

/// `~/.ssh/agent`, where agents called ssh-agent have their sockets, under the names that OpenSSH's agent of 10.1 and
/// later gives them: each removes what the other has left behind.
struct SSHAgentFolder {
    /// Below the home folder.
    static let name = ".ssh/agent"
    /// Seconds: what is younger may belong to an agent that is being started.
    private static let leastAge = 3600
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    /// Letters of a host's name in a socket's, and of what makes it fresh.
    private static let count = 10

    private let path: String

    init(home: String) { path = home + "/" + Self.name }

    /// Makes the folder, for its owner alone.
    func make() throws(SystemError) {
        try Files.makeFolder(Files.parent(of: path))
        try Files.makeFolder(path)
    }

    /// A path for a socket that nothing is at.
    func freshPath() -> String {
        var name: [UInt8] = []
        while name.count < Self.count {
            // Without those that would make some letters likelier than others.
            for byte in randomBytes(Self.count) where byte < 248 && name.count < Self.count {
                name.append(Self.letters[Int(byte) % Self.letters.count])
            }
        }
        return "\(path)/\(Self.prefix)agent.\(String(decoding: name, as: UTF8.self))"
    }

    /// What the names of this host's sockets begin with: a home folder may be on many hosts.
    static var prefix: String {
        var buffer = [CChar](repeating: 0, count: 256)
        _ = unsafe gethostname(&buffer, buffer.count - 1)
        let host = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        var hash = SHA512Hash()
        hash.update(unsafe host.span.bytes)
        let word = hash.finish().prefix(count).map { letters[Int($0) % letters.count] }
        return "s.\(String(decoding: word, as: UTF8.self))."
    }

    /// Removes the sockets at which nobody listens any more.
    ///
    /// - Parameter everywhere: also those that other hosts have made.
    func removeStale(everywhere: Bool) {
        let prefix = Self.prefix
        for name in (try? Files.names(in: path)) ?? [] {
            guard everywhere || name.utf8.starts(with: prefix.utf8), Self.isStale(path + "/" + name) else { continue }
            unsafe unlink(path + "/" + name)
        }
    }

    private static func isStale(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK,
            status.st_mtim.tv_sec < time(nil) - leastAge
        else { return false }
        if case .nobody = SocketProbe.ask(path) { return true }
        return false
    }
}
