import CMicrohttpd
import Glibc

/// The first line and the headers of a request, as strictly as RFC 9112 has them.
///
/// libmicrohttpd takes much that a proxy before it may read otherwise, so that one request to it is two to the other
/// (request smuggling). Whatever two readers can disagree about is refused here.
struct RequestHead {
    /// Headers of a request.
    static let maximumCount = 64

    /// The headers that are read, by lower-case name.
    private(set) var headers: [String: String] = [:]
    /// The status of the refusal; nil if there is nothing to refuse.
    private(set) var refusal: UInt32?

    private final class Reader {
        var lines: [(name: String, value: String, start: UInt, end: UInt)] = []
        var isPlain = true
    }

    /// Reads what the library has of a request.
    ///
    /// - Parameters:
    ///   - target: of the first line.
    ///   - method: the first line's beginning, where the library has left it.
    ///   - version: its end, there.
    ///   - reads: the headers that are read.
    ///   - maximumBody: bytes of a body.
    init(
        _ connection: OpaquePointer, _ target: RequestTarget, method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>, reads: RequestFields, maximumBody: Int
    ) {
        let reader = Reader()
        let context = unsafe Unmanaged.passUnretained(reader).toOpaque()
        unsafe _ = MHD_get_connection_values_n(
            connection, clave_mhd_header,
            { context, _, name, nameLength, value, valueLength in
                let reader = unsafe Unmanaged<Reader>.fromOpaque(context!).takeUnretainedValue()
                guard reader.lines.count < RequestHead.maximumCount, let name = unsafe name else {
                    reader.isPlain = false
                    return clave_mhd_no
                }
                let nameBytes = unsafe UnsafeRawBufferPointer(start: name, count: nameLength)
                let valueBytes = unsafe UnsafeRawBufferPointer(
                    start: value, count: unsafe value == nil ? 0 : valueLength)
                reader.isPlain =
                    unsafe reader.isPlain && RequestHead.isToken(nameBytes) && valueBytes.allSatisfy(RequestHead.isText)
                let end = unsafe value.map { UInt(bitPattern: $0) + UInt(valueLength) }
                unsafe reader.lines.append(
                    (
                        String(decoding: nameBytes, as: UTF8.self).lowercased(),
                        RequestHead.trimmed(valueBytes), UInt(bitPattern: name), end ?? 0
                    ))
                return clave_mhd_yes
            }, context)
        let start = UInt(bitPattern: method)
        let isWhole = unsafe target.isWhole(behind: start + UInt(strlen(method)), before: UInt(bitPattern: version))
        let firstLine = unsafe UInt(bitPattern: version) + UInt(strlen(version))
        let end = unsafe start + UInt(clave_mhd_head_size(connection))
        withExtendedLifetime(reader) {
            let isPlain =
                unsafe Self.isMethod(method) && Self.isFirst(start) && reader.isPlain && target.isPlain && isWhole
                && Self.endRightly(reader, firstLine, end)
            refusal = isPlain ? judge(reader, reads, maximumBody) : 400
        }
    }

    /// Whether nothing stood before the first line. The library skips empty lines there, also those that end in a bare line
    /// feed, and leaves what it skipped before the method, which else stands at the beginning of a page. (So an empty line is
    /// refused too that RFC 9112 section 2.2 would have a server skip. Empty lines whose bytes fill whole pages go unseen.)
    private static func isFirst(_ method: UInt) -> Bool {
        !clave_mhd_leaves_lines() || method % UInt(getpagesize()) == 0
    }

    /// Whether it is a word of ASCII letters, as every method is that the routes know. The library takes whatever stands
    /// before the first blank, also a bare carriage return.
    private static func isMethod(_ text: UnsafePointer<CChar>) -> Bool {
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: strlen(text))
        return unsafe !bytes.isEmpty && bytes.allSatisfy(isLetter)
    }

    /// Whether each line ended with carriage return and line feed, and none was continued on the next: then the library has
    /// left them in their places, each with two zeros behind it.
    private static func endRightly(_ reader: Reader, _ firstLine: UInt, _ end: UInt) -> Bool {
        guard clave_mhd_leaves_lines() else { return true }
        var place = firstLine
        for line in reader.lines {
            guard line.start == place + 2 else { return false }
            place = line.end
        }
        // The empty line's two signs as well.
        return end == place + 4
    }

    /// What there is to refuse in the headers' meaning (RFC 9112 sections 3.2 and 6.3).
    private mutating func judge(_ reader: Reader, _ reads: RequestFields, _ maximumBody: Int) -> UInt32? {
        let names = reader.lines.map(\.name)
        func count(_ name: String) -> Int { names.count { $0 == name } }
        for line in reader.lines where reads.hasHeader(line.name) {
            if let former = headers[line.name] {
                guard reads.lists.contains(line.name) else { return 400 }
                headers[line.name] = former + "," + line.value
            } else {
                headers[line.name] = line.value
            }
        }
        guard let host = headers["host"], !host.isEmpty, host.utf8.allSatisfy(Self.isHost) else { return 400 }
        guard count("content-length") <= 1 else { return 400 }
        // Agents and browsers say how long a body is. A body in pieces is where two readers part most easily.
        guard count("transfer-encoding") == 0 else { return count("content-length") == 0 ? 411 : 400 }
        guard let length = reader.lines.first(where: { $0.name == "content-length" })?.value else { return nil }
        guard (1...19).contains(length.utf8.count), length.utf8.allSatisfy(Self.isDigit), let bytes = Int(length) else {
            return 400
        }
        return bytes <= maximumBody ? nil : 413
    }

    // MARK: Bytes

    /// A value without the blanks behind it (RFC 9112 section 5.1); the library leaves out those before it.
    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> String {
        let blanks = unsafe bytes.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
        return unsafe String(decoding: bytes.dropLast(blanks), as: UTF8.self)
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe !bytes.isEmpty
            && bytes.allSatisfy { byte in
                isDigit(byte) || isLetter(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    /// RFC 9110 section 5.5: no control character but the tabulator.
    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || byte >= 0x20 && byte != 0x7F }

    private static func isHost(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || ".-_:[]".utf8.contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
    }
}

/// The address of a request's first line, before the library takes its escapes out.
struct RequestTarget {
    /// Bytes of it.
    static let maximumLength = 4096

    /// Whether it is printable ASCII from one end to the other, begins with a slash, and hides no zero.
    let isPlain: Bool
    /// Where it begins and ends.
    private let start, end: UInt

    /// - Parameter text: in the library's memory; nil if the line had none.
    init(_ text: UnsafePointer<CChar>?) {
        guard let text = unsafe text else {
            (isPlain, start, end) = (false, 0, 0)
            return
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: strlen(text))
        let isPrintable = unsafe bytes.allSatisfy { (0x21...0x7E).contains($0) }
        isPlain =
            unsafe bytes.count <= Self.maximumLength && bytes.first == UInt8(ascii: "/") && isPrintable
            && !Self.hidesZero(bytes)
        start = UInt(bitPattern: text)
        end = start + UInt(bytes.count)
    }

    /// Whether a zero is hidden behind an escape, `%00`.
    private static func hidesZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 3 else { return false }
        let zero = UInt8(ascii: "0")
        return (2..<bytes.count).contains { end in
            unsafe bytes[end] == zero && bytes[end - 1] == zero && bytes[end - 2] == UInt8(ascii: "%")
        }
    }

    /// Whether it stands between the method's end and the version with one blank on either side: else there were more, or a
    /// zero cut it.
    func isWhole(behind method: UInt, before version: UInt) -> Bool {
        !clave_mhd_leaves_lines() || start == method + 1 && version == end + 1
    }
}
