import ClavePluginABI

/// What a plugin is asked to sign: digests or messages, a signature for each.
public struct Batch: Sendable {
    /// At most `CLAVE_BATCH_MAX`.
    public let inputs: [[UInt8]]

    /// Reads the digests that the host lends.
    ///
    /// - Parameter length: of each, in bytes.
    /// - Throws: ``Status/invalid`` for none, too many, or a part of one.
    public init(_ data: UnsafePointer<UInt8>, _ count: Int, each length: Int) throws(Status) {
        guard length > 0, count > 0, count % length == 0, count / length <= Int(CLAVE_BATCH_MAX) else { throw .invalid }
        let all = unsafe Array(UnsafeBufferPointer(start: data, count: count))
        inputs = stride(from: 0, to: count, by: length).map { Array(all[$0..<$0 + length]) }
    }

    /// Reads the messages that the host lends, each behind its length in four bytes, the most significant first.
    ///
    /// - Throws: ``Status/invalid`` for none, too many, or a part of one.
    public init(messages data: UnsafePointer<UInt8>, _ count: Int) throws(Status) {
        guard (1...Int(CLAVE_MESSAGES_MAX)).contains(count) else { throw .invalid }
        var rest = unsafe Array(UnsafeBufferPointer(start: data, count: count))[...]
        var messages: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count >= 4, messages.count < Int(CLAVE_BATCH_MAX) else { throw .invalid }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { throw .invalid }
            messages.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        inputs = messages
    }

    /// Hands over the signatures, all of them and in order.
    ///
    /// - Throws: ``Status/invalid`` if they don't fit.
    public static func put(
        _ signatures: [[UInt8]], in target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ count: inout Int
    ) throws(Status) {
        let all = Array(signatures.joined())
        guard all.count <= capacity else { throw .invalid }
        unsafe target.update(from: all, count: all.count)
        count = all.count
    }
}
