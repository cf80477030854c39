import Glibc
import Synchronization

/// Lines on standard error with `-d`: what happens, never a secret.
enum DebugLog {
    private static let isOn = Mutex(false)

    /// Turns the log on.
    static func enable() {
        isOn.withLock { $0 = true }
    }

    /// Writes a line, if the log is on.
    static func write(_ line: @autoclosure () -> String) {
        guard isOn.withLock({ $0 }) else { return }
        let bytes = Array("clave-core: \(line())\n".utf8)
        _ = unsafe Glibc.write(2, bytes, bytes.count)
    }
}
