import CLinux
import Glibc

extension Spawn {
    /// Starts a copy of this process, which goes on with `body` and ends with its exit code. It gets exactly what it is
    /// given, as a program would: environment, descriptors, fresh signals, a session of its own.
    ///
    /// The two share what neither changes, a runtime's relocated pages first of all, and where everything lies in memory
    /// as well. Only a process with one thread may call this.
    ///
    /// - Parameters:
    ///   - name: what the kernel shows for it, at most 15 bytes.
    ///   - environment: all of its variables, as `NAME=value`.
    ///   - descriptors: what it gets, by its number there; it has no other.
    /// - Returns: its process number; the caller waits for it.
    public static func fork(
        as name: String, environment: [String], descriptors: [Int32: Int32], _ body: () -> Int32
    ) throws(SystemError) -> Int32 {
        let copies = try Self.copies(of: descriptors)
        defer { for copy in copies.values { close(copy) } }
        let pid = try retrying("fork") { clave_fork() }
        guard pid == 0 else { return pid }
        setsid()
        for (target, copy) in copies where dup2(copy, target) < 0 { _exit(127) }
        let end = (descriptors.keys.max() ?? -1) + 1
        for number in 0..<end where descriptors[number] == nil { close(number) }
        closefrom(end)
        resetSignals()
        wipeEnvironment()
        // The environment keeps the texts.
        for variable in environment { if let text = unsafe copiedSystemBytes(variable) { unsafe putenv(text) } }
        setName(name)
        exit(body())
    }

    private static func resetSignals() {
        for number in 1..<NSIG { _ = Glibc.signal(number, SIG_DFL) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// Nothing of this process's variables is left, neither for the copy nor where the kernel shows them.
    private static func wipeEnvironment() {
        if var variable = unsafe clave_environment() {
            while let text = unsafe variable.pointee {
                unsafe memset(text, 0, strlen(text))
                unsafe variable += 1
            }
        }
        clearenv()
    }

    /// Puts a name where the kernel keeps this process's, and over the arguments that it was started with.
    private static func setName(_ name: String) {
        _ = unsafe name.withCString { clave_prctl(PR_SET_NAME, UInt(bitPattern: $0)) }
        let count = Arguments.count
        guard count > 0, let first = unsafe Arguments.vector[0], let last = unsafe Arguments.vector[count - 1] else {
            return
        }
        // The kernel lays the arguments out one behind the other.
        let length = unsafe last - first + Int(strlen(last))
        guard unsafe last >= first, length > 0 else { return }
        unsafe memset(first, 0, length)
        _ = unsafe name.withCString { unsafe memcpy(first, $0, min(name.utf8.count, length)) }
    }
}
