public import SecureMemory

/// Reads values in SSH wire encoding (RFC 4251 section 5) from lent bytes.
///
/// A reader lives only inside ``read(_:_:)``; every length is compared to what is left and to the caller's limit
/// before it is used.
@safe
public struct WireReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
    }

    /// Lends a reader over `span` to `body`, and requires that it takes all bytes.
    ///
    /// - Throws: what `body` throws, or ``WireError/trailing`` if it leaves bytes.
    public static func read<Result: ~Copyable>(
        _ span: RawSpan, _ body: (inout WireReader) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try unsafe span.withUnsafeBytes { bytes throws(WireError) -> Result in
            var reader = unsafe WireReader(bytes)
            let result = try body(&reader)
            guard reader.remaining == 0 else { throw .trailing }
            return result
        }
    }

    /// As ``read(_:_:)`` over an array.
    public static func read<Result: ~Copyable>(
        _ bytes: [UInt8], _ body: (inout WireReader) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try read(unsafe bytes.span.bytes, body)
    }

    /// Bytes not yet read.
    public var remaining: Int { unsafe bytes.count - position }

    // MARK: Numbers

    /// A byte.
    public mutating func byte() throws(WireError) -> UInt8 {
        unsafe try take(1)[0]
    }

    /// A boolean; stricter than RFC 4251: 0 or 1 only, so that every message has one encoding.
    public mutating func boolean() throws(WireError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw .malformed
        }
    }

    /// A 32-bit number, big-endian.
    public mutating func uint32() throws(WireError) -> UInt32 {
        let field = unsafe try take(4)
        return unsafe UInt32(bigEndian: field.loadUnaligned(as: UInt32.self))
    }

    /// A 64-bit number, big-endian.
    public mutating func uint64() throws(WireError) -> UInt64 {
        let field = unsafe try take(8)
        return unsafe UInt64(bigEndian: field.loadUnaligned(as: UInt64.self))
    }

    // MARK: Strings

    /// A string's bytes, at most `limit` of them.
    public mutating func bytes(limit: Int) throws(WireError) -> [UInt8] {
        unsafe Array(try string(limit: limit))
    }

    /// A string's bytes, exactly `count` of them.
    public mutating func bytes(count: Int) throws(WireError) -> [UInt8] {
        let field = try bytes(limit: count)
        guard field.count == count else { throw .malformed }
        return field
    }

    /// A string as UTF-8 text without control characters (line feed and tab excepted).
    public mutating func text(limit: Int) throws(WireError) -> String {
        let field = unsafe try string(limit: limit)
        guard let text = unsafe String(validating: field, as: UTF8.self) else { throw .malformed }
        guard text.unicodeScalars.allSatisfy(PlainText.holds) else { throw .malformed }
        return text
    }

    /// A string's bytes as a secret.
    public mutating func secret(limit: Int) throws(WireError) -> SecretBytes {
        let field = unsafe try string(limit: limit)
        return unsafe SecretBytes(copying: RawSpan(_unsafeBytes: field))
    }

    /// A count of elements, at most `limit`, then each by `element`.
    public mutating func list<Element>(
        limit: Int, _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = try uint32()
        guard count <= limit else { throw .tooLong }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    /// All bytes that are left, at most `limit`.
    public mutating func rest(limit: Int) throws(WireError) -> [UInt8] {
        guard remaining <= limit else { throw .tooLong }
        return unsafe Array(try take(remaining))
    }

    // MARK: Steps

    private mutating func string(limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
        let count = Int(try uint32())
        guard count <= limit else { throw .tooLong }
        return unsafe try take(count)
    }

    private mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
}
