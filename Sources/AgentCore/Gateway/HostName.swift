import Glibc

/// This machine's name, by which a person may know their device at the gateway.
enum HostName {
    /// At most 64 letters, digits and signs of host names, as a gateway takes them; "device" where there is none.
    static var current: String {
        var buffer = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&buffer, 64) == 0 else { return "device" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter(isPlain)
        return bytes.isEmpty ? "device" : String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
