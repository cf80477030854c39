import ASN1

/// The directory files of PKCS#15, as the DNIe's specimen has them.
enum PKCS15 {
    /// What one key, or one certificate, is called on the card.
    struct Entry {
        let label: String
        /// The text by which key and certificate are paired.
        let identifier: String
        /// Identifiers from the master file down.
        let path: [UInt16]
    }

    /// Bytes of the files with the lists; what is left of them is zeros.
    private static let directoryLength = 2100
    /// The length that the specimen gives for a key's file.
    private static let keyFileLength: [UInt8] = [0x03, 0xB5]

    /// EF.ODF: where the lists of private keys, certificates and PINs are.
    static let objectDirectory: [UInt8] = [0xA0, 0xA4, 0xA8].enumerated().flatMap { place, tag in
        DER.tagged(tag, DER.sequence(DER.octets([0x60, [0x01, 0x04, 0x05][place]])))
    }

    /// EF.TokenInfo.
    static func tokenInformation(serial: [UInt8]) -> [UInt8] {
        DER.sequence(
            DER.integer([0]), DER.octets(serial), text("DGP-FNMT"), DER.tagged(0x80, Array("DNI electrónico".utf8)),
            DER.tagged(0x03, [0x04, 0x10]))
    }

    /// The list of PINs: one, of 8 to 16 characters, reference 0; without a path, which OpenSC would select by number.
    static let pinDirectory: [UInt8] = DER.sequence(
        DER.sequence(text("PIN"), bits([0x06, 0xC0])), DER.sequence(DER.octets([0x01])),
        DER.tagged(
            0xA1,
            DER.sequence(
                bits([0x03, 0xB8]), DER.tagged(0x0A, [0x01]), DER.integer([8]), DER.integer([8]), DER.integer([16]),
                DER.tagged(0x80, [0x00]))))

    /// The list of private keys: authentication, to sign and sign with recovery, then signature, non-repudiation too.
    static func privateKeys(_ entries: [Entry]) -> [UInt8]? {
        let usages: [[UInt8]] = [[0x06, 0x30, 0x00], [0x06, 0x30, 0x40]]
        let all = entries.enumerated().flatMap { place, entry in
            DER.sequence(
                DER.sequence(text(entry.label), bits([0x06, 0xC0])),
                DER.sequence(
                    DER.octets(Array(entry.identifier.utf8)), bits(usages[place]), [0x01, 0x01, 0xFF],
                    bits([0x03, 0xB8]), DER.integer([UInt8(place + 1)])),
                DER.tagged(
                    0xA1, DER.sequence(DER.sequence(path(entry, keyFileLength)), DER.integer([0x08, 0x00]))))
        }
        return padded(all)
    }

    /// The list of certificates, each with its names and number.
    ///
    /// - Returns: nil if the names are too long for the file.
    static func certificates(_ entries: [(Entry, TestCertificate, fileLength: Int)]) -> [UInt8]? {
        let all = entries.flatMap { entry, certificate, fileLength in
            DER.sequence(
                DER.sequence(text(entry.label), bits([0x06, 0x40])),
                DER.sequence(DER.octets(Array(entry.identifier.utf8))),
                DER.tagged(
                    0xA1,
                    DER.sequence(
                        DER.sequence(path(entry, [UInt8(fileLength >> 8), UInt8(fileLength & 0xFF)])),
                        certificate.subject, DER.tagged(0xA0, certificate.issuer), certificate.serial)))
        }
        return padded(all)
    }

    private static func path(_ entry: Entry, _ length: [UInt8]) -> [UInt8] {
        DER.octets(entry.path.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }) + DER.integer([0])
            + DER.tagged(0x80, length)
    }

    private static func padded(_ content: [UInt8]) -> [UInt8]? {
        guard content.count < directoryLength else { return nil }
        return content + [UInt8](repeating: 0, count: directoryLength - content.count)
    }

    private static func text(_ text: String) -> [UInt8] { DER.tagged(0x0C, Array(text.utf8)) }
    private static func bits(_ content: [UInt8]) -> [UInt8] { DER.tagged(0x03, content) }
}
