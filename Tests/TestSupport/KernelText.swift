import Posix

/// What a file of the kernel says, such as one of `/proc`.
///
/// Foundation takes the first short read for the end of a file that has no size: of a list of the kernel's, which gives
/// whole lines at each read, it would see the first page only.
public func kernelText(_ path: String) throws -> String {
    String(decoding: try Files.read(path, limit: 1 << 24), as: UTF8.self)
}
