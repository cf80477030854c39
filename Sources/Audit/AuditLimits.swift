/// The most that the log holds in one piece, in bytes unless said otherwise.
public enum AuditLimits {
    /// A text of a record; what is longer is cut and ends in `…`.
    public static let text = 1024
    /// Members of a record beside those of the chain.
    public static let members = 24
    /// A line: all members at their longest, each character escaped.
    public static let line = 256 << 10
    /// A file that is as long is closed, and a new one begun.
    public static let file = 8 << 20
    /// A file that is read: one that was closed, and its last line.
    static let readableFile = file + 2 * line
    /// What of a file's end is read first, to find its last record.
    static let tail = 64 << 10
}
