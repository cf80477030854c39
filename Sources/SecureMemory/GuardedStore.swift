import CSodium

/// Guarded memory for many small byte strings: between guard pages, locked where the limit permits, left out of core dumps.
///
/// ``SecretBytes`` takes four pages for each string; here strings share blocks. They can be read all the time, so what is
/// put here is encrypted, or no secret by itself. One thread stores; stored strings may be read from any.
public final class GuardedStore {
    /// Bytes of a block; a longer string gets a block of its own.
    private static let blockLength = 16 * 1024

    private var block: Block?

    /// An empty store, which takes no memory yet.
    public init() {}

    /// A copy of `bytes` in guarded memory.
    public func store(_ bytes: [UInt8]) -> GuardedBytes {
        if let stored = block?.store(bytes) { return stored }
        let fresh = Block(count: max(Self.blockLength, bytes.count))
        block = fresh
        guard let stored = fresh.store(bytes) else { fatalError("a block holds what it was made for") }
        return stored
    }
}

/// Memory that is filled from its beginning, and given back when nothing in it is used any more.
@safe fileprivate final class Block: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    private let count: Int
    private var used = 0

    init(count: Int) {
        unsafe base = LockedMemory.allocate(count)
        self.count = count
    }

    deinit { unsafe sodium_free(base) }

    func store(_ bytes: [UInt8]) -> GuardedBytes? {
        guard bytes.count <= count - used else { return nil }
        unsafe (base + used).copyMemory(from: bytes, byteCount: bytes.count)
        defer { used += bytes.count }
        return GuardedBytes(block: self, offset: used, count: bytes.count)
    }
}

/// Bytes in a ``GuardedStore``, wiped when nobody uses them any more.
public final class GuardedBytes: Sendable {
    /// The number of bytes.
    public let count: Int
    private let block: Block
    private let offset: Int

    fileprivate init(block: Block, offset: Int, count: Int) {
        self.block = block
        self.offset = offset
        self.count = count
    }

    deinit { unsafe sodium_memzero(block.base + offset, count) }

    /// Lends the bytes.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe RawSpan(_unsafeStart: block.base + offset, byteCount: count))
    }
}
