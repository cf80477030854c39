import CLinux
import Glibc

extension ResultFile {
    /// Finds out whether a plain file could be made, or replaced, at this path, as far as that can be known: the person
    /// would else be asked, and the card used, for a result that is lost.
    static func tryOut(_ target: String) throws(Refusal) {
        do throws(SystemError) {
            try checkReplaceable(target)
            try StagedContent.tryOut(in: Files.parent(of: target))
        } catch { throw .system(error) }
    }

    /// Refuses a file that can't lose its name, whatever its folder's permissions: another's in a sticky folder, one that
    /// is mounted, one that the file system is told to keep, or any in a folder that is told to keep all.
    private static func checkReplaceable(_ target: String) throws(SystemError) {
        let user = geteuid()
        var (file, folder) = (stat(), stat())
        let parent = Files.parent(of: target)
        guard unsafe lstat(target, &file) == 0, unsafe stat(parent, &folder) == 0 else { return }
        let isSticky = folder.st_mode & S_ISVTX != 0
        if isSticky, user != 0, folder.st_uid != user, file.st_uid != user {
            throw SystemError("replace \(target)", number: EPERM)
        }
        if attributes(target) & mountRoot != 0 { throw SystemError("replace \(target)", number: EBUSY) }
        if (attributes(target) | attributes(parent)) & kept != 0 {
            throw SystemError("replace \(target)", number: EPERM)
        }
    }

    /// `STATX_ATTR_IMMUTABLE` and `STATX_ATTR_APPEND` (statx(2)).
    private static let kept: UInt64 = 0x10 | 0x20
    /// `STATX_ATTR_MOUNT_ROOT`.
    private static let mountRoot: UInt64 = 0x2000

    /// None for what can't be known.
    private static func attributes(_ path: String) -> UInt64 {
        unsafe withSystemBytes(path) { unsafe clave_file_attributes($0) }
    }
}
