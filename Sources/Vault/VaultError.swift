import Glibc
public import Posix

/// Why a vault can't be opened, read or written.
public enum VaultError: Error, Equatable, Sendable {
    /// There is no vault in the folder, or no such record in the vault.
    case missing
    /// There is a vault in the folder already.
    case exists
    /// No slot opens with this passphrase (an empty one opens none) or key, or the slot was changed: the cipher can't
    /// tell.
    case wrongPassphrase
    /// The file is not one that a holder of the key has written: bytes were changed, cut off or mixed.
    case damaged
    /// A later version of the program has written it, in a format that this one does not know.
    case newerVersion
    /// A vault keeps a slot for a passphrase: what the keyring holds is lost with the login.
    case lastSlot
    /// A later version has added a slot, for which this one can't wrap another vault key.
    case unknownSlot
    /// The disk or the quota is full; nothing has changed.
    case noSpace
    /// The file, the record or their number passes its limit (``VaultLimits``).
    case tooLarge
    /// The memory that the passphrase's slot asks for can't be had.
    case noMemory
    /// Another process has the vault open, or this one has it open already; which, if the kernel tells.
    case lockedByAnother(process: Int32?)
    /// Others can write the folder or the file.
    case unsafePermissions
    /// The folder or the file belongs to another user.
    case foreignOwner
    /// A link, a pipe or something else is in the place of the folder or the file.
    case notPlain
    /// The system refused.
    case system(SystemError)

    /// What a failed call means for a vault.
    init(_ error: SystemError) {
        switch error.number {
        case ENOSPC, EDQUOT: self = .noSpace
        case ELOOP: self = .notPlain
        default: self = .system(error)
        }
    }
}
