import Glibc
import Synchronization

/// The umask with which a program was called. The programs have a stricter one of their own, which is not meant for the
/// files that a person names for a result.
public enum CallersMask {
    private static let kept = Atomic<UInt32>(0o077)

    /// The caller's umask; where nobody has taken it, one that lets nobody else in.
    public static var value: UInt32 { kept.load(ordering: .relaxed) }

    /// Takes the umask in force for the caller's: before the program sets its own.
    public static func take() {
        let mask = umask(0o077)
        umask(mask)
        kept.store(UInt32(mask), ordering: .relaxed)
    }
}
