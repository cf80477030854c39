public import SecureMemory

/// What a side draws anew for each handshake; a test may give its own.
public struct CWARandoms: ~Copyable, Sendable {
    static let challengeLength = 8
    static let paddingLength = 74
    static let keyLength = 32

    /// RND, 8 bytes, sent in the clear.
    let challenge: [UInt8]
    /// PRND, 74 bytes, which fill the message.
    let padding: [UInt8]
    /// K, 32 bytes: this side's half of the session's keys.
    let key: SecretBytes

    /// Randoms for a test; nil for wrong lengths.
    public init?(challenge: [UInt8], padding: [UInt8], key: consuming SecretBytes) {
        guard challenge.count == Self.challengeLength, padding.count == Self.paddingLength, key.count == Self.keyLength
        else { return nil }
        (self.challenge, self.padding) = (challenge, padding)
        self.key = key
    }

    /// Fresh ones of the kernel's.
    public static func fresh() -> CWARandoms {
        CWARandoms(
            challenge: randomBytes(challengeLength), padding: randomBytes(paddingLength),
            key: .random(count: keyLength))!
    }
}

/// The message by which one side proves who it is and gives its half of the keys: signed, then encrypted
/// (CWA 14890-1 section 8.4).
enum CWAMessage {
    private static let keyPlace = 1 + CWARandoms.paddingLength
    private static let hashPlace = keyPlace + CWARandoms.keyLength
    private static let last = CWAPublicKey.length - 1

    /// The message for `recipient`; nil if memory is short or a key is none.
    ///
    /// - Parameter answered: the other side's challenge and its serial number, 16 bytes.
    static func seal(
        _ randoms: borrowing CWARandoms, answering answered: [UInt8], by signer: borrowing CWAPrivateKey,
        for recipient: CWAPublicKey
    ) -> [UInt8]? {
        let message = SecretBytes(zeros: CWAPublicKey.length)
        guard let hash = hash(randoms.padding, randoms.key, answered) else { return nil }
        message.withMutableBytes { message in
            message.storeBytes(of: 0x6A, toByteOffset: 0, as: UInt8.self)
            unsafe CWABytes.put(randoms.padding.span.bytes, into: &message, at: 1)
            randoms.key.withBytes { CWABytes.put($0, into: &message, at: keyPlace) }
            hash.withBytes { CWABytes.put($0, into: &message, at: hashPlace) }
            message.storeBytes(of: 0xBC, toByteOffset: last, as: UInt8.self)
        }
        guard let signature = message.withBytes({ signer.raised($0) }) else { return nil }
        let smaller = smaller(signature, signer.publicKey)
        return smaller.withBytes { recipient.raised($0) }?.withBytes { CWABytes.array($0) }
    }

    /// The other side's half of the keys; nil if the message is not by `signer`, not for `recipient`, or answers
    /// anything but `answered`.
    static func open(
        _ bytes: [UInt8], answering answered: [UInt8], by signer: CWAPublicKey, for recipient: borrowing CWAPrivateKey
    ) -> SecretBytes? {
        guard let signature = unsafe recipient.raised(bytes.span.bytes),
            let raised = signature.withBytes({ signer.raised($0) })
        else { return nil }
        // The signer took the smaller of the signature and its complement; the complement's power is the complement.
        let message = isFramed(raised) ? consume raised : signer.complement(raised)
        guard isFramed(message) else { return nil }
        let padding = message.withBytes { CWABytes.array($0.extracting(1..<keyPlace)) }
        let key = message.withBytes { SecretBytes(copying: $0.extracting(keyPlace..<hashPlace)) }
        let stored = message.withBytes { SecretBytes(copying: $0.extracting(hashPlace..<last)) }
        guard let hash = hash(padding, key, answered), hash.equals(stored) else { return nil }
        return key
    }

    private static func isFramed(_ message: borrowing SecretBytes) -> Bool {
        message.withBytes { CWABytes.byte($0, 0) == 0x6A && CWABytes.byte($0, last) == 0xBC }
    }

    /// SHA-1 over padding, key and what is answered; nil if OpenSSL fails.
    private static func hash(
        _ padding: [UInt8], _ key: borrowing SecretBytes, _ answered: [UInt8]
    ) -> SecretBytes? {
        let content = SecretBytes(zeros: padding.count + key.count + answered.count)
        content.withMutableBytes { content in
            unsafe CWABytes.put(padding.span.bytes, into: &content, at: 0)
            key.withBytes { CWABytes.put($0, into: &content, at: padding.count) }
            unsafe CWABytes.put(answered.span.bytes, into: &content, at: padding.count + key.count)
        }
        return MessagingKeys.digest(content, isLong: false)
    }

    /// SIGMIN: the smaller of a signature and its complement.
    private static func smaller(_ signature: consuming SecretBytes, _ key: CWAPublicKey) -> SecretBytes {
        let other = key.complement(signature)
        let isSmaller = signature.withBytes { one in
            other.withBytes { other in
                for place in 0..<one.byteCount where CWABytes.byte(one, place) != CWABytes.byte(other, place) {
                    return CWABytes.byte(one, place) < CWABytes.byte(other, place)
                }
                return true
            }
        }
        return isSmaller ? signature : other
    }
}
