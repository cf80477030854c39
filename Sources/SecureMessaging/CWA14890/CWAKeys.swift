import COpenSSL
public import SecureMemory

/// A public RSA key of 1024 bits: the only length that the channel's messages have.
public struct CWAPublicKey: Equatable, Sendable {
    /// Bytes of a modulus, and of each message.
    public static let length = 128

    /// Big-endian; the top bit is set, so that half of any modulus is below each other one.
    public let modulus: [UInt8]
    /// Big-endian, odd, at least 3, without leading zeros.
    public let exponent: [UInt8]

    /// A key; nil for numbers that can't be one.
    public init?(modulus: [UInt8], exponent: [UInt8] = [1, 0, 1]) {
        guard modulus.count == Self.length, modulus[0] & 0x80 != 0, modulus[Self.length - 1] & 1 == 1,
            (1...4).contains(exponent.count), exponent[0] != 0, exponent[exponent.count - 1] & 1 == 1, exponent != [1]
        else { return nil }
        self.modulus = modulus
        self.exponent = exponent
    }

    /// The value to the power of e, as long as the modulus; nil if it is not below the modulus, or not as long.
    func raised(_ value: RawSpan) -> SecretBytes? {
        guard let key = unsafe opened(nil) else { return nil }
        defer { unsafe RSA_free(key) }
        return unsafe Self.operation(value) { from, to in
            unsafe RSA_public_encrypt(Int32(Self.length), from, to, key, RSA_NO_PADDING)
        }
    }

    /// `n - value`, of a value that is smaller and as long.
    func complement(_ value: borrowing SecretBytes) -> SecretBytes {
        let result = SecretBytes(zeros: Self.length)
        result.withMutableBytes { result in
            value.withBytes { value in
                var borrow = 0
                for place in (0..<Self.length).reversed() {
                    let difference = Int(modulus[place]) - Int(CWABytes.byte(value, place)) - borrow
                    borrow = difference < 0 ? 1 : 0
                    let digit = UInt8(truncatingIfNeeded: difference)
                    result.storeBytes(of: digit, toByteOffset: place, as: UInt8.self)
                }
            }
        }
        return result
    }

    /// OpenSSL's key; the caller frees it, which wipes the private number.
    fileprivate func opened(_ number: OpaquePointer?) -> OpaquePointer? {
        guard let key = unsafe RSA_new() else {
            unsafe BN_clear_free(number)
            return nil
        }
        let (n, e) = unsafe (
            BN_bin2bn(modulus, Int32(modulus.count), nil), BN_bin2bn(exponent, Int32(exponent.count), nil)
        )
        guard unsafe n != nil, unsafe e != nil, unsafe RSA_set0_key(key, n, e, number) == 1 else {
            unsafe BN_free(n)
            unsafe BN_free(e)
            unsafe BN_clear_free(number)
            unsafe RSA_free(key)
            return nil
        }
        return unsafe key
    }

    /// One number of the modulus's length becomes another.
    fileprivate static func operation(
        _ value: RawSpan, _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Int32
    ) -> SecretBytes? {
        guard value.byteCount == length else { return nil }
        let result = SecretBytes(zeros: length)
        let count = result.withMutableBytes { result in
            unsafe result.withUnsafeMutableBytes { result in
                unsafe value.withUnsafeBytes { value in
                    unsafe body(
                        value.baseAddress!.assumingMemoryBound(to: UInt8.self),
                        result.baseAddress!.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
        guard count == Int32(length) else {
            ERR_clear_error()
            return nil
        }
        return result
    }
}

/// A private RSA key of 1024 bits, without its factors: the drivers publish the terminal's keys so.
public struct CWAPrivateKey: ~Copyable, Sendable {
    public let publicKey: CWAPublicKey

    private let exponent: SecretBytes

    /// A key.
    ///
    /// - Parameter exponent: d, big-endian, 1 to 128 bytes; nil is given for another length.
    public init?(_ publicKey: CWAPublicKey, exponent: consuming SecretBytes) {
        guard (1...CWAPublicKey.length).contains(exponent.count) else { return nil }
        self.publicKey = publicKey
        self.exponent = exponent
    }

    /// The value to the power of d, as ``CWAPublicKey/raised(_:)``; OpenSSL blinds it.
    borrowing func raised(_ value: RawSpan) -> SecretBytes? {
        let number = unsafe exponent.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe BN_bin2bn(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32(bytes.count), nil)
            }
        }
        guard unsafe number != nil, let key = unsafe publicKey.opened(number) else { return nil }
        defer { unsafe RSA_free(key) }
        return unsafe CWAPublicKey.operation(value) { from, to in
            unsafe RSA_private_encrypt(Int32(CWAPublicKey.length), from, to, key, RSA_NO_PADDING)
        }
    }
}
