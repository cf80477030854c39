import CLinux
import Glibc
import Wire

/// The file that a person names for a result.
///
/// All that can be found out is found out when it is made, before anybody is asked. What is no plain file, a device, a pipe,
/// one of this process's own descriptors, is written through; a link stays, and its target is written. A plain file appears
/// as a whole or not at all (``StagedContent``).
public final class ResultFile {
    /// Why a result can't go there.
    public enum Refusal: Error, Equatable, Sendable {
        /// Something of that name is there, and nobody said that it may be replaced.
        case exists
        /// It is a folder.
        case isFolder
        /// It is the file that is read.
        case isInput
        /// This folder of it is none, or not one to which the user may write.
        case folder(String)
        case system(SystemError)
    }

    private enum Place {
        case descriptor(Int32)
        /// Devices and pipes: which, by what was found at that name.
        case special(SpecialFile)
        /// A plain file, there or not; its path without links.
        case file(String)
    }

    /// As the person named it.
    public let path: String
    private let place: Place
    private let replaces: Bool
    private let mode: UInt32
    private var staged: StagedContent?
    private var isPublished = false
    private var hasReplaced = false

    /// Looks at what is there.
    ///
    /// - Parameters:
    ///   - inputs: the files that are read, whose place it must not take.
    ///   - replaces: whether it may take the place of a plain file.
    ///   - limit: the permissions that the file may have at most. Of these, a file that is replaced keeps its own, and a
    ///     new one has those to read and write that the umask of whoever called the program leaves.
    public init(
        _ path: String, inputs: [String] = [], replaces: Bool = false, limit: UInt32 = 0o777
    ) throws(Refusal) {
        self.path = path
        self.replaces = replaces
        place = try Self.place(path, inputs, replaces)
        var status = stat()
        if case .file(let target) = place, unsafe stat(target, &status) == 0 {
            mode = UInt32(status.st_mode) & 0o777 & limit
        } else {
            mode = 0o666 & limit & ~CallersMask.value
        }
        if case .file(let target) = place { try Self.tryOut(target) }
    }

    /// Which file it will be, whatever the names that lead to it; nil if that can't be known.
    public var identity: Identity? {
        switch place {
        case .descriptor(let number): FileIdentity(of: number).map { Identity(file: $0) }
        case .special(let found): Identity(file: found.file)
        case .file(let target):
            FileIdentity(at: Files.parent(of: target), followingLinks: true).map {
                Identity(file: $0, name: SystemText.bytes(Files.name(of: target)))
            }
        }
    }

    /// Whether it will be a plain file.
    public var isPlainFile: Bool {
        if case .file = place { true } else { false }
    }

    /// Writes the whole result, and is done.
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        try stage(bytes)
        try publish()
    }

    /// Writes the content: of a plain file, to one that has not its name yet.
    public func stage(_ bytes: [UInt8]) throws(SystemError) { try stage(bytes, unnamed: true) }

    /// As above; a test has a plain file wait as on a file system that knows no files without a name.
    package func stage(_ bytes: [UInt8], unnamed: Bool) throws(SystemError) {
        switch place {
        case .descriptor(let number): try Descriptor.writeAll(unsafe bytes.span.bytes, to: number)
        case .special(let found): try found.open(path).writeAll(bytes)
        case .file(let target):
            let content = try StagedContent(in: Files.parent(of: target), mode: mode, unnamed: unnamed)
            try content.write(bytes, mode: mode)
            staged = content
        }
    }

    /// What was staged for a plain file, read again; nil for anything else.
    ///
    /// - Throws: `EFBIG` if it is longer than `limit` bytes.
    public func readStaged(limit: Int) throws(SystemError) -> [UInt8]? { try staged?.read(limit: limit) }

    /// Gives a plain file its name; durable when this returns.
    ///
    /// - Throws: `EEXIST` if something has come to that name meanwhile.
    public func publish() throws(SystemError) {
        guard case .file(let target) = place, let content = staged else { return }
        staged = nil
        hasReplaced = try content.name(target, replaces: replaces)
        isPublished = true
        let folder = try Descriptor.open(Files.parent(of: target), O_RDONLY | O_DIRECTORY)
        let number = folder.number
        // Some file systems know no fsync of folders.
        guard fsync(number) == 0 || errno == EINVAL || errno == ENOTSUP else { throw SystemError("fsync \(path)") }
    }

    /// Takes back a file that was published, unless another was replaced by it.
    public func retract() {
        guard case .file(let target) = place, isPublished, !hasReplaced else { return }
        unsafe unlink(target)
        isPublished = false
    }
}

// MARK: - Looking at what is there

extension ResultFile {
    private static func place(_ path: String, _ inputs: [String], _ replaces: Bool) throws(Refusal) -> Place {
        guard !path.isEmpty else { throw .system(SystemError("open", number: ENOENT)) }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system(SystemError("open \(path)")) }
            // A number that nothing is open at: no file can be made there.
            guard OwnDescriptor.number(of: path) == nil else {
                throw .system(SystemError("open \(path)", number: EBADF))
            }
            return .file(try freePlace(path))
        }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { throw .isFolder }
        let found = FileIdentity(status)
        // `-` is standard input.
        let isInput = inputs.contains { input in
            found == (input == "-" ? FileIdentity(of: 0) : FileIdentity(at: input, followingLinks: true))
        }
        if kind == S_IFREG || kind == S_IFBLK, isInput { throw .isInput }
        if let number = OwnDescriptor.number(of: path) {
            guard clave_fcntl(number, F_GETFL, 0) & O_ACCMODE != O_RDONLY else {
                throw .system(SystemError("open \(path)", number: EBADF))
            }
            if let full = fullness(number, path) { throw .system(full) }
            return .descriptor(number)
        }
        guard kind == S_IFREG else {
            if kind == S_IFSOCK { throw .system(SystemError("open \(path)", number: ENXIO)) }
            guard unsafe access(path, W_OK) == 0 else { throw .system(SystemError("open \(path)")) }
            if kind == S_IFCHR { try checkDevice(path) }
            return .special(SpecialFile(file: found))
        }
        guard replaces else { throw .exists }
        guard let target = Files.realPath(path) else { throw .system(SystemError("open \(path)")) }
        return .file(try writable(target))
    }

    /// Refuses a device that can't be opened, or says that it is full.
    private static func checkDevice(_ path: String) throws(Refusal) {
        do throws(SystemError) {
            let device = try Descriptor.open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK)
            if let full = fullness(device.number, path) { throw full }
        } catch { throw .system(error) }
    }

    /// The error by which a device says that it is full, for ever (`/dev/full`): to a write of no bytes as well.
    private static func fullness(_ number: Int32, _ path: String) -> SystemError? {
        guard unsafe Glibc.write(number, "", 0) < 0, errno == ENOSPC else { return nil }
        return SystemError("write \(path)", number: ENOSPC)
    }

    /// Where a file will be of whose name there is none: for a link to nothing, where the link points.
    private static func freePlace(_ path: String, links: Int = 0) throws(Refusal) -> String {
        guard links < 40 else { throw .system(SystemError("open \(path)", number: ELOOP)) }
        guard let target = Files.linkTarget(path) else {
            if Files.name(of: path).isEmpty { throw .isFolder }
            return try writable(path)
        }
        let next = Files.isAbsolute(target) ? target : Files.parent(of: path) + "/" + target
        return try freePlace(next, links: links + 1)
    }

    private static func writable(_ path: String) throws(Refusal) -> String {
        let folder = Files.parent(of: path)
        guard Files.isWritableFolder(folder) else { throw .folder(folder) }
        return path
    }
}

/// Names of this process's own descriptors: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`.
enum OwnDescriptor {
    /// Its number; nil for any other path. Opened by its name, a plain file would be written from its beginning, and by
    /// another name over the first a second time.
    static func number(of path: String) -> Int32? {
        var path = path
        for _ in 0..<40 {
            if let number = Int32(Files.name(of: path)), let folder = Files.realPath(Files.parent(of: path)),
                folder == "/proc/\(getpid())/fd"
            {
                return number
            }
            guard let target = Files.linkTarget(path) else { return nil }
            path = Files.isAbsolute(target) ? target : Files.parent(of: path) + "/" + target
        }
        return nil
    }
}
