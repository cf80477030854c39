/// How surely Cl@ve knows who registered.
///
/// A letter or a video call gives the basic level; a certificate, an electronic DNI or a visit gives the advanced one.
/// Basic opens many procedures, not all.
public enum RegistrationLevel: UInt8, Comparable, CaseIterable, Sendable {
    /// Registered at a distance.
    case basic = 1
    /// Registered in person or by certificate.
    case advanced = 2

    /// Whether the left level opens fewer procedures.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}
