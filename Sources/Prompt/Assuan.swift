import SecureMemory

/// The lines of the Assuan protocol, as a pinentry speaks it (libassuan manual, "Server responses").
enum Assuan {
    /// Bytes of a line without its line feed.
    static let longestLine = 1000

    /// A response line of the server's.
    enum Response: ~Copyable {
        /// Done.
        case ok
        /// Not done: a libgpg-error code and words.
        case error(code: UInt32, text: String)
        /// A part of the value, decoded.
        case data(SecretBytes)
        /// Talk that needs no answer: a status or a comment.
        case talk
    }

    /// libgpg-error codes, the lower 16 bits of what a pinentry sends (its own source number lies above).
    enum Code {
        static let timeout: UInt32 = 62
        static let cancelled: UInt32 = 99
        static let notConfirmed: UInt32 = 114
        static let fullyCancelled: UInt32 = 198
        static let mask: UInt32 = 0xFFFF
    }

    // MARK: To the server

    /// A command's argument: percent, carriage return and line feed escaped.
    static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "%"): escaped += "%25".utf8
            case 0x0A: escaped += "%0A".utf8
            case 0x0D: escaped += "%0D".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    // MARK: From the server

    /// The response of a line; nil for what no server says here.
    static func response(_ line: RawSpan) -> Response? {
        guard line.byteCount <= longestLine else { return nil }
        if starts(line, with: "D ") {
            guard let data = decoded(line) else { return nil }
            return .data(data)
        }
        if starts(line, with: "#") || starts(line, with: "S ") { return .talk }
        if isWord("OK", line) { return .ok }
        guard starts(line, with: "ERR ") else { return nil }
        return failure(line)
    }

    private static func failure(_ line: RawSpan) -> Response? {
        let words = text(line.extracting(droppingFirst: 4)).split(separator: " ", maxSplits: 1)
        guard let number = words.first, let code = UInt32(number) else { return nil }
        return .error(code: code, text: words.count > 1 ? ForeignText.plain(String(words[1]), width: 80) : "")
    }

    /// The bytes after `D `, percent-decoded from guarded memory into guarded memory.
    private static func decoded(_ line: RawSpan) -> SecretBytes? {
        let decoded = SecretBytes(zeros: line.byteCount)
        let count = decoded.withMutableBytes { target -> Int? in
            var source = 2
            var count = 0
            while source < line.byteCount {
                var value = byte(line, source)
                if value == UInt8(ascii: "%") {
                    guard source + 2 < line.byteCount, let high = digit(byte(line, source + 1)),
                        let low = digit(byte(line, source + 2))
                    else { return nil }
                    value = high << 4 | low
                    source += 2
                }
                target.storeBytes(of: value, toByteOffset: count, as: UInt8.self)
                count += 1
                source += 1
            }
            return count
        }
        guard let count else { return nil }
        return decoded.prefix(count)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func starts(_ line: RawSpan, with prefix: String) -> Bool {
        let prefix = Array(prefix.utf8)
        guard line.byteCount >= prefix.count else { return false }
        return prefix.indices.allSatisfy { byte(line, $0) == prefix[$0] }
    }

    private static func isWord(_ word: String, _ line: RawSpan) -> Bool {
        starts(line, with: word) && (line.byteCount == word.utf8.count || starts(line, with: word + " "))
    }

    private static func text(_ bytes: RawSpan) -> String {
        String(decoding: (0..<bytes.byteCount).map { byte(bytes, $0) }, as: UTF8.self)
    }

    private static func byte(_ bytes: RawSpan, _ index: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
