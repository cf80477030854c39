/// The work that a file asks for before its password can be tried: iterations of key derivations, which the file names
/// itself. They are counted before they are done.
///
/// A backup of NSS asks for 600,000 for each key, for each certificate and for its authenticity code. So ten certificates
/// fit, and a file that only takes time is given up after a minute.
final class PasswordWork {
    /// Iterations of one derivation: some seconds on a slow machine.
    static let maximumEach: Int64 = 5_000_000
    /// Iterations of all together.
    static let maximum: Int64 = 20_000_000
    /// How long all may take; the derivation that has begun is finished.
    private static let maximumTime = Duration.seconds(60)
    /// How often it is told how far it is, and from when on.
    private static let interval = Duration.seconds(1)

    private var done: Int64 = 0
    private let start = ContinuousClock.now
    private var told = ContinuousClock.now
    private let tell: (Int) -> Void

    /// - Parameter tell: hears once a second how many keys and certificates were opened so far.
    init(_ tell: @escaping (Int) -> Void) { self.tell = tell }

    /// Takes iterations into account, before they are done.
    ///
    /// - Parameter opened: keys and certificates so far.
    func account(for iterations: Int64, opened: Int) throws(KeyFile.Failure) {
        let now = ContinuousClock.now
        guard (0...Self.maximumEach).contains(iterations), iterations <= Self.maximum - done,
            now - start < Self.maximumTime
        else { throw .tooMuchWork }
        done += iterations
        if now - told >= Self.interval {
            told = now
            tell(opened)
        }
    }
}
