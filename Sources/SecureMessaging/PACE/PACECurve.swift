import COpenSSL

/// A curve by its number among the standardized domain parameters (ICAO Doc 9303-11 section 9.5.1).
public enum PACECurve: UInt8, CaseIterable, Sendable {
    case p192 = 8
    case brainpool192, p224, brainpool224, p256, brainpool256, brainpool320, p384, brainpool384, brainpool512, p521

    /// OpenSSL's number.
    var nid: Int32 {
        switch self {
        case .p192: NID_X9_62_prime192v1
        case .brainpool192: NID_brainpoolP192r1
        case .p224: NID_secp224r1
        case .brainpool224: NID_brainpoolP224r1
        case .p256: NID_X9_62_prime256v1
        case .brainpool256: NID_brainpoolP256r1
        case .brainpool320: NID_brainpoolP320r1
        case .p384: NID_secp384r1
        case .brainpool384: NID_brainpoolP384r1
        case .brainpool512: NID_brainpoolP512r1
        case .p521: NID_secp521r1
        }
    }

    /// Bytes of a coordinate, and of a private number.
    public var fieldLength: Int {
        switch self {
        case .p192, .brainpool192: 24
        case .p224, .brainpool224: 28
        case .p256, .brainpool256: 32
        case .brainpool320: 40
        case .p384, .brainpool384: 48
        case .brainpool512: 64
        case .p521: 66
        }
    }

    /// Bytes of an uncompressed point: 04, x, y.
    var pointLength: Int { 1 + 2 * fieldLength }
}
