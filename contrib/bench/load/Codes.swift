import Glibc
import Posix
import Synchronization

/// Reads the sandbox's outbox: the newest code of each phone. What is read is removed, so that the folder stays short.
final class Codes: Sendable {
    private let folder: String
    private let codes = Mutex<[String: String]>([:])
    private let isOver = Atomic(false)

    init(_ gateway: Gateway) {
        folder = gateway.state + "/outbox"
        var handle = pthread_t()
        unsafe pthread_create(
            &handle, nil,
            { context in
                let codes = unsafe Unmanaged<Codes>.fromOpaque(context!).takeRetainedValue()
                while !codes.isOver.load(ordering: .relaxed) {
                    codes.look()
                    usleep(2000)
                }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    /// Stops reading.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// The code that has come to a phone, once; nil if none comes in ten seconds.
    func take(_ phone: String) -> String? {
        for _ in 0..<10_000 {
            if let code = codes.withLock({ $0.removeValue(forKey: phone) }) { return code }
            usleep(1000)
        }
        return nil
    }

    private func look() {
        guard let entries = unsafe opendir(folder) else { return }
        defer { unsafe closedir(entries) }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.hasSuffix(".txt"), let bytes = try? Files.read("\(folder)/\(name)", limit: 4096) else {
                continue
            }
            unsafe unlink("\(folder)/\(name)")
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            let phone = String(lines.first?.dropFirst("To: ".count) ?? "")
            let code = lines.last?.split { !$0.isNumber }.first { $0.count == 6 }
            if let code { codes.withLock { $0[phone] = String(code) } }
        }
    }
}
