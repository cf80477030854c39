import ClavePluginABI

/// What a plugin is asked to sign: digests, a signature for each.
public struct Batch: Sendable {
    /// At most `CLAVE_BATCH_MAX`.
    public let digests: [[UInt8]]

    /// Reads what the host lends.
    ///
    /// - Parameter length: of each digest, in bytes.
    /// - Throws: ``Status/invalid`` for none, too many, or a part of one.
    public init(_ data: UnsafePointer<UInt8>, _ count: Int, each length: Int) throws(Status) {
        guard length > 0, count > 0, count % length == 0, count / length <= Int(CLAVE_BATCH_MAX) else { throw .invalid }
        let all = unsafe Array(UnsafeBufferPointer(start: data, count: count))
        digests = stride(from: 0, to: count, by: length).map { Array(all[$0..<$0 + length]) }
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
