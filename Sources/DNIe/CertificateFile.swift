import CZlib

/// A certificate as the card stores it: two lengths, each little-endian in four bytes, and a zlib stream (RFC 1950).
enum CertificateFile {
    /// Bytes before the stream.
    static let headerLength = 8
    /// The most bytes of a certificate.
    static let limit = 16_384

    /// The length of the file by its first bytes; nil if they are too few or say more than a file has.
    static func length(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= headerLength else { return nil }
        // A certificate as it is has its own length in front.
        if bytes[0] == 0x30, bytes[1] == 0x82 { return CardFiles.objectLength(bytes) }
        let length = headerLength + number(bytes, 4)
        return length <= CardFiles.fileLimit ? length : nil
    }

    /// The certificate of a file, in DER; nil if there is none in it.
    ///
    /// A stream that gives more than its header says, or less, is none: what it would grow to is never made.
    static func certificate(_ file: [UInt8]) -> [UInt8]? {
        guard file.count >= headerLength else { return nil }
        let (whole, packed) = (number(file, 0), number(file, 4))
        if (1...limit).contains(whole), packed <= file.count - headerLength,
            let certificate = inflate(Array(file[headerLength..<headerLength + packed]), to: whole)
        {
            return certificate
        }
        // Some cards are said to have certificates as they are.
        guard file[0] == 0x30, let length = CardFiles.objectLength(file), length <= min(file.count, limit) else {
            return nil
        }
        return Array(file[..<length])
    }

    private static func inflate(_ stream: [UInt8], to count: Int) -> [UInt8]? {
        // One byte more than it may have, so that too much shows.
        var (output, length) = ([UInt8](repeating: 0, count: count + 1), UInt(count + 1))
        var used = UInt(stream.count)
        guard unsafe uncompress2(&output, &length, stream, &used) == Z_OK, length == count else { return nil }
        return Array(output[..<count])
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
