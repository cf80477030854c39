import CLinux
import Glibc
import Wire

// System calls that take a path, for a path that is a `String`.
//
// Swift would hand a `String` over as UTF-8; one that carries bytes (``SystemText``) would name another file. These have the
// names of the calls: the compiler prefers them wherever `Posix` is imported, so that no call can be forgotten. They are
// unsafe as those are, and set `errno` as those do.

/// Not in the signatures below: they would show who imports this module the structure as another module's.
private typealias FileStatus = stat

/// Lends a text's bytes as C has them.
@unsafe public func withSystemBytes<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let bytes = SystemText.bytes(text).map { CChar(bitPattern: $0) } + [0]
    return unsafe bytes.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}

/// A copy of a text's bytes as C has them, for `free(3)`.
@unsafe public func copiedSystemBytes(_ text: String) -> UnsafeMutablePointer<CChar>? {
    unsafe withSystemBytes(text) { unsafe strdup($0) }
}

@unsafe public func open(_ path: String, _ flags: Int32) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.open($0, flags) }
}

@unsafe public func open(_ path: String, _ flags: Int32, _ mode: UInt32) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.open($0, flags, mode) }
}

@unsafe public func stat(_ path: String, _ status: UnsafeMutableRawPointer) -> Int32 {
    unsafe withSystemBytes(path) { unsafe fstatat(AT_FDCWD, $0, status.assumingMemoryBound(to: FileStatus.self), 0) }
}

@unsafe public func lstat(_ path: String, _ status: UnsafeMutableRawPointer) -> Int32 {
    unsafe withSystemBytes(path) {
        unsafe fstatat(AT_FDCWD, $0, status.assumingMemoryBound(to: FileStatus.self), AT_SYMLINK_NOFOLLOW)
    }
}

@unsafe public func access(_ path: String, _ mode: Int32) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.access($0, mode) }
}

@unsafe @discardableResult public func unlink(_ path: String) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.unlink($0) }
}

@unsafe @discardableResult public func rmdir(_ path: String) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.rmdir($0) }
}

@unsafe @discardableResult public func mkdir(_ path: String, _ mode: UInt32) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.mkdir($0, mode) }
}

@unsafe @discardableResult public func chdir(_ path: String) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.chdir($0) }
}

@unsafe @discardableResult public func chmod(_ path: String, _ mode: UInt32) -> Int32 {
    unsafe withSystemBytes(path) { unsafe Glibc.chmod($0, mode) }
}

@unsafe @discardableResult public func rename(_ old: String, _ new: String) -> Int32 {
    unsafe withSystemBytes(old) { old in unsafe withSystemBytes(new) { unsafe Glibc.rename(old, $0) } }
}

@unsafe @discardableResult public func link(_ old: String, _ new: String) -> Int32 {
    unsafe withSystemBytes(old) { old in unsafe withSystemBytes(new) { unsafe Glibc.link(old, $0) } }
}

@unsafe public func readlink(_ path: String, _ target: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
    unsafe withSystemBytes(path) { unsafe Glibc.readlink($0, target, count) }
}

@unsafe public func realpath(_ path: String, _ target: UnsafeMutablePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
    unsafe withSystemBytes(path) { unsafe Glibc.realpath($0, target) }
}

@unsafe public func opendir(_ path: String) -> OpaquePointer? {
    unsafe withSystemBytes(path) { unsafe Glibc.opendir($0) }
}

@unsafe public func dlopen(_ path: String, _ mode: Int32) -> UnsafeMutableRawPointer? {
    unsafe withSystemBytes(path) { unsafe Glibc.dlopen($0, mode) }
}

@unsafe @discardableResult public func setenv(_ name: String, _ value: String, _ overwrites: Int32) -> Int32 {
    unsafe withSystemBytes(name) { name in unsafe withSystemBytes(value) { unsafe Glibc.setenv(name, $0, overwrites) } }
}

@unsafe public func clave_rename_new(_ old: String, _ new: String) -> Int32 {
    unsafe withSystemBytes(old) { old in unsafe withSystemBytes(new) { unsafe CLinux.clave_rename_new(old, $0) } }
}

@unsafe public func clave_bind_unix(_ socket: Int32, _ path: String) -> Int32 {
    unsafe withSystemBytes(path) { unsafe CLinux.clave_bind_unix(socket, $0) }
}

@unsafe public func clave_connect_unix(_ socket: Int32, _ path: String) -> Int32 {
    unsafe withSystemBytes(path) { unsafe CLinux.clave_connect_unix(socket, $0) }
}

@unsafe public func clave_send_to_unix(_ address: String, _ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
    unsafe withSystemBytes(address) { unsafe CLinux.clave_send_to_unix($0, bytes, count) }
}
