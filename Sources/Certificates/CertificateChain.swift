/// Puts a certificate's issuers in order.
public enum CertificateChain {
    /// Certificates of one chain.
    public static let maximumLength = 8

    /// Bytes of one chain; issuers that would make it longer are left out.
    public static let maximumBytes = 24_576

    /// A certificate and its issuers as far as they are among `others`, by their names alone.
    public static func chain(of der: [UInt8], from others: [[UInt8]]) -> [[UInt8]] {
        var chain = [der]
        while chain.count < maximumLength, let issuer = issuer(of: chain[chain.count - 1], among: others) {
            let bytes = chain.reduce(issuer.count) { $0 + $1.count }
            guard !chain.contains(issuer), bytes <= maximumBytes else { break }
            chain.append(issuer)
        }
        return chain
    }

    /// Certificates in DER that stand one behind the other; nil for anything else.
    public static func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        var (all, start) = ([[UInt8]](), 0)
        while start < bytes.count {
            // A SEQUENCE with a length in two bytes, as that of any certificate.
            guard bytes.count - start > 4, bytes[start] == 0x30, bytes[start + 1] == 0x82 else { return nil }
            let end = start + 4 + Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
            guard end <= bytes.count, DecodedCertificate(der: Array(bytes[start..<end])) != nil else { return nil }
            all.append(Array(bytes[start..<end]))
            start = end
        }
        return all
    }

    private static func issuer(of der: [UInt8], among others: [[UInt8]]) -> [UInt8]? {
        guard let certificate = DecodedCertificate(der: der) else { return nil }
        for other in others where other != der {
            guard let issuer = DecodedCertificate(der: other) else { continue }
            if certificate.isIssued(by: issuer) { return other }
        }
        return nil
    }
}
