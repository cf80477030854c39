import Glibc
import Posix

/// Tells that names in a folder have gone, or that the folder has (inotify(7)).
struct FolderWatch: ~Copyable {
    private let descriptor: Descriptor
    private let path: String

    /// Watches a folder; nil where the kernel can't.
    init?(_ path: String) {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard number >= 0 else { return nil }
        descriptor = Descriptor(owning: number)
        self.path = path
        renew()
    }

    /// Readable when there is something to tell.
    var number: Int32 { descriptor.number }

    /// Takes what there is to tell.
    borrowing func clear() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while unsafe read(descriptor.number, &buffer, buffer.count) > 0 {}
    }

    /// Watches what has the folder's name by now.
    borrowing func renew() {
        let events = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        _ = unsafe withSystemBytes(path) {
            unsafe inotify_add_watch(descriptor.number, $0, UInt32(events) | UInt32(IN_ONLYDIR))
        }
    }
}
