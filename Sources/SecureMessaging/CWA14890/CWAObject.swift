/// A data object of ISO/IEC 7816-4 in its one strict form: a tag of one or two bytes, the shortest length.
struct CWAObject: Equatable {
    /// Objects of one message; none here has more.
    static let maximumCount = 4

    let tag: UInt16
    let value: [UInt8]

    init(_ tag: UInt16, _ value: [UInt8]) {
        precondition(value.count <= 0xFFFF)
        self.tag = tag
        self.value = value
    }

    /// The object's bytes.
    var bytes: [UInt8] {
        let name = tag > 0xFF ? [UInt8(tag >> 8), UInt8(tag & 0xFF)] : [UInt8(tag)]
        let count = value.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            }
        return name + length + value
    }

    /// The objects that fill `bytes` exactly; nil for anything else.
    static func all(_ bytes: [UInt8]) -> [CWAObject]? {
        var (objects, rest) = ([CWAObject](), bytes[...])
        while !rest.isEmpty {
            guard objects.count < maximumCount, let object = first(&rest) else { return nil }
            objects.append(object)
        }
        return objects
    }

    private static func first(_ rest: inout ArraySlice<UInt8>) -> CWAObject? {
        guard let tag = tag(&rest), let count = length(&rest), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return CWAObject(tag, Array(rest.prefix(count)))
    }

    private static func tag(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        guard let first = rest.popFirst() else { return nil }
        guard first & 0x1F == 0x1F else { return UInt16(first) }
        // Two bytes at the most, and the second one says something that one byte could not.
        guard let second = rest.popFirst(), second & 0x80 == 0, second >= 0x1F else { return nil }
        return UInt16(first) << 8 | UInt16(second)
    }

    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.popFirst() else { return nil }
        if first < 0x80 { return Int(first) }
        guard first == 0x81 || first == 0x82, let second = rest.popFirst() else { return nil }
        if first == 0x81 { return second >= 0x80 ? Int(second) : nil }
        guard second > 0, let third = rest.popFirst() else { return nil }
        return Int(second) << 8 | Int(third)
    }
}
