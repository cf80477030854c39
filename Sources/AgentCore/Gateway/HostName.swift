import Glibc

/// This machine's name, by which a person may know their device at the gateway.
enum HostName {
    /// At most 64 plain characters; "device" where there is none.
    static var current: String {
        var buffer = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&buffer, 64) == 0 else { return "device" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter { (0x21...0x7E).contains($0) }
        return bytes.isEmpty ? "device" : String(decoding: bytes, as: UTF8.self)
    }
}
