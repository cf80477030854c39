import CLinux
import Glibc
import Posix
import Wire

/// Starts this program anew without the variables by which somebody else's code gets into a process as it starts.
///
/// The first core is a copy of this process: what `LD_PRELOAD` has brought in here would see every key. Whoever sets the
/// environment can start another agent altogether, so this is no defence against them; it keeps out what is in an
/// environment by habit, such as another allocator, a tracer or an output filter.
enum FreshStart {
    /// What such a variable is called in the new process: a command that the agent is started for gets it back.
    private static let keptPrefix = "CLAVE_KEPT_"

    /// Names of the loader, the C library's settings and the Swift runtime's, which are read before `main`.
    private static func isLoaders(_ name: String) -> Bool {
        let prefixes = ["LD_", "MALLOC_", "SWIFT_"]
        return name == "GLIBC_TUNABLES" || name == "GCONV_PATH" || prefixes.contains { name.utf8.starts(with: $0.utf8) }
    }

    /// Goes on in the same process as a new program, if there is such a variable.
    ///
    /// - Throws: if that can't be.
    static func ifNeeded() throws(SystemError) {
        var isClean = true
        for name in names() where isLoaders(name) {
            isClean = false
            let kept = keptPrefix + name
            // A second time it would go on for ever.
            guard environment(kept) == nil else { throw SystemError("start without \(name)", number: ELOOP) }
            rename(name, to: kept)
        }
        if isClean { return }
        // By its own path, not the kernel's link, which would be its name then.
        guard let path = OwnProgram.path else { throw OwnProgram.unknown }
        _ = unsafe withSystemBytes(path) { unsafe execv($0, Arguments.vector) }
        throw SystemError("start \(path)")
    }

    /// Gives a process that becomes the person's command back what was taken.
    static func undo() {
        for kept in names() where kept.utf8.starts(with: keptPrefix.utf8) {
            rename(kept, to: String(decoding: kept.utf8.dropFirst(keptPrefix.utf8.count), as: UTF8.self))
        }
    }

    /// Calls a variable by another name, its value byte for byte the same.
    private static func rename(_ name: String, to other: String) {
        unsafe setenv(other, getenv(name), 1)
        unsafe unsetenv(name)
    }

    /// The names of all variables.
    private static func names() -> [String] {
        var names: [String] = []
        guard var variable = unsafe clave_environment() else { return [] }
        while let text = unsafe variable.pointee {
            if let equals = unsafe strchr(text, Int32(UInt8(ascii: "="))) {
                let name = unsafe UnsafeRawBufferPointer(start: text, count: equals - text)
                names.append(unsafe SystemText.string(name))
            }
            unsafe variable += 1
        }
        return names
    }
}
