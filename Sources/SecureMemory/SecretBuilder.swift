import CSodium

/// Guarded memory that is filled piece by piece, and becomes a secret when it is whole.
///
/// Until then it can be read and written, unlike a ``SecretBytes``: to give the access and take it away again for each piece
/// costs two system calls, many times what the piece costs. It is locked, left out of core dumps, and wiped when it ends.
@safe public struct SecretBuilder: ~Copyable {
    /// Bytes of the memory that a builder begins with.
    private static let firstCapacity = 1024

    /// The number of bytes so far.
    public private(set) var count = 0
    private var capacity = firstCapacity
    private var base: UnsafeMutableRawPointer

    /// An empty builder.
    public init() { unsafe base = LockedMemory.allocate(Self.firstCapacity) }

    deinit { unsafe sodium_free(base) }

    /// Adds bytes at the end.
    public mutating func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        guard length > 0 else { return }
        grow(to: count + length)
        unsafe bytes.withUnsafeBytes { source in
            unsafe (base + count).copyMemory(from: source.baseAddress!, byteCount: length)
        }
        count += length
    }

    /// Lends what there is so far.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe RawSpan(_unsafeStart: base, byteCount: count))
    }

    /// The secret, in the same memory.
    public consuming func finish() -> SecretBytes {
        let secret = unsafe SecretBytes(taking: base, count: count)
        discard self
        return secret
    }

    private mutating func grow(to needed: Int) {
        guard needed > capacity else { return }
        capacity = max(needed, capacity * 2)
        let larger = unsafe LockedMemory.allocate(capacity)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe sodium_free(base)
        unsafe base = larger
    }
}
