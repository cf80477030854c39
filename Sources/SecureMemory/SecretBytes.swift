import CSodium
import Synchronization

/// Bytes that nobody else may see: the one type that a secret has.
///
/// The bytes lie in memory of libsodium's (`sodium_malloc`): between guard pages, locked where the limit permits, left
/// out of core dumps, with no access at all except inside the closure of ``withBytes(_:)`` or ``withMutableBytes(_:)``.
/// They are wiped when the value ends. The type is noncopyable, has no description, and is compared in constant time.
@safe public struct SecretBytes: ~Copyable, @unchecked Sendable {
    /// The number of bytes.
    public let count: Int

    private let base: UnsafeMutableRawPointer
    /// How many closures read now; -1 while one writes. Access is taken away only when the last one has ended.
    private let readers = Mutex(0)

    /// `count` zero bytes.
    ///
    /// - Parameter count: zero or more. Memory that can't be had ends the process: there is no state to save that
    ///   would not itself need memory.
    public init(zeros count: Int) {
        precondition(count >= 0)
        let base = unsafe LockedMemory.allocate(max(count, 1))
        unsafe sodium_memzero(base, max(count, 1))
        unsafe self.base = base
        self.count = count
        unsafe sodium_mprotect_noaccess(base)
    }

    /// What lies at the beginning of memory of ``LockedMemory``'s, which it frees.
    init(taking base: UnsafeMutableRawPointer, count: Int) {
        unsafe self.base = base
        self.count = count
        unsafe sodium_mprotect_noaccess(base)
    }

    /// A copy of lent bytes; the lender wipes its own.
    public init(copying bytes: RawSpan) {
        self.init(zeros: bytes.byteCount)
        withMutableBytes { target in
            unsafe target.withUnsafeMutableBytes { target in
                unsafe bytes.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
            }
        }
    }

    /// `count` bytes from the kernel's random source.
    public static func random(count: Int) -> SecretBytes {
        let secret = SecretBytes(zeros: count)
        secret.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { unsafe randombytes_buf($0.baseAddress!, $0.count) }
        }
        return secret
    }

    deinit {
        unsafe sodium_free(base)
    }

    /// Lends the bytes for reading while `body` runs; several threads may read at once.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        beginReading()
        defer { endReading() }
        return try body(unsafe RawSpan(_unsafeStart: base, byteCount: count))
    }

    /// Lends the bytes for writing while `body` runs; a read or write at the same time ends the process.
    public borrowing func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        beginWriting()
        defer { endWriting() }
        var span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: count)
        return try body(&span)
    }

    private borrowing func beginReading() {
        readers.withLock { count in
            precondition(count >= 0, "a secret is read while it is written")
            if count == 0 { unsafe sodium_mprotect_readonly(base) }
            count += 1
        }
    }

    private borrowing func endReading() {
        readers.withLock { count in
            count -= 1
            if count == 0 { unsafe sodium_mprotect_noaccess(base) }
        }
    }

    private borrowing func beginWriting() {
        readers.withLock { count in
            precondition(count == 0, "a secret is written while it is in use")
            unsafe sodium_mprotect_readwrite(base)
            count = -1
        }
    }

    private borrowing func endWriting() {
        readers.withLock { count in
            unsafe sodium_mprotect_noaccess(base)
            count = 0
        }
    }

    /// A second secret with the same bytes.
    public borrowing func copy() -> SecretBytes {
        withBytes { SecretBytes(copying: $0) }
    }

    /// The first `length` bytes as a secret of that length.
    public borrowing func prefix(_ length: Int) -> SecretBytes {
        precondition(length <= count)
        return withBytes { SecretBytes(copying: $0.extracting(first: length)) }
    }

    /// Whether both hold the same bytes; the time taken depends on the lengths only.
    public borrowing func equals(_ other: borrowing SecretBytes) -> Bool {
        guard count == other.count else { return false }
        return withBytes { mine in other.withBytes { theirs in constantTimeEqual(mine, theirs) } }
    }
}

/// Holds a secret for code that can't hold a noncopyable value (a continuation, an array's element): give and take once.
public final class SecretBox: @unchecked Sendable {
    private var secret: SecretBytes?

    /// A box that holds `secret`.
    public init(_ secret: consuming SecretBytes) {
        self.secret = consume secret
    }

    /// The secret, which leaves the box; nil if it has been taken.
    public func take() -> SecretBytes? {
        var taken: SecretBytes? = nil
        swap(&taken, &secret)
        return taken
    }

    /// Lends the secret; nil if it has been taken.
    public func withSecret<Result>(_ body: (borrowing SecretBytes) -> Result) -> Result? {
        guard secret != nil else { return nil }
        return body(secret!)
    }
}

/// Whether both spans hold the same bytes; the time taken depends on the lengths only.
public func constantTimeEqual(_ one: RawSpan, _ other: RawSpan) -> Bool {
    guard one.byteCount == other.byteCount else { return false }
    guard one.byteCount > 0 else { return true }
    return unsafe one.withUnsafeBytes { one in
        unsafe other.withUnsafeBytes { other in
            unsafe sodium_memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0
        }
    }
}

/// libsodium itself.
enum Sodium {
    private static let ready: Bool = sodium_init() >= 0

    /// Starts the library once; a process that can't have it ends.
    static func prepare() {
        guard ready else { fatalError("libsodium does not start") }
    }
}
