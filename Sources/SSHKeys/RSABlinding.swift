import COpenSSL

/// Blinds RSA operations (P. Kocher, 1996): what the private exponent works on is a random number, so that the time it
/// takes tells nothing.
///
/// A pair `A = r^e, Ai = r^-1` is dear to make, because the inverse must take the same time for each `r`. So its state
/// outlives the operation: it is squared at each use, as OpenSSL does, and made anew after 32. A state is as secret as the
/// key, and belongs to one operation at a time.
public enum RSABlinding {
    private static let maximumUses: UInt8 = 32

    /// Bytes of the state of a key: `uses ‖ A ‖ Ai`; zeros are a state without a pair. 0 for keys that need none.
    public static func length(of key: PublicKey) -> Int {
        if case .rsa(let n, _) = key.numbers { return 1 + 2 * n.count }
        return 0
    }

    /// The result of `operation` on `input`, which sees it blinded; nil if it fails or OpenSSL does.
    ///
    /// - Parameter operation: raises to the private exponent.
    static func around(
        _ input: [UInt8], _ n: [UInt8], _ e: [UInt8], state: inout MutableRawSpan, _ operation: ([UInt8]) -> [UInt8]?
    ) -> [UInt8]? {
        guard state.byteCount == 1 + 2 * n.count, input.count == n.count, let context = unsafe BN_CTX_new() else {
            return nil
        }
        defer { unsafe BN_CTX_free(context) }
        unsafe BN_CTX_start(context)
        defer { unsafe BN_CTX_end(context) }
        let modulus = unsafe BN_bin2bn(n, Int32(n.count), BN_CTX_get(context))
        let value = unsafe BN_bin2bn(input, Int32(input.count), BN_CTX_get(context))
        let factor = unsafe BN_CTX_get(context)
        let inverse = unsafe BN_CTX_get(context)
        guard unsafe inverse != nil, unsafe load(factor, inverse, modulus, e, &state, context),
            unsafe BN_mod_mul(value, value, factor, modulus, context) == 1,
            let raised = operation(unsafe bytes(value, n.count)),
            unsafe BN_bin2bn(raised, Int32(raised.count), value) != nil,
            unsafe BN_mod_mul(value, value, inverse, modulus, context) == 1,
            unsafe BN_mod_sqr(factor, factor, modulus, context) == 1,
            unsafe BN_mod_sqr(inverse, inverse, modulus, context) == 1
        else { return nil }
        return unsafe store(factor, inverse, n.count, &state) ? bytes(value, n.count) : nil
    }

    /// The pair of a state, or a new one.
    private static func load(
        _ factor: OpaquePointer?, _ inverse: OpaquePointer?, _ modulus: OpaquePointer?, _ e: [UInt8],
        _ state: inout MutableRawSpan, _ context: OpaquePointer
    ) -> Bool {
        let length = (state.byteCount - 1) / 2
        return unsafe state.withUnsafeMutableBytes { state in
            let bytes = unsafe state.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let uses = unsafe bytes[0]
            guard uses == 0 || uses >= maximumUses else {
                unsafe bytes[0] = uses + 1
                return unsafe BN_bin2bn(bytes + 1, Int32(length), factor) != nil
                    && BN_bin2bn(bytes + 1 + length, Int32(length), inverse) != nil
            }
            unsafe bytes[0] = 1
            return unsafe make(factor, inverse, modulus, e, context)
        }
    }

    private static func make(
        _ factor: OpaquePointer?, _ inverse: OpaquePointer?, _ modulus: OpaquePointer?, _ e: [UInt8],
        _ context: OpaquePointer
    ) -> Bool {
        guard let exponent = unsafe BN_bin2bn(e, Int32(e.count), nil),
            let random = unsafe BN_CTX_get(context)
        else { return false }
        defer { unsafe BN_free(exponent) }
        // The flag makes the inverse take the same time for each number.
        guard unsafe BN_priv_rand_range(random, modulus) == 1 else { return false }
        unsafe BN_set_flags(random, BN_FLG_CONSTTIME)
        return unsafe BN_mod_inverse(inverse, random, modulus, context) != nil
            && BN_mod_exp(factor, random, exponent, modulus, context) == 1
    }

    private static func store(
        _ factor: OpaquePointer?, _ inverse: OpaquePointer?, _ length: Int, _ state: inout MutableRawSpan
    ) -> Bool {
        unsafe state.withUnsafeMutableBytes { state in
            let bytes = unsafe state.baseAddress!.assumingMemoryBound(to: UInt8.self)
            return unsafe BN_bn2binpad(factor, bytes + 1, Int32(length)) == length
                && BN_bn2binpad(inverse, bytes + 1 + length, Int32(length)) == length
        }
    }

    private static func bytes(_ number: OpaquePointer?, _ length: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        _ = unsafe BN_bn2binpad(number, &bytes, Int32(length))
        return bytes
    }
}
