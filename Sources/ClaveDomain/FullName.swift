/// A person's whole name: given name, and two surnames as in Spain, or one.
public struct FullName: Hashable, Sendable {
    /// The given name; may have several words.
    public let given: PersonName
    /// The first surname; may have several words.
    public let surname: PersonName
    /// The second surname, which many foreigners do not have.
    public let secondSurname: PersonName?

    /// A name of its parts.
    public init(given: PersonName, surname: PersonName, secondSurname: PersonName? = nil) {
        self.given = given
        self.surname = surname
        self.secondSurname = secondSurname
    }

    /// The parts in the order people say them, with a space between.
    public var text: String {
        [given, surname, secondSurname].compactMap { $0?.text }.joined(separator: " ")
    }
}

extension FullName: CustomStringConvertible {
    /// The parts in the order people say them.
    public var description: String { text }
}
