import CZlib

/// A certificate as the card stores it: two lengths, little-endian, and a zlib stream (RFC 1950).
public enum CompressedCertificate {
    /// Bytes before the stream.
    static let headerLength = 8

    /// The file's content; nil if it would be longer than a file can be.
    public static func compress(_ certificate: [UInt8]) -> [UInt8]? {
        guard certificate.count <= CardFile.maximumLength else { return nil }
        var count = compressBound(UInt(certificate.count))
        var stream = [UInt8](repeating: 0, count: Int(count))
        let level = Int32(Z_DEFAULT_COMPRESSION)
        guard unsafe compress2(&stream, &count, certificate, UInt(certificate.count), level) == Z_OK else { return nil }
        let file = littleEndian(certificate.count) + littleEndian(Int(count)) + stream.prefix(Int(count))
        return file.count <= CardFile.maximumLength ? file : nil
    }

    private static func littleEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
