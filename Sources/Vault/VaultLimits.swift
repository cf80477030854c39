/// The most that a vault holds; each is compared before anything is read or written.
public enum VaultLimits {
    /// Bytes of the file.
    public static let file = 1 << 20
    /// Slots, each of which opens the vault in its own way.
    public static let slots = 8
    /// Bytes of a slot's body.
    public static let slot = 4096
    /// Records.
    public static let records = 256
    /// Bytes of a record before it is sealed.
    public static let record = 128 << 10
}
