/// A data object of ISO/IEC 7816-4 section 5.2.2: tag, length, value; definite lengths only (X.690 section 8.1).
///
/// It stands apart from the reader of DER: cards have tags of up to three bytes, lengths that are longer than need be,
/// and lists that end in padding, and what they send is read as a tree with a limit of its own.
public struct TLV: Sendable {
    /// The most bytes that are read as one list, and so the longest value.
    public static let limit = 65_536
    /// How deep objects may lie in one another.
    public static let nestingLimit = 16

    /// The tag's bytes as one number, `0x7F21`; at most three bytes.
    public let tag: UInt32
    /// The value; with a constructed tag, data objects again.
    public let value: [UInt8]
    /// How many objects it lies in.
    private let depth: Int

    /// An object to be written.
    ///
    /// - Precondition: the tag is one of ISO 7816-4's, and the value no longer than ``limit``.
    public init(_ tag: UInt32, _ value: [UInt8] = []) {
        precondition(Self.isTag(tag) && value.count <= Self.limit)
        self.init(tag, value, depth: 0)
    }

    /// An object of objects.
    public init(_ tag: UInt32, _ children: [TLV]) {
        self.init(tag, children.flatMap(\.bytes))
    }

    private init(_ tag: UInt32, _ value: [UInt8], depth: Int) {
        self.tag = tag
        self.value = value
        self.depth = depth
    }

    /// Whether the value is made of objects.
    public var isConstructed: Bool { Self.tagBytes(tag)[0] & 0x20 != 0 }

    /// The object's bytes, with the shortest length.
    public var bytes: [UInt8] { Self.tagBytes(tag) + Self.lengthBytes(value.count) + value }
}

// MARK: - Reading

extension TLV {
    /// The objects that `bytes` are.
    ///
    /// - Parameters:
    ///   - padded: whether the list ends at a tag 00, whatever comes after; else such a tag is an error.
    ///   - strict: whether each length must be the shortest, so that what is read is written as it came; else a longer
    ///     one is read too.
    public static func list(
        _ bytes: [UInt8], padded: Bool = false, strict: Bool = false
    ) throws(TLVError) -> [TLV] {
        try list(bytes, padded: padded, strict: strict, depth: 0)
    }

    /// The objects that the value is.
    public func children(padded: Bool = false, strict: Bool = false) throws(TLVError) -> [TLV] {
        guard isConstructed else { throw .notConstructed }
        guard depth + 1 < Self.nestingLimit else { throw .tooDeep }
        return try Self.list(value, padded: padded, strict: strict, depth: depth + 1)
    }

    /// The first object with a tag among those that the value is; nil if there is none.
    public func child(_ tag: UInt32) throws(TLVError) -> TLV? {
        try children().first { $0.tag == tag }
    }

    /// The one object that `bytes` are, of the tag expected.
    public static func only(_ tag: UInt32, in bytes: [UInt8], strict: Bool = false) throws(TLVError) -> TLV {
        let list = try list(bytes, strict: strict)
        guard list.count == 1, list[0].tag == tag else { throw .unexpected }
        return list[0]
    }

    private static func list(
        _ bytes: [UInt8], padded: Bool, strict: Bool, depth: Int
    ) throws(TLVError) -> [TLV] {
        guard bytes.count <= limit else { throw .tooLong }
        var (reader, list) = (TLVReader(bytes), [TLV]())
        while let first = reader.peek {
            if padded && first == 0 { break }
            let tag = try reader.tag()
            let count = try reader.length(strict: strict)
            list.append(TLV(tag, try reader.take(count), depth: depth))
        }
        return list
    }
}

// MARK: - Forms

extension TLV: Equatable {
    /// Equal where tag and value are, wherever they were found.
    public static func == (one: TLV, other: TLV) -> Bool { one.tag == other.tag && one.value == other.value }

    fileprivate static func tagBytes(_ tag: UInt32) -> [UInt8] {
        let bytes = [UInt8(tag >> 16 & 0xFF), UInt8(tag >> 8 & 0xFF), UInt8(tag & 0xFF)]
        return Array(bytes.drop { $0 == 0 }.isEmpty ? [0] : bytes.drop { $0 == 0 })
    }

    private static func lengthBytes(_ count: Int) -> [UInt8] {
        switch count {
        case ..<0x80: [UInt8(count)]
        case ..<0x100: [0x81, UInt8(count)]
        case ..<0x1_0000: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x83, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        }
    }

    /// Whether a number is a tag: it reads back as itself.
    private static func isTag(_ tag: UInt32) -> Bool {
        guard tag <= 0xFF_FFFF else { return false }
        var reader = TLVReader(tagBytes(tag))
        return (try? reader.tag()) == tag && reader.peek == nil
    }
}

/// Why bytes are not data objects.
public enum TLVError: Error, Equatable, Sendable {
    /// They end within a tag, a length or a value.
    case truncated
    /// No tag of ISO 7816-4: 00, longer than three bytes, or written longer than need be.
    case tag
    /// An indefinite length, one of more than three bytes, or one that is not the shortest where it must be.
    case length
    /// More bytes than are read.
    case tooLong
    /// Objects in objects beyond the limit.
    case tooDeep
    /// The value is no list of objects.
    case notConstructed
    /// Other objects than were asked for.
    case unexpected
}

/// Takes tags, lengths and values from the front of bytes.
private struct TLVReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func tag() throws(TLVError) -> UInt32 {
        let first = try byte()
        guard first != 0 else { throw .tag }
        guard first & 0x1F == 0x1F else { return UInt32(first) }
        let second = try byte()
        if second & 0x80 == 0 {
            guard second >= 0x1F else { throw .tag }
            return UInt32(first) << 8 | UInt32(second)
        }
        let third = try byte()
        guard second != 0x80, third & 0x80 == 0 else { throw .tag }
        return UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    }

    mutating func length(strict: Bool) throws(TLVError) -> Int {
        let first = try byte()
        guard first & 0x80 != 0 else { return Int(first) }
        guard (1...3).contains(first & 0x7F) else { throw .length }
        var length = 0
        for _ in 0..<(first & 0x7F) { length = length << 8 | Int(try byte()) }
        let least = first == 0x81 ? 0x80 : 1 << (8 * (Int(first & 0x7F) - 1))
        guard !strict || length >= least else { throw .length }
        return length
    }

    mutating func take(_ count: Int) throws(TLVError) -> [UInt8] {
        guard count <= bytes.count - place else { throw .truncated }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    private mutating func byte() throws(TLVError) -> UInt8 { try take(1)[0] }
}
