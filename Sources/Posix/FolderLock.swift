import Glibc

/// Has one process, or one thread of it, at a time make the files of a folder: of those that start together on a new state
/// folder, one makes the keys and certificates, and the others read them.
public enum FolderLock {
    /// Waits until nobody else holds the folder.
    ///
    /// - Returns: what holds it, until it is closed or unlocked (`flock(2)`).
    /// - Throws: if the folder can't be opened.
    public static func take(_ path: String) throws(SystemError) -> Descriptor {
        let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        let number = folder.number
        try retrying("flock \(path)") { flock(number, LOCK_EX) }
        return folder
    }
}
