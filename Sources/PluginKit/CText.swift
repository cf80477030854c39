import ClavePluginABI
import Glibc

/// Texts as C wants them.
public enum CText {
    /// A copy that is never freed, for tables and for what the host is lent.
    public static func forever(_ text: String) -> UnsafePointer<CChar> {
        unsafe UnsafePointer(strdup(text))
    }

    /// A text as long as a line may be, cut between characters.
    public static func line(_ text: String, limit: Int? = nil) -> String {
        let limit = limit ?? Int(CLAVE_TEXT_MAX)
        guard text.utf8.count > limit else { return text }
        var cut = ""
        for character in text {
            guard cut.utf8.count + character.utf8.count <= limit else { break }
            cut.append(character)
        }
        return cut
    }

    /// Lends several texts for a call.
    static func lend<Result>(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        var copies = unsafe texts.map { unsafe UnsafePointer<CChar>(strdup($0)) }
        defer { unsafe copies.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        return unsafe copies.withUnsafeMutableBufferPointer { unsafe body(UnsafePointer($0.baseAddress)) }
    }
}
