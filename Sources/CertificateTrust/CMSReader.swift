import ASN1
import GatewayAPI
import SignedForms

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
    /// What an activation's challenge is: its content has a type of its own.
    static let challengeType = OID(encoded: CertificateChallenge.contentType)

    /// How it names the signer's certificate outside of what is signed.
    enum Identifier: Equatable, Sendable {
        /// The issuer's name and the serial number, each in DER.
        case issuer([UInt8], serial: [UInt8])
        case keyIdentifier([UInt8])
    }

    /// The certificates in DER, in their order.
    let certificates: [[UInt8]]
    let identifier: Identifier
    let digest: MessageDigest.Algorithm
    let scheme: CMSScheme
    /// The signed attributes, in the form in which they are signed: a SET.
    let signedAttributes: [UInt8]
    /// What the signed attributes say.
    let attributes: CMSAttributes
    let signature: [UInt8]

    /// Reads a signature in DER, of which these must be all bytes.
    init(der: [UInt8]) throws(ASN1Error) {
        guard der.count <= Self.maximumLength else { throw ASN1Error(what: "too long") }
        var outer = DERReader(der[...])
        var info = try outer.inside(DER.Tag.sequence, "ContentInfo")
        try outer.end("ContentInfo")
        try info.expect(.signedData, "content type")
        var explicit = try info.inside(DER.Tag.context(0), "content")
        try info.end("the content")
        var signed = try explicit.inside(DER.Tag.sequence, "SignedData")
        try explicit.end("SignedData")

        let version = try signed.smallInteger("version")
        let announced = try Self.announcedDigest(&signed)
        try Self.checkIsDetached(&signed)
        certificates = try Self.certificates(&signed)
        var signers = try signed.inside(DER.Tag.set, "signers")
        try signed.end("the signers")
        var signer = try signers.inside(DER.Tag.sequence, "signer")
        try signers.end("the one signer")

        let signerVersion = try signer.smallInteger("signer's version")
        identifier = try Self.identifier(&signer)
        // RFC 5652 sections 5.1 and 5.3.
        let expected = if case .issuer = identifier { 1 } else { 3 }
        guard version == 3, signerVersion == expected else { throw ASN1Error(what: "version") }
        digest = try MessageDigest.Algorithm(&signer)
        guard digest == announced else { throw ASN1Error(what: "announced digest") }
        let signedElement = try signer.element(DER.Tag.context(0), "signed attributes")
        // RFC 5652 section 5.4: signed as SET OF, though sent under a tag of its own.
        signedAttributes = [DER.Tag.set] + signedElement.encoded.dropFirst()
        attributes = try CMSAttributes(DERReader(signedElement.content))
        scheme = try CMSScheme(&signer, digest: digest)
        signature = Array(try signer.element(DER.Tag.octetString, "signature").content)
        try signer.end("the signature")
    }

    // MARK: Parts

    private static func announcedDigest(_ signed: inout DERReader) throws(ASN1Error) -> MessageDigest.Algorithm {
        var digests = try signed.inside(DER.Tag.set, "digests")
        let digest = try MessageDigest.Algorithm(&digests)
        try digests.end("the one digest")
        return digest
    }

    private static func checkIsDetached(_ signed: inout DERReader) throws(ASN1Error) {
        var content = try signed.inside(DER.Tag.sequence, "encapsulated content")
        try content.expect(challengeType, "encapsulated content's type")
        try content.end("the content's type: it is not detached")
    }

    private static func certificates(_ signed: inout DERReader) throws(ASN1Error) -> [[UInt8]] {
        var reader = try signed.inside(DER.Tag.context(0), "certificates")
        var certificates: [[UInt8]] = []
        while !reader.isAtEnd {
            guard certificates.count < maximumCertificates else { throw ASN1Error(what: "too many certificates") }
            certificates.append(Array(try reader.element(DER.Tag.sequence, "certificate").encoded))
        }
        return certificates
    }

    private static func identifier(_ signer: inout DERReader) throws(ASN1Error) -> Identifier {
        let keyIdentifier = DER.Tag.context(0, isConstructed: false)
        if signer.nextTag == keyIdentifier { return .keyIdentifier(Array(try signer.element().content)) }
        var pair = try signer.inside(DER.Tag.sequence, "signer's identifier")
        let issuer = try pair.element(DER.Tag.sequence, "issuer").encoded
        let serial = try pair.element(DER.Tag.integer, "serial number").encoded
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
    let certificateDigestKind: MessageDigest.Algorithm
    /// Issuer and serial number of the signer's certificate, if the attribute names them: each in DER.
    let certificateIssuer: CMSReader.Identifier?

    /// Reads them; each of the three that are needed must be there once, with one value.
    init(_ attributes: DERReader) throws(ASN1Error) {
        var attributes = attributes
        var values: [OID: ArraySlice<UInt8>] = [:]
        while !attributes.isAtEnd {
            guard values.count < CMSReader.maximumAttributes else { throw ASN1Error(what: "too many attributes") }
            var attribute = try attributes.inside(DER.Tag.sequence, "attribute")
            let type = try attribute.identifier("attribute's type")
            let value = try attribute.element(DER.Tag.set, "attribute's values").content
            try attribute.end("the values")
            guard values.updateValue(value, forKey: type) == nil else { throw ASN1Error(what: "attribute twice") }
        }
        var type = try Self.reader(of: .contentType, in: values)
        try type.expect(CMSReader.challengeType, "content-type")
        try type.end("content-type")
        var message = try Self.reader(of: .messageDigest, in: values)
        messageDigest = Array(try message.element(DER.Tag.octetString, "message-digest").content)
        try message.end("message-digest")
        var signing = try Self.reader(of: .signingCertificateV2, in: values)
        var signingCertificate = try signing.inside(DER.Tag.sequence, "signing-certificate-v2")
        try signing.end("signing-certificate-v2")
        var list = try signingCertificate.inside(DER.Tag.sequence, "certificates' digests")
        // The first is the signer's; more of them and policies bind nothing here.
        var first = try list.inside(DER.Tag.sequence, "certificate's digest")
        let isDefault = first.nextTag == DER.Tag.octetString
        certificateDigestKind = isDefault ? .sha256 : try MessageDigest.Algorithm(&first)
        certificateDigest = Array(try first.element(DER.Tag.octetString, "certificate's digest").content)
        certificateIssuer = first.isAtEnd ? nil : try Self.issuer(&first)
        try first.end("the certificate's digest")
    }

    private static func reader(
        of type: OID, in values: [OID: ArraySlice<UInt8>]
    ) throws(ASN1Error) -> DERReader {
        guard let value = values[type] else { throw ASN1Error(what: "an attribute is missing") }
        return DERReader(value)
    }

    /// `IssuerSerial`: general names, of which one directory name is taken, and the serial number.
    private static func issuer(_ first: inout DERReader) throws(ASN1Error) -> CMSReader.Identifier {
        var pair = try first.inside(DER.Tag.sequence, "certificate's issuer")
        var names = try pair.inside(DER.Tag.sequence, "certificate issuer's names")
        var name = try names.inside(DER.Tag.context(4), "certificate issuer's name")
        try names.end("the certificate issuer's name")
        let issuer = try name.element(DER.Tag.sequence, "certificate issuer's name").encoded
        try name.end("the certificate issuer's name")
        let serial = try pair.element(DER.Tag.integer, "certificate's serial number").encoded
        try pair.end("the certificate's serial number")
        return .issuer(Array(issuer), serial: Array(serial))
    }
}
