// MARK: - Accept-Language

extension Language {
    /// Bytes of the header that are read; the rest, and an item cut in two there, does not count.
    private static let maximumHeaderLength = 1024

    /// The language that a browser prefers among ours (RFC 9110 section 12.5.4).
    ///
    /// Each item of the list is compared by its first subtag, so `ca-ES-valencia` asks for Catalan. The highest quality
    /// wins, then the earlier item. `*` stands for the languages that no item names, in the order of `allCases`. A
    /// malformed item does not count. If nothing fits, the answer is English rather than a refusal.
    ///
    /// - Parameter acceptLanguage: The header's value, of any length and content.
    public static func negotiate(acceptLanguage: String) -> Language {
        let items = preferences(in: acceptLanguage)
        var named: [Language: Int] = [:]
        for case .language(let language, let quality) in items {
            named[language] = max(named[language] ?? 0, quality)
        }
        var best: (language: Language, quality: Int)?
        for item in items {
            guard let candidate = item.candidate(named: named), candidate.quality > best?.quality ?? 0 else { continue }
            best = candidate
        }
        return best?.language ?? .en
    }

    private static func preferences(in header: String) -> [Preference] {
        var bytes = header.utf8.prefix(maximumHeaderLength)
        if bytes.endIndex != header.utf8.endIndex {
            bytes = bytes[..<(bytes.lastIndex(of: UInt8(ascii: ",")) ?? bytes.startIndex)]
        }
        return bytes.split(separator: UInt8(ascii: ",")).compactMap { Preference(parsing: Array($0)) }
    }
}

/// One item of an `Accept-Language` list, its quality in thousandths.
private enum Preference {
    case language(Language, quality: Int)
    case any(quality: Int)

    /// Reads `range *( OWS ";" OWS "q=" qvalue )`; nil for a malformed item and for languages that are not ours.
    init?(parsing item: [UInt8]) {
        let parts = item.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            .split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let range = parts.first, parts.count <= 2 else { return nil }
        guard let quality = parts.count == 1 ? 1000 : Self.quality(parts[1]) else { return nil }
        if range.elementsEqual("*".utf8) {
            self = .any(quality: quality)
        } else if let language = Language(tag: String(decoding: range, as: UTF8.self)) {
            self = .language(language, quality: quality)
        } else {
            return nil
        }
    }

    /// What this item proposes, given the quality of every language that the list names.
    func candidate(named: [Language: Int]) -> (language: Language, quality: Int)? {
        switch self {
        case .language(let language, _):
            return named[language].map { (language, $0) }
        case .any(let quality):
            return Language.allCases.first { named[$0] == nil }.map { ($0, quality) }
        }
    }

    /// `q=` and a number from 0 to 1 with at most three decimals, in thousandths.
    private static func quality(_ parameter: ArraySlice<UInt8>) -> Int? {
        guard parameter.starts(with: "q=".utf8) || parameter.starts(with: "Q=".utf8) else { return nil }
        let value = parameter.dropFirst(2)
        guard let whole = value.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return nil }
        let decimals = value.dropFirst(2)
        guard value.count == 1 || value.dropFirst().first == UInt8(ascii: "."), decimals.count <= 3 else { return nil }
        var thousandths = Int(whole - UInt8(ascii: "0")) * 1000
        var weight = 100
        for digit in decimals {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            thousandths += Int(digit - UInt8(ascii: "0")) * weight
            weight /= 10
        }
        return thousandths <= 1000 ? thousandths : nil
    }
}
