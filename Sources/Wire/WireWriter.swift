public import SecureMemory

/// Takes values in SSH wire encoding (RFC 4251 section 5); each message has one `encode(into:)` for every taker.
public protocol WireWriter: ~Copyable {
    /// Appends bytes as they are.
    mutating func append(_ bytes: RawSpan)
    /// Appends a secret's bytes: only a writer in guarded memory takes them.
    mutating func append(secret bytes: RawSpan)
}

extension WireWriter where Self: ~Copyable {
    /// A byte.
    public mutating func put(byte: UInt8) {
        append(unsafe CollectionOfOne(byte).span.bytes)
    }

    /// A boolean: 0 or 1.
    public mutating func put(_ boolean: Bool) {
        put(byte: boolean ? 1 : 0)
    }

    /// A 32-bit number, big-endian.
    public mutating func put(_ number: UInt32) {
        append(unsafe CollectionOfOne(number.bigEndian).span.bytes)
    }

    /// A 64-bit number, big-endian.
    public mutating func put(_ number: UInt64) {
        append(unsafe CollectionOfOne(number.bigEndian).span.bytes)
    }

    /// A string of bytes.
    public mutating func put(_ bytes: [UInt8]) {
        put(UInt32(bytes.count))
        append(unsafe bytes.span.bytes)
    }

    /// A string of text.
    public mutating func put(_ text: String) {
        put(Array(text.utf8))
    }

    /// A string that is a secret. A ``ByteWriter`` refuses it.
    public mutating func put(_ secret: borrowing SecretBytes) {
        put(UInt32(secret.count))
        secret.withBytes { append(secret: $0) }
    }

    /// A count, then each element.
    public mutating func put<Element>(list: [Element], _ element: (inout Self, Element) -> Void) {
        put(UInt32(list.count))
        for item in list { element(&self, item) }
    }
}

/// Writes what is no secret into an array.
public struct ByteWriter: WireWriter {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// Appends bytes as they are.
    public mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
    }

    /// Ends the process: a secret goes only into a ``SecretWriter``.
    public mutating func append(secret bytes: RawSpan) {
        preconditionFailure("a secret goes only into a SecretWriter")
    }
}

/// Counts what is written, and keeps nothing of it.
public struct WireCounter: WireWriter {
    /// The number of bytes.
    public private(set) var count = 0

    /// Of nothing yet.
    public init() {}

    /// Counts bytes.
    public mutating func append(_ bytes: RawSpan) { count += bytes.byteCount }

    /// Counts a secret's bytes.
    public mutating func append(secret bytes: RawSpan) { count += bytes.byteCount }
}

/// Writes into guarded memory: for messages that carry a secret.
public struct SecretWriter: ~Copyable, WireWriter {
    private var builder = SecretBuilder()

    /// The number of bytes written.
    public var count: Int { builder.count }

    /// An empty writer.
    public init() {}

    /// Appends bytes as they are.
    public mutating func append(_ bytes: RawSpan) { builder.append(bytes) }

    /// Appends a secret's bytes.
    public mutating func append(secret bytes: RawSpan) { builder.append(bytes) }

    /// Lends what has been written so far.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try builder.withBytes(body)
    }

    /// What has been written.
    public consuming func finish() -> SecretBytes { builder.finish() }
}
