/// A detached CMS signature (RFC 5652) with one signer, in the profile CAdES-BES (ETSI EN 319 122-1 section 5): its
/// signed attributes name what was signed and by which certificate.
///
/// By hand: OpenSSL's `CMS_CADES` is content with the SHA-1 attribute, looks at no signer without signed attributes, and
/// ignores what nobody has signed. This knows the one form that is taken; OpenSSL verifies the signature itself.
///
/// Reading it touches nothing but its bytes, and believes nothing: ``signer(of:)`` verifies.
///
/// Whatever a sender could change without the signer is refused rather than ignored: unsigned attributes, revocation
/// lists, digests that nobody uses. Only certificates beside the signer's are free.
struct CMSReader: Equatable, Sendable {
    /// Bytes of the whole.
    static let maximumLength = 32_768
    /// Certificates in it: the signer's and those of a chain.
    static let maximumCertificates = 8
    /// Signed attributes.
    static let maximumAttributes = 16

    /// How it names the signer's certificate outside of what is signed.
    enum Identifier: Equatable, Sendable {
        /// The issuer's name and the serial number, each in DER.
        case issuer([UInt8], serial: [UInt8])
        case keyIdentifier([UInt8])
    }

    /// The certificates in DER, in their order.
    let certificates: [[UInt8]]
    let identifier: Identifier
    let digest: CMSDigest
    let scheme: CMSScheme
    /// The signed attributes, in the form in which they are signed: a SET.
    let signedAttributes: [UInt8]
    /// What the signed attributes say.
    let attributes: CMSAttributes
    let signature: [UInt8]

    /// Reads a signature in DER, of which these must be all bytes.
    init(der: [UInt8]) throws(MalformedCMS) {
        guard der.count <= Self.maximumLength else { throw MalformedCMS(what: "too long") }
        var outer = DERReader(der[...])
        var info = try outer.inside(DERReader.Tag.sequence, "ContentInfo")
        try outer.end("ContentInfo")
        try info.expect(CMSIdentifier.signedData, "content type")
        var explicit = try info.inside(DERReader.Tag.context(0), "content")
        try info.end("the content")
        var signed = try explicit.inside(DERReader.Tag.sequence, "SignedData")
        try explicit.end("SignedData")

        let version = try signed.smallInteger("version")
        let announced = try Self.announcedDigest(&signed)
        try Self.checkIsDetached(&signed)
        certificates = try Self.certificates(&signed)
        var signers = try signed.inside(DERReader.Tag.set, "signers")
        try signed.end("the signers")
        var signer = try signers.inside(DERReader.Tag.sequence, "signer")
        try signers.end("the one signer")

        let signerVersion = try signer.smallInteger("signer's version")
        identifier = try Self.identifier(&signer)
        // RFC 5652 sections 5.1 and 5.3.
        let expected = if case .issuer = identifier { 1 } else { 3 }
        guard version == 3, signerVersion == expected else { throw MalformedCMS(what: "version") }
        digest = try CMSDigest(&signer)
        guard digest == announced else { throw MalformedCMS(what: "announced digest") }
        let signedElement = try signer.element(DERReader.Tag.context(0), "signed attributes")
        // RFC 5652 section 5.4: signed as SET OF, though sent under a tag of its own.
        signedAttributes = [DERReader.Tag.set] + signedElement.encoded.dropFirst()
        attributes = try CMSAttributes(DERReader(signedElement.content))
        scheme = try CMSScheme(&signer, digest: digest)
        signature = Array(try signer.element(DERReader.Tag.octetString, "signature").content)
        try signer.end("the signature")
    }

    // MARK: Parts

    private static func announcedDigest(_ signed: inout DERReader) throws(MalformedCMS) -> CMSDigest {
        var digests = try signed.inside(DERReader.Tag.set, "digests")
        let digest = try CMSDigest(&digests)
        try digests.end("the one digest")
        return digest
    }

    private static func checkIsDetached(_ signed: inout DERReader) throws(MalformedCMS) {
        var content = try signed.inside(DERReader.Tag.sequence, "encapsulated content")
        try content.expect(CMSIdentifier.challenge, "encapsulated content's type")
        try content.end("the content's type: it is not detached")
    }

    private static func certificates(_ signed: inout DERReader) throws(MalformedCMS) -> [[UInt8]] {
        var reader = try signed.inside(DERReader.Tag.context(0), "certificates")
        var certificates: [[UInt8]] = []
        while !reader.isAtEnd {
            guard certificates.count < maximumCertificates else { throw MalformedCMS(what: "too many certificates") }
            certificates.append(Array(try reader.element(DERReader.Tag.sequence, "certificate").encoded))
        }
        return certificates
    }

    private static func identifier(_ signer: inout DERReader) throws(MalformedCMS) -> Identifier {
        let keyIdentifier = DERReader.Tag.context(0, isConstructed: false)
        if signer.nextTag == keyIdentifier { return .keyIdentifier(Array(try signer.element().content)) }
        var pair = try signer.inside(DERReader.Tag.sequence, "signer's identifier")
        let issuer = try pair.element(DERReader.Tag.sequence, "issuer").encoded
        let serial = try pair.element(DERReader.Tag.integer, "serial number").encoded
        try pair.end("the serial number")
        return .issuer(Array(issuer), serial: Array(serial))
    }
}

/// What the signed attributes of a ``CMSReader`` say: type and digest of the content, and whose signature it is.
struct CMSAttributes: Equatable, Sendable {
    /// Digest of the content.
    let messageDigest: [UInt8]
    /// Digest of the signer's certificate (RFC 5035), and by what.
    let certificateDigest: [UInt8]
    let certificateDigestKind: CMSDigest
    /// Issuer and serial number of the signer's certificate, if the attribute names them: each in DER.
    let certificateIssuer: CMSReader.Identifier?

    /// Reads them; each of the three that are needed must be there once, with one value.
    init(_ attributes: DERReader) throws(MalformedCMS) {
        var attributes = attributes
        var values: [[UInt8]: ArraySlice<UInt8>] = [:]
        while !attributes.isAtEnd {
            guard values.count < CMSReader.maximumAttributes else { throw MalformedCMS(what: "too many attributes") }
            var attribute = try attributes.inside(DERReader.Tag.sequence, "attribute")
            let type = Array(try attribute.element(DERReader.Tag.identifier, "attribute's type").content)
            let value = try attribute.element(DERReader.Tag.set, "attribute's values").content
            try attribute.end("the values")
            guard values.updateValue(value, forKey: type) == nil else { throw MalformedCMS(what: "attribute twice") }
        }
        var type = try Self.reader(of: CMSIdentifier.contentType, in: values)
        try type.expect(CMSIdentifier.challenge, "content-type")
        try type.end("content-type")
        var message = try Self.reader(of: CMSIdentifier.messageDigest, in: values)
        messageDigest = Array(try message.element(DERReader.Tag.octetString, "message-digest").content)
        try message.end("message-digest")
        var signing = try Self.reader(of: CMSIdentifier.signingCertificate, in: values)
        var signingCertificate = try signing.inside(DERReader.Tag.sequence, "signing-certificate-v2")
        try signing.end("signing-certificate-v2")
        var list = try signingCertificate.inside(DERReader.Tag.sequence, "certificates' digests")
        // The first is the signer's; more of them and policies bind nothing here.
        var first = try list.inside(DERReader.Tag.sequence, "certificate's digest")
        let isDefault = first.nextTag == DERReader.Tag.octetString
        certificateDigestKind = isDefault ? .sha256 : try CMSDigest(&first)
        certificateDigest = Array(try first.element(DERReader.Tag.octetString, "certificate's digest").content)
        certificateIssuer = first.isAtEnd ? nil : try Self.issuer(&first)
        try first.end("the certificate's digest")
    }

    private static func reader(
        of type: [UInt8], in values: [[UInt8]: ArraySlice<UInt8>]
    ) throws(MalformedCMS) -> DERReader {
        guard let value = values[type] else { throw MalformedCMS(what: "an attribute is missing") }
        return DERReader(value)
    }

    /// `IssuerSerial`: general names, of which one directory name is taken, and the serial number.
    private static func issuer(_ first: inout DERReader) throws(MalformedCMS) -> CMSReader.Identifier {
        var pair = try first.inside(DERReader.Tag.sequence, "certificate's issuer")
        var names = try pair.inside(DERReader.Tag.sequence, "certificate issuer's names")
        var name = try names.inside(DERReader.Tag.context(4), "certificate issuer's name")
        try names.end("the certificate issuer's name")
        let issuer = try name.element(DERReader.Tag.sequence, "certificate issuer's name").encoded
        try name.end("the certificate issuer's name")
        let serial = try pair.element(DERReader.Tag.integer, "certificate's serial number").encoded
        try pair.end("the certificate's serial number")
        return .issuer(Array(issuer), serial: Array(serial))
    }
}
