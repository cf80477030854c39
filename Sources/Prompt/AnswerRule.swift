import AgentProtocol
import Localization
import SecureMemory

/// What a typed value must be, checked here so that a slip costs no round with the plugin.
struct AnswerRule: Equatable {
    /// Characters of a new vault's passphrase.
    static let shortestPassphrase = 8

    /// What is wrong with a value.
    enum Fault: Equatable { case tooShort, tooLong, notDigits, notText, notAChoice }

    private let kind: FieldDescription.Kind
    /// Bytes for a field, characters for a passphrase.
    private let lengths: ClosedRange<Int>
    private let countsCharacters: Bool
    private let choices: [[UInt8]]

    /// The rule of a plugin's field.
    init(field: FieldDescription) {
        kind = field.kind
        lengths = Int(field.minimumLength)...Int(max(field.minimumLength, field.maximumLength))
        countsCharacters = false
        choices = field.choices.map { Array($0.utf8) }
    }

    /// Of a token, which has rules of its own (PKCS #11 section 3.2: `ulMinPinLen`, `ulMaxPinLen`).
    static let tokenPIN = AnswerRule(passphraseOf: 1...255)

    private init(passphraseOf lengths: ClosedRange<Int>) {
        kind = .secret
        self.lengths = lengths
        countsCharacters = true
        choices = []
    }

    /// Of an existing vault: anything.
    static let passphrase = AnswerRule(passphraseOf: 1...ProtocolLimits.answer)
    /// Of a new vault.
    static let newPassphrase = AnswerRule(passphraseOf: shortestPassphrase...ProtocolLimits.answer)

    /// The value as it is sent on, or what is wrong with it.
    ///
    /// What is shown while it is typed loses the spaces around it; a choice may be typed by its number.
    func check(_ value: consuming SecretBytes) -> Result<SecretBox, FaultError> {
        let span = value.withBytes { bounds(of: $0) }
        let answer = value.withBytes { SecretBytes(copying: $0.extracting(span)) }
        if kind == .choice { return choice(answer) }
        if let fault = answer.withBytes({ fault(in: $0) }) { return .failure(FaultError(fault: fault)) }
        return .success(SecretBox(answer))
    }

    /// A fault as an error.
    struct FaultError: Error, Equatable {
        let fault: Fault
    }

    // MARK: Checks

    private func bounds(of bytes: RawSpan) -> Range<Int> {
        var start = 0
        var end = bytes.byteCount
        guard kind != .secret else { return start..<end }
        while start < end, isSpace(byte(bytes, start)) { start += 1 }
        while end > start, isSpace(byte(bytes, end - 1)) { end -= 1 }
        return start..<end
    }

    private func choice(_ answer: consuming SecretBytes) -> Result<SecretBox, FaultError> {
        let index = answer.withBytes { span -> Int? in
            let bytes = (0..<span.byteCount).map { byte(span, $0) }
            if let index = choices.firstIndex(of: bytes) { return index }
            // A short number only: `Int` itself refuses what overflows.
            guard let number = Int(String(decoding: bytes.prefix(8), as: UTF8.self)) else { return nil }
            return choices.indices.contains(number - 1) ? number - 1 : nil
        }
        guard let index else { return .failure(FaultError(fault: .notAChoice)) }
        let chosen = choices[index]
        return .success(SecretBox(SecretBytes(copying: unsafe chosen.span.bytes)))
    }

    private func fault(in bytes: RawSpan) -> Fault? {
        var length = 0
        for index in 0..<bytes.byteCount {
            let byte = byte(bytes, index)
            if byte < 0x20 || byte == 0x7F { return .notText }
            if kind == .digits && !(0x30...0x39).contains(byte) { return .notDigits }
            if !countsCharacters || byte & 0xC0 != 0x80 { length += 1 }
        }
        if length < lengths.lowerBound { return .tooShort }
        if length > lengths.upperBound { return .tooLong }
        return isUTF8(bytes) ? nil : .notText
    }

    /// Well-formed UTF-8 by its lengths and lead bytes; done here so that no copy of a secret is made.
    private func isUTF8(_ bytes: RawSpan) -> Bool {
        var index = 0
        while index < bytes.byteCount {
            let lead = byte(bytes, index)
            let following: Int
            switch lead {
            case 0x00...0x7F: following = 0
            case 0xC2...0xDF: following = 1
            case 0xE0...0xEF: following = 2
            case 0xF0...0xF4: following = 3
            default: return false
            }
            guard index + following < bytes.byteCount else { return false }
            for offset in 0..<following where byte(bytes, index + 1 + offset) & 0xC0 != 0x80 { return false }
            index += 1 + following
        }
        return true
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func byte(_ bytes: RawSpan, _ index: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}

// MARK: - Words

extension AnswerRule {
    /// The length rule for people; nil where there is nothing to say.
    func description(in t: Localizer) -> String? {
        guard kind != .choice else { return t("Type one of these, or its number:") }
        let (low, high) = (lengths.lowerBound, lengths.upperBound)
        let isOpen = high >= ProtocolLimits.line
        switch (kind == .digits, low == high, isOpen) {
        case (true, true, _): return t("{1} digits", "\(low)")
        case (true, false, _): return t("{1} to {2} digits", "\(low)", "\(high)")
        case (false, true, _): return t("{1} characters", "\(low)")
        case (false, false, false): return t("{1} to {2} characters", "\(low)", "\(high)")
        case (false, false, true): return low > 1 ? t("At least {1} characters", "\(low)") : nil
        }
    }

    /// What to say about a fault.
    func note(_ fault: Fault, in t: Localizer) -> String {
        switch fault {
        case .tooShort: t("That is too short: at least {1}.", "\(lengths.lowerBound)")
        case .tooLong: t("That is too long: at most {1}.", "\(lengths.upperBound)")
        case .notDigits: t("Type digits only.")
        case .notText: t("Type one line of plain text.")
        case .notAChoice: t("Type one of the choices, or its number.")
        }
    }
}
