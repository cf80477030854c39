public import ClaveDomain
import GatewayStore

extension RecordService {
    /// Somebody who stands before the desk.
    public struct Newcomer: Equatable, Sendable {
        public let document: NationalDocument
        public let name: FullName
        public let level: RegistrationLevel
        public let datum: ContrastDatum
        public let phone: PhoneNumber
        /// Nil where they have none.
        public let email: EmailAddress?
        /// "ca", "es", …
        public let language: String

        /// All members.
        public init(
            document: NationalDocument, name: FullName, level: RegistrationLevel, datum: ContrastDatum,
            phone: PhoneNumber, email: EmailAddress?, language: String
        ) {
            self.document = document
            self.name = name
            self.level = level
            self.datum = datum
            self.phone = phone
            self.email = email
            self.language = language
        }

        var row: NewCitizen {
            NewCitizen(
                document: document, name: name.text, level: level, datum: datum, phone: phone, language: language,
                email: email?.text ?? "")
        }
    }

    /// What is to change in a record; nil leaves it as it is.
    public struct Changes: Equatable, Sendable {
        public var name: FullName?
        public var level: RegistrationLevel?
        public var datum: ContrastDatum?
        public var phone: PhoneNumber?
        /// Empty for none.
        public var email: String?
        /// "ca", "es", …
        public var language: String?

        /// All members.
        public init(
            name: FullName? = nil, level: RegistrationLevel? = nil, datum: ContrastDatum? = nil,
            phone: PhoneNumber? = nil, email: String? = nil, language: String? = nil
        ) {
            self.name = name
            self.level = level
            self.datum = datum
            self.phone = phone
            self.email = email
            self.language = language
        }

        /// Names of what differs from a record, as the audit has them; of values there is the level only.
        func names(for person: Citizen) -> [String] {
            var names: [String] = []
            if let name, name.text != person.name { names.append("name") }
            if let level, level != person.level { names.append("level \(level.rawValue)") }
            if let datum, datum != person.datum { names.append("datum") }
            if let phone, phone != person.phone { names.append("phone") }
            if let email, email != person.email { names.append("e-mail") }
            if let language, language != person.language { names.append("language") }
            return names
        }

        /// A record as it is then. Another e-mail address is not confirmed.
        func applied(to person: Citizen) -> Citizen {
            var changed = person
            changed.name = name?.text ?? person.name
            changed.level = level ?? person.level
            changed.datum = datum ?? person.datum
            changed.phone = phone ?? person.phone
            changed.language = language ?? person.language
            changed.email = email ?? person.email
            if !changed.email.utf8.elementsEqual(person.email.utf8) { changed.emailConfirmedAt = 0 }
            return changed
        }
    }
}
