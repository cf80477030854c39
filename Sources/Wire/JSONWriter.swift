public import SecureMemory

/// Writes one JSON object (RFC 8259) into guarded memory, so that a secret member never lies elsewhere.
public struct JSONWriter: ~Copyable {
    private var writer = SecretWriter()
    private var isFirst = true

    public init() {
        write("{")
    }

    /// A member with text.
    public mutating func put(_ name: String, _ value: String) {
        begin(name)
        write(Self.quoted(value))
    }

    /// A member with a path, or whatever else comes from the system: exactly as it is where its bytes are UTF-8. Where they
    /// are not, what is no text becomes U+FFFD, and a member `NAME_base64` has the bytes.
    public mutating func put(_ name: String, path: String) {
        let bytes = SystemText.bytes(path)
        put(name, String(decoding: bytes, as: UTF8.self))
        if String(validating: bytes, as: UTF8.self) == nil { put(name + "_base64", base64(bytes)) }
    }

    /// A member with a number.
    public mutating func put(_ name: String, _ value: UInt64) {
        begin(name)
        write(String(value))
    }

    /// A member with a number that may be negative.
    public mutating func put(_ name: String, _ value: Int64) {
        begin(name)
        write(String(value))
    }

    /// A member with a list of texts.
    public mutating func put(_ name: String, _ values: [String]) {
        begin(name)
        write("[" + values.map(Self.quoted).joined(separator: ",") + "]")
    }

    /// A member with a secret of plain ASCII letters and digits.
    public mutating func put(_ name: String, secret: borrowing SecretBytes) {
        begin(name)
        write("\"")
        secret.withBytes { writer.append($0) }
        write("\"")
    }

    /// The object, with a line feed.
    public consuming func finish() -> SecretBytes {
        write("}\n")
        return writer.finish()
    }

    private mutating func begin(_ name: String) {
        write((isFirst ? "" : ",") + Self.quoted(name) + ":")
        isFirst = false
    }

    private mutating func write(_ text: String) {
        let bytes = Array(text.utf8)
        writer.append(unsafe bytes.span.bytes)
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
