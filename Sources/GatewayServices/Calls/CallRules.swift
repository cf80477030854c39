/// The numbers of calls; those by which time changes a call are ``Call``'s.
public enum CallRules {
    /// Minutes of an appointment.
    public static let length = 15
    /// Days ahead in which appointments are made.
    public static let days = 14
    /// Bookings from one network address in a day.
    public static let bookingsPerAddress = 20
    /// Digits of the code that the person says.
    public static let codeDigits = 4
    /// Bytes of a page's token.
    public static let tokenLength = 32
    /// Bytes of a piece of a recording, and pieces of a recording: 64 MiB.
    public static let pieceLength = 61_440
    public static let pieces = 1_092
    /// Seconds that a recording waits for its review.
    static let recordingLife: Int64 = 30 * 86_400
    /// Seconds that a call which is over is kept.
    static let life: Int64 = 30 * 86_400
}
