import SecureMemory

/// Small steps on bytes that this folder's types share.
enum CWABytes {
    /// The bytes of a constant in hexadecimal digits, over one line or several.
    ///
    /// - Precondition: digits in pairs, and line ends.
    static func of(_ text: String) -> [UInt8] {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "\n") }.map { digit in
            UInt8(Character(UnicodeScalar(digit)).hexDigitValue!)
        }
        precondition(digits.count % 2 == 0)
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The byte at a place.
    static func byte(_ bytes: RawSpan, _ place: Int) -> UInt8 {
        precondition(place >= 0 && place < bytes.byteCount)
        return unsafe bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
    }

    /// Copies bytes to a place where there is room for them.
    static func put(_ bytes: RawSpan, into target: inout MutableRawSpan, at place: Int) {
        for index in 0..<bytes.byteCount {
            target.storeBytes(of: byte(bytes, index), toByteOffset: place + index, as: UInt8.self)
        }
    }

    /// A copy of bytes that are no secret.
    static func array(_ bytes: RawSpan) -> [UInt8] { (0..<bytes.byteCount).map { byte(bytes, $0) } }

    /// Both, bit by bit; of the same length.
    static func exclusiveOr(_ one: borrowing SecretBytes, _ other: borrowing SecretBytes) -> SecretBytes {
        precondition(one.count == other.count)
        let result = SecretBytes(zeros: one.count)
        result.withMutableBytes { result in
            one.withBytes { one in
                other.withBytes { other in
                    for place in 0..<one.byteCount {
                        let mixed = byte(one, place) ^ byte(other, place)
                        result.storeBytes(of: mixed, toByteOffset: place, as: UInt8.self)
                    }
                }
            }
        }
        return result
    }
}
