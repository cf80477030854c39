import Glibc

extension ResultFile {
    /// Which file a result is written to: the same for every name of it.
    public struct Identity: Hashable, Sendable {
        /// The file itself, or the folder of a plain one, which may not be there yet.
        let file: FileIdentity
        /// The bytes of a plain file's name in that folder; empty for what is there itself.
        var name: [UInt8] = []
    }
}

/// A device or a pipe that was looked at, and is opened later by its name: whatever has come to that name meanwhile is
/// not written. A link may lead to it, so it is known by its numbers.
struct SpecialFile {
    /// As it was found.
    let file: FileIdentity

    /// Opens it for writing.
    ///
    /// - Throws: `EEXIST` if another file has that name now.
    func open(_ path: String) throws(SystemError) -> Descriptor {
        let opened = try Descriptor.open(path, O_WRONLY | O_NOCTTY)
        guard FileIdentity(of: opened.number) == file else { throw SystemError("open \(path)", number: EEXIST) }
        return opened
    }
}
