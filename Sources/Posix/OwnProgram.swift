import Glibc

/// The file of the running program: what belongs to it lies beside that.
public enum OwnProgram {
    /// Its path, by the kernel's word; nil where no `/proc` is mounted.
    ///
    /// Nothing takes its place then. What a program was called by (`argv[0]`, `AT_EXECFN`) is its caller's choice, and
    /// without `/proc` nothing tells whether it leads to what runs.
    public static var path: String? { Files.linkTarget("/proc/self/exe") }

    /// Its folder; nil as above.
    public static var folder: String? { path.map(Files.parent) }

    /// What to say where it can't be known.
    public static var unknown: SystemError { SystemError("read /proc/self/exe", number: ENOENT) }
}
