import Glibc
import Posix

/// Tells that the file of a socket, or its folder, has been removed or has gone elsewhere (inotify(7)): these two alone, since
/// the folder may be one in which others make and remove files all day.
struct SocketWatch: ~Copyable {
    private let descriptor: Descriptor
    private let path: String

    /// Watches what is at the path of a socket; nil where the kernel can't.
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

    /// Watches what is at the path by now.
    borrowing func renew() {
        // A name that is taken from a file is a change of its attributes; the file itself lasts as long as somebody listens.
        watch(path, UInt32(IN_ATTRIB | IN_MOVE_SELF))
        watch(Files.parent(of: path), UInt32(IN_DELETE_SELF | IN_MOVE_SELF))
    }

    private borrowing func watch(_ path: String, _ events: UInt32) {
        _ = unsafe withSystemBytes(path) { unsafe inotify_add_watch(descriptor.number, $0, events) }
    }
}
