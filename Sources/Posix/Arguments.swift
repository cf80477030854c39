import CLinux
import Wire

/// The words that this program was called with, as bytes (``SystemText``).
///
/// The standard library's `CommandLine.arguments` repairs what is no UTF-8, and it reads `/proc/self/cmdline`: where no
/// `/proc` is mounted, it has none. These come from where the kernel put them.
public enum Arguments {
    /// The program's name as it was called; empty if there is none.
    public static var programName: String { all.first ?? "" }

    /// What follows the name.
    public static var words: [String] { Array(all.dropFirst()) }

    /// As C has them, for `execv` and for who writes over them.
    @unsafe public static var vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { unsafe place.vector }

    /// How many there are, with the name.
    public static var count: Int { unsafe place.count }

    private static let all: [String] = {
        (0..<count).map { index in
            guard let word = unsafe vector[index] else { return "" }
            return unsafe SystemText.string(UnsafeRawBufferPointer(start: word, count: Int(strlen(word))))
        }
    }()

    /// Found when it is first asked for: ``Program/run(_:)`` does, before anything changes the environment.
    private nonisolated(unsafe) static let place:
        (vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) = {
            var count: Int32 = 0
            if let vector = unsafe clave_arguments(&count) { return unsafe (vector, Int(count)) }
            return unsafe (CommandLine.unsafeArgv, Int(CommandLine.argc))
        }()
}
