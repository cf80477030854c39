import ClaveDomain
import Glibc
public import Posix
public import SecureMemory
import Wire

/// The gateway's own keys, in files of its state folder that only its user can read.
public final class GatewayKeys: Sendable {
    /// Signs every reply and push.
    public let signing: SigningKey
    /// Opens the steps of an activation.
    public let sealing: SealingKey
    /// Without it the stored digests of short codes tell nothing.
    private let pepper: SecretBytes
    /// Seals recordings of video calls.
    private let recording: SecretBytes
    /// Seals what waits to be carried out or sent.
    private let queue: SecretBytes

    /// Reads the keys of a state folder, making those that are missing.
    public init(folder: String) throws(SystemError) {
        try Files.makeFolder(folder)
        let lock = try FolderLock.take(folder)
        defer { flock(lock.number, LOCK_UN) }
        let seed = try Self.key("\(folder)/signing.key")
        let privateKey = try Self.key("\(folder)/sealing.key")
        let recording = try Self.key("\(folder)/recording.key")
        let queue = try Self.key("\(folder)/queue.key")
        let pepper = try Self.key("\(folder)/pepper.key")
        signing = SigningKey(seed: seed)!
        sealing = SealingKey(privateKey: privateKey)!
        self.pepper = pepper
        self.recording = recording
        self.queue = queue
    }

    /// Seals a piece of a recording for its place.
    public func seal(recording piece: [UInt8], context: [UInt8]) -> [UInt8] {
        AuthenticatedSealing.seal(unsafe piece.span.bytes, under: recording, context: context)
    }

    /// Opens what ``seal(recording:context:)`` made; nil for anything else.
    public func open(recording sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        Self.open(sealed, under: recording, context: context)
    }

    /// Seals what waits in a queue of the database.
    public func seal(queued bytes: [UInt8], context: [UInt8]) -> [UInt8] {
        AuthenticatedSealing.seal(unsafe bytes.span.bytes, under: queue, context: context)
    }

    /// Opens what ``seal(queued:context:)`` made; nil for anything else.
    public func open(queued sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        Self.open(sealed, under: queue, context: context)
    }

    /// Lets the digests' key be read for the length of a request, which makes a dozen digests: to give the access and take it
    /// away again for each would cost a tenth of the gateway's processor time, as all its threads have to hear of it.
    public func withDigests<Result>(_ body: () -> Result) -> Result { pepper.withBytes { _ in body() } }

    private static func open(_ sealed: [UInt8], under key: borrowing SecretBytes, context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= AuthenticatedSealing.overhead else { return nil }
        var bytes = [UInt8](repeating: 0, count: sealed.count - AuthenticatedSealing.overhead)
        var span = bytes.mutableSpan
        var target = unsafe span.mutableBytes
        return AuthenticatedSealing.open(sealed, under: key, context: context, into: &target) ? bytes : nil
    }

    /// What is stored of a code: its keyed digest, bound to what it is for and to whom it belongs.
    public func digest(_ code: [UInt8], for purpose: String, of owner: [UInt8]) -> [UInt8] {
        var message = ByteWriter()
        message.put(purpose)
        message.put(owner)
        message.put(code)
        return keyedDigest(unsafe message.bytes.span.bytes, key: pepper)
    }

    private static func key(_ path: String) throws(SystemError) -> SecretBytes {
        do throws(SystemError) {
            var bytes = try Files.read(path, limit: 64)
            guard bytes.count == 32 else { throw SystemError("read \(path): not a key", number: EINVAL) }
            let key = SecretBytes(copying: unsafe bytes.span.bytes)
            for index in bytes.indices { bytes[index] = 0 }
            return key
        } catch {
            guard error.number == ENOENT else { throw error }
            let fresh = randomBytes(32)
            try Files.replace(path, with: fresh)
            return SecretBytes(copying: unsafe fresh.span.bytes)
        }
    }
}

/// Random symbols for codes that people type.
public enum RandomCode {
    /// `count` random symbols of the PIN's alphabet: uniform, as 256 is a multiple of 32.
    public static func symbols(_ count: Int) -> [UInt8] {
        randomBytes(count).map { PINAlphabet.symbol($0 & 31) }
    }

    /// `count` random decimal digits: uniform, as a byte from 250 on is drawn again.
    public static func digits(_ count: Int) -> [UInt8] {
        var digits: [UInt8] = []
        while digits.count < count {
            digits += randomBytes(count).filter { $0 < 250 }.map { UInt8(ascii: "0") + $0 % 10 }
        }
        return Array(digits.prefix(count))
    }
}
