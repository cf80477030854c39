import CSodium

/// Memory in which secrets lie for the length of one operation: between guard pages, locked where the limit permits, left
/// out of core dumps, and wiped at each operation's end.
///
/// Unlike ``SecretBytes`` it can be read all the time: between operations it holds only zeros, and taking the access away
/// would cost two system calls each time, more than most operations. One thread uses it at a time.
@safe public final class GuardedBuffer: @unchecked Sendable {
    /// The number of bytes.
    public let count: Int

    private let base: UnsafeMutableRawPointer
    private var isLent = false

    /// `count` zero bytes; memory that can't be had ends the process.
    public init(count: Int) {
        precondition(count > 0)
        let base = unsafe LockedMemory.allocate(count)
        unsafe sodium_memzero(base, count)
        unsafe self.base = base
        self.count = count
    }

    deinit {
        unsafe sodium_free(base)
    }

    /// Lends the first `length` bytes, zeros at first, and wipes them.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        first length: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(length >= 0 && length <= count && !isLent)
        isLent = true
        defer {
            unsafe sodium_memzero(base, length)
            isLent = false
        }
        var span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: length)
        return try body(&span)
    }

    /// Lets `fill` put something in, lends what it did, and wipes that.
    ///
    /// - Parameter fill: returns how many bytes it has put in; what it returns is given to `body` as it is, so that it
    ///   may be an error's negative number.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        filledBy fill: (inout MutableRawSpan) -> Int, _ body: (Int, RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(!isLent)
        isLent = true
        var span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: count)
        let filled = fill(&span)
        precondition(filled <= count)
        defer {
            unsafe sodium_memzero(base, max(filled, 0))
            isLent = false
        }
        return try body(filled, unsafe RawSpan(_unsafeStart: base, byteCount: max(filled, 0)))
    }
}
