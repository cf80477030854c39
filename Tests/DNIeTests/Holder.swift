import COpenSSL
import DNIeSimulator
import SecureMemory
import SmartCard

@testable import DNIe

/// Who has the card, and what they do with it.
extension TestReader {
    /// The card as the client sees it, over the air with its channel open.
    func open(
        can: String = TestCard.can, settings: DNIeSettings? = nil, tell: @escaping (DNIeStage) -> Void = { _ in }
    ) throws(DNIeError) -> DNIeCard {
        let card = try DNIeCard(over: self, atr: atr, settings: settings ?? card.settings, tell: tell)
        if card.isContactless { try card.openAir(can: secret(can)) }
        return card
    }

    /// All of it: the card read, the PIN, and a signature by the key of the purpose.
    @discardableResult
    func run(
        _ cache: CardCache? = nil, pin: String = TestCard.pin, _ purpose: CardContents.Purpose = .authentication
    ) throws(DNIeError) -> [UInt8] {
        let card = try open()
        try card.load(cache)
        _ = try card.beginPIN()
        try card.verify(secret(pin))
        return try card.sign(Message.digestInfo, for: purpose)
    }

    /// Whether a signature is what the card's own key makes of the message, which only one is.
    func isSignature(_ signature: [UInt8], _ purpose: CardContents.Purpose = .authentication) -> Bool {
        let key = card.model.keys[purpose == .authentication ? 1 : 2]!
        return !signature.isEmpty && signature == key.sign(Message.digestInfo)
    }
}

/// What is signed.
enum Message {
    static let text = Array("Lo que se firma".utf8)

    static let digestInfo: [UInt8] = {
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(text, text.count, &digest)
        return CardSignature.digestInfo("RS256", digest)!
    }()

    /// Whether OpenSSL, given the message itself, finds the signature to be of the certificate's key.
    static func isSigned(_ signature: [UInt8], by certificate: [UInt8]) -> Bool {
        certificate.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            guard let read = d2i_X509(nil, &place, bytes.count), let context = EVP_MD_CTX_new() else { return false }
            defer {
                EVP_MD_CTX_free(context)
                X509_free(read)
            }
            return EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, X509_get0_pubkey(read)) == 1
                && EVP_DigestVerify(context, signature, signature.count, text, text.count) == 1
        }
    }
}

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }

/// Runs something and gives the error that it ends with; nil if it succeeds.
func failure(of body: () throws(DNIeError) -> Void) -> DNIeError? {
    do { try body() } catch { return error }
    return nil
}
