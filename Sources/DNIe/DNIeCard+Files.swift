import SmartCard

/// Reading all that a card shows.
extension DNIeCard {
    private static let intermediateFile: UInt16 = 0x6020
    private static let componentFile: UInt16 = 0x601F
    private static let application: UInt16 = 0x5015
    private static let objectDirectory: UInt16 = 0x5031
    private static let tokenInformation: UInt16 = 0x5032

    /// The card's own certificates, its lists, and the person's certificates.
    func read(_ serial: [UInt8]) throws(DNIeError) -> CardContents {
        let files = files(.identity)
        let (intermediate, component): ([UInt8], [UInt8])
        do throws(DNIeError) {
            try files.select([Self.intermediateFile])
            intermediate = try files.readObject()
            try files.select([Self.componentFile])
            component = try files.readObject()
        } catch { throw asOther(error) }
        tell(.files)
        var contents = CardContents(
            serial: serial, intermediate: intermediate, component: component, credentials: try readLists())
        try readCertificates(&contents)
        return contents
    }

    /// The keys' and the certificates' places; keys without certificates are none.
    private func readLists() throws(DNIeError) -> [CardContents.Credential] {
        let files = files(.files)
        do throws(DNIeError) {
            try files.select([Self.application, Self.tokenInformation])
            guard PKCS15.isDNIe(try files.readObject()) else { throw DNIeError.notDNIe }
            // Beside the file that is selected, as all that follow.
            try files.select(Self.objectDirectory)
            guard let lists = PKCS15.directories(try files.readWhole()) else { throw DNIeError.malformed(.files) }
            try files.select(lists.keys)
            let keys = try entries(files)
            try files.select(lists.certificates)
            let certificates = try entries(files)
            return certificates.map { certificate in
                let key = keys.first { $0.identifier == certificate.identifier }
                return CardContents.Credential(key: key?.path.last, path: certificate.path, certificate: [])
            }
        } catch { throw asOther(error) }
    }

    /// A list ends in zeros: what comes after its objects is not read.
    private func entries(_ files: CardFiles) throws(DNIeError) -> [PKCS15.Entry] {
        guard let entries = PKCS15.entries(try files.read(PKCS15.listLength)) else { throw .malformed(.files) }
        return entries
    }

    /// The certificates that are not there yet; those that want the PIN first stay empty.
    func readCertificates(_ contents: inout CardContents) throws(DNIeError) {
        let files = files(.files)
        var folder = [UInt16]()
        for place in contents.credentials.indices where contents.credentials[place].certificate.isEmpty {
            let path = contents.credentials[place].path
            do throws(DNIeError) {
                // Beside the last one, mostly.
                if !folder.isEmpty, folder == path.dropLast() {
                    try files.select(path[path.count - 1])
                } else {
                    try files.select(path)
                }
                folder = Array(path.dropLast())
                let file = try files.read(CertificateFile.length)
                guard let certificate = CertificateFile.certificate(file) else { throw DNIeError.malformed(.files) }
                contents.credentials[place].certificate = certificate
            } catch {
                guard case .needsPIN = error else { throw error }
            }
        }
    }

    /// A card over the air that has no such files only looks like a DNIe.
    private func asOther(_ error: DNIeError) -> DNIeError {
        guard isContactless, case .refused(_, 0x6A82) = error else { return error }
        return .notDNIe
    }
}
