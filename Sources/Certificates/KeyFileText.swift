import COpenSSL
import SecureMemory

/// Forms around a key file that people's programs leave: text of Windows, bare base64; and those that are not read.
enum KeyFileText {
    /// What begins a key store of Java's (JKS, JCEKS).
    private static let javaMarks: [[UInt8]] = [[0xFE, 0xED, 0xFE, 0xED], [0xCE, 0xCE, 0xCE, 0xCE]]

    static func isJavaKeyStore(_ file: borrowing SecretBytes) -> Bool { javaMarks.contains(beginning(of: file, 4)) }

    private static func beginning(of file: borrowing SecretBytes, _ count: Int) -> [UInt8] {
        file.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0.prefix(count)) } }
    }

    /// Text without the byte order mark before it, and in one byte for each letter if it is UTF-16; nil if there is no
    /// such mark.
    ///
    /// PEM is ASCII: a letter beyond it becomes one that no form has.
    static func withoutMarks(_ file: borrowing SecretBytes) -> SecretBytes? {
        let mark = beginning(of: file, 3)
        if mark == [0xEF, 0xBB, 0xBF] { return unsafe part(of: file, from: 3, every: 1) { unsafe $0[$1] } }
        switch mark.prefix(2) {
        case [0xFF, 0xFE]: return unsafe part(of: file, from: 2, every: 2) { unsafe $0[$1 + 1] == 0 ? $0[$1] : 0 }
        case [0xFE, 0xFF]: return unsafe part(of: file, from: 2, every: 2) { unsafe $0[$1] == 0 ? $0[$1 + 1] : 0 }
        default: return nil
        }
    }

    /// A byte for each so many from a place on.
    private static func part(
        of file: borrowing SecretBytes, from start: Int, every width: Int,
        _ byte: (UnsafeRawBufferPointer, Int) -> UInt8
    ) -> SecretBytes {
        let result = SecretBytes(zeros: (file.count - start) / width)
        let count = result.count
        file.withBytes { source in
            result.withMutableBytes { target in
                unsafe source.withUnsafeBytes { source in
                    unsafe target.withUnsafeMutableBytes { target in
                        for place in 0..<count { unsafe target[place] = byte(source, start + place * width) }
                    }
                }
            }
        }
        return result
    }

    /// What a file stands for that is base64 (RFC 4648 section 4) in lines and nothing else; nil if it is not.
    static func decodedBase64(_ file: borrowing SecretBytes) -> SecretBytes? {
        guard file.count >= 4, let context = unsafe EVP_ENCODE_CTX_new() else { return nil }
        defer { unsafe EVP_ENCODE_CTX_free(context) }
        let decoded = SecretBytes(zeros: file.count)
        let length = Int32(file.count)
        let count = file.withBytes { source in
            decoded.withMutableBytes { target -> Int? in
                unsafe source.withUnsafeBytes { source -> Int? in
                    unsafe target.withUnsafeMutableBytes { target -> Int? in
                        let start = unsafe target.baseAddress!.assumingMemoryBound(to: UInt8.self)
                        var (first, rest): (Int32, Int32) = (0, 0)
                        unsafe EVP_DecodeInit(context)
                        guard
                            unsafe EVP_DecodeUpdate(
                                context, start, &first, source.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                length) >= 0,
                            unsafe EVP_DecodeFinal(context, start + Int(first), &rest) == 1
                        else { return nil }
                        return Int(first + rest)
                    }
                }
            }
        }
        guard let count, count > 0 else { return nil }
        return decoded.prefix(count)
    }
}
