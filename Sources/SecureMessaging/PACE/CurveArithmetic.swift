import COpenSSL
import SecureMemory

/// Points of a curve, by OpenSSL. Points are `04 ‖ x ‖ y`; a secret one is a secret, and OpenSSL's copies of secrets are
/// cleared.
@safe struct CurveArithmetic: ~Copyable {
    let curve: PACECurve
    private let group: OpaquePointer
    private let scratch: OpaquePointer

    /// Nil if this OpenSSL has no such curve.
    init?(_ curve: PACECurve) {
        guard let group = unsafe EC_GROUP_new_by_curve_name(curve.nid) else { return nil }
        guard let scratch = unsafe BN_CTX_secure_new() else {
            unsafe EC_GROUP_free(group)
            return nil
        }
        self.curve = curve
        unsafe self.group = group
        unsafe self.scratch = scratch
    }

    deinit {
        unsafe BN_CTX_free(scratch)
        unsafe EC_GROUP_free(group)
    }

    // MARK: Operations

    /// A fresh private number; nil if OpenSSL fails.
    borrowing func randomNumber() -> SecretBytes? {
        guard let number = unsafe BN_secure_new() else { return nil }
        defer { unsafe BN_clear_free(number) }
        let order = unsafe EC_GROUP_get0_order(group)
        repeat {
            guard unsafe BN_priv_rand_range(number, order) == 1 else { return nil }
        } while unsafe BN_is_zero(number) == 1
        let secret = SecretBytes(zeros: curve.fieldLength)
        let isWritten = secret.withMutableBytes { secret in
            unsafe secret.withUnsafeMutableBytes { secret in
                unsafe BN_bn2binpad(
                    number, secret.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32(secret.count)) > 0
            }
        }
        guard isWritten else { return nil }
        return secret
    }

    /// `number` times the curve's generator, as bytes that others may see.
    borrowing func publicPoint(_ number: borrowing SecretBytes) -> [UInt8]? {
        guard let product = unsafe product(number, nil) else { return nil }
        defer { unsafe EC_POINT_clear_free(product) }
        return unsafe opened(encoded(product))
    }

    /// `number` times a generator of one's own, as bytes that others may see.
    borrowing func publicPoint(
        _ number: borrowing SecretBytes, generator: borrowing SecretBytes
    ) -> [UInt8]? {
        guard let point = unsafe generator.withBytes({ unsafe decoded($0) }) else { return nil }
        defer { unsafe EC_POINT_clear_free(point) }
        guard let product = unsafe product(number, point) else { return nil }
        defer { unsafe EC_POINT_clear_free(product) }
        return unsafe opened(encoded(product))
    }

    /// Whether those are a point of the curve, and not the one at infinity.
    borrowing func isPoint(_ bytes: [UInt8]) -> Bool {
        guard let point = unsafe decoded(bytes.span.bytes) else { return false }
        unsafe EC_POINT_free(point)
        return true
    }

    /// `number` times another's point; nil if that is no point of the curve, or nothing comes out.
    borrowing func sharedPoint(_ number: borrowing SecretBytes, with other: [UInt8]) -> SecretBytes? {
        guard let point = unsafe decoded(other.span.bytes) else { return nil }
        defer { unsafe EC_POINT_free(point) }
        guard let product = unsafe product(number, point) else { return nil }
        defer { unsafe EC_POINT_clear_free(product) }
        return unsafe encoded(product)
    }

    /// The generic mapping's generator: nonce times the curve's generator, plus the shared point.
    borrowing func mapped(nonce: borrowing SecretBytes, shared: borrowing SecretBytes) -> SecretBytes? {
        guard let point = unsafe shared.withBytes({ unsafe decoded($0) }) else { return nil }
        defer { unsafe EC_POINT_clear_free(point) }
        guard let sum = unsafe product(nonce, nil) else { return nil }
        defer { unsafe EC_POINT_clear_free(sum) }
        guard unsafe EC_POINT_add(group, sum, sum, point, scratch) == 1 else { return nil }
        return unsafe encoded(sum)
    }

    /// A point's x.
    borrowing func x(of point: borrowing SecretBytes) -> SecretBytes {
        point.withBytes { SecretBytes(copying: $0.extracting(1..<1 + curve.fieldLength)) }
    }

    // MARK: OpenSSL's points

    /// A multiple of a point, or of the generator; the caller clears it.
    private borrowing func product(_ number: borrowing SecretBytes, _ point: OpaquePointer?) -> OpaquePointer? {
        let factor = unsafe number.withBytes { number in
            unsafe number.withUnsafeBytes { number in
                unsafe BN_bin2bn(
                    number.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32(number.count), BN_secure_new())
            }
        }
        guard let factor = unsafe factor else { return nil }
        defer { unsafe BN_clear_free(factor) }
        unsafe BN_set_flags(factor, BN_FLG_CONSTTIME)
        guard let product = unsafe EC_POINT_new(group) else { return nil }
        // One point at a time: that way alone takes the same time for every number.
        let outcome =
            unsafe point == nil
            ? EC_POINT_mul(group, product, factor, nil, nil, scratch)
            : EC_POINT_mul(group, product, nil, point, factor, scratch)
        guard outcome == 1 else {
            unsafe EC_POINT_clear_free(product)
            return nil
        }
        return unsafe product
    }

    /// Reads a point; nil for another form, for what is not on the curve, and for the point at infinity. The caller frees
    /// it.
    private borrowing func decoded(_ bytes: RawSpan) -> OpaquePointer? {
        guard bytes.byteCount == curve.pointLength, let point = unsafe EC_POINT_new(group) else { return nil }
        let isPoint = unsafe bytes.withUnsafeBytes { bytes in
            let bytes = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            return unsafe bytes[0] == 4
                && EC_POINT_oct2point(group, point, bytes.baseAddress, bytes.count, scratch) == 1
                && EC_POINT_is_on_curve(group, point, scratch) == 1 && EC_POINT_is_at_infinity(group, point) == 0
        }
        guard isPoint else {
            ERR_clear_error()
            unsafe EC_POINT_clear_free(point)
            return nil
        }
        return unsafe point
    }

    /// A point's bytes; nil for the one at infinity.
    private borrowing func encoded(_ point: OpaquePointer) -> SecretBytes? {
        let secret = SecretBytes(zeros: curve.pointLength)
        let count = secret.withMutableBytes { secret in
            unsafe secret.withUnsafeMutableBytes { secret in
                unsafe EC_POINT_point2oct(
                    group, point, POINT_CONVERSION_UNCOMPRESSED,
                    secret.baseAddress!.assumingMemoryBound(to: UInt8.self), secret.count, scratch)
            }
        }
        // Infinity is one byte.
        guard count == curve.pointLength else { return nil }
        return secret
    }

    private borrowing func opened(_ point: consuming SecretBytes?) -> [UInt8]? {
        guard let point else { return nil }
        return point.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }
}
