public import SecureMemory

/// Frames: `uint32 length, byte type, body` (RFC 9987 section 5); the length counts type and body.
public enum Frame {
    /// Bytes of the length field.
    public static let headerLength = 4
    /// The largest length that either side accepts, as OpenSSH's agent does.
    public static let maximumLength = 256 * 1024

    /// The length that a frame's first four bytes announce, or nil while fewer are there.
    ///
    /// - Throws: ``WireError/tooLong`` or ``WireError/malformed`` for what can never become a frame.
    public static func length(announcedBy bytes: RawSpan) throws(WireError) -> Int? {
        guard bytes.byteCount >= headerLength else { return nil }
        let announced = unsafe UInt32(bigEndian: bytes.unsafeLoadUnaligned(as: UInt32.self))
        guard announced > 0 else { throw .malformed }
        guard announced <= maximumLength else { throw .tooLong }
        return Int(announced)
    }
}

/// A message of a socket or pipe: defined once, used by both sides.
public protocol WireMessage: ~Copyable {
    /// The byte that follows the length.
    static var type: UInt8 { get }
    /// Reads the body; the reader is past the type.
    init(decoding reader: inout WireReader) throws(WireError)
    /// Writes the body.
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer)
}

extension WireMessage where Self: ~Copyable {
    /// The whole frame of a message that carries no secret.
    public borrowing func frame() -> [UInt8] {
        var body = ByteWriter()
        encode(into: &body)
        var frame = ByteWriter()
        frame.put(UInt32(body.bytes.count + 1))
        frame.put(byte: Self.type)
        frame.append(unsafe body.bytes.span.bytes)
        return frame.bytes
    }

    /// The whole frame of a message that carries a secret.
    public borrowing func secretFrame() -> SecretBytes {
        var writer = SecretWriter()
        encode(into: &writer)
        let body = writer.finish()
        var frame = SecretWriter()
        frame.put(UInt32(body.count + 1))
        frame.put(byte: Self.type)
        body.withBytes { frame.append($0) }
        return frame.finish()
    }

    /// The message of a payload (type and body); nil if the payload is another message's.
    public static func decode(payload: RawSpan) throws(WireError) -> Self? {
        guard payload.byteCount > 0, unsafe payload.unsafeLoad(as: UInt8.self) == type else { return nil }
        return try WireReader.read(payload.extracting(droppingFirst: 1)) { (reader) throws(WireError) in
            try Self(decoding: &reader)
        }
    }
}
