import SecureMemory
import Wire

/// What has been read of a stream and can't be delivered yet, in guarded memory.
struct KeptBytes: ~Copyable {
    private let bytes: SecretBytes
    private let start: Int

    /// Keeps a copy; nil if there is nothing to keep.
    init?(copying span: RawSpan) {
        guard span.byteCount > 0 else { return nil }
        self.init(SecretBytes(copying: span), from: 0)
    }

    private init(_ bytes: consuming SecretBytes, from start: Int) {
        self.bytes = bytes
        self.start = start
    }

    /// Bytes of memory that it takes.
    var capacity: Int { bytes.count }

    /// Lends what is kept to `use`, which gives the number of bytes that it has taken; keeps the others.
    consuming func deliver(_ use: (RawSpan) throws(WireError) -> Int) throws(WireError) -> KeptBytes? {
        let first = start
        let taken = try bytes.withBytes { (span) throws(WireError) in try use(span.extracting(droppingFirst: first)) }
        return first + taken < bytes.count ? KeptBytes(bytes, from: first + taken) : nil
    }
}
