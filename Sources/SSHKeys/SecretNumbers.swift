import COpenSSL
import SecureMemory

/// The wire strings that a key's secret consists of.
enum SecretNumbers {
    /// Where each string lies; nil if the form is broken.
    static func read(_ bytes: UnsafeRawBufferPointer) -> [UnsafeBufferPointer<UInt8>]? {
        var numbers = unsafe [UnsafeBufferPointer<UInt8>]()
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 4 else { return nil }
            let count = Int(unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            position += 4
            guard count > 0, bytes.count - position >= count else { return nil }
            let start = unsafe bytes.baseAddress!.advanced(by: position).assumingMemoryBound(to: UInt8.self)
            unsafe numbers.append(UnsafeBufferPointer(start: start, count: count))
            position += count
        }
        return unsafe numbers
    }

    /// OpenSSL's number; the caller frees it.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> OpaquePointer? {
        unsafe BN_bin2bn(bytes.baseAddress, Int32(bytes.count), nil)
    }

    /// An OpenSSL number's bytes.
    static func secret(_ number: OpaquePointer?) -> SecretBytes {
        let secret = SecretBytes(zeros: Int(unsafe BN_num_bits(number) + 7) / 8)
        secret.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                _ = unsafe BN_bn2bin(number, bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
        }
        return secret
    }
}
