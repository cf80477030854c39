/// The second datum that Cl@ve asks beside the document, read from the paper in the person's hand.
///
/// For a DNI it is the validity date, or the issue date when the DNI is permanent; for a NIE, the support number.
/// A document out of date is accepted here: the gateway judges.
public enum ContrastDatum: Hashable, Sendable {
    /// The day until which a DNI is valid; never 01-01-9999.
    case validity(CivilDate)
    /// The day on which a permanent DNI was issued.
    case issue(CivilDate)
    /// The support number that goes with a NIE.
    case support(SupportNumber)

    /// Reads the datum that belongs to a document: a validity date for a DNI, a support number for a NIE.
    ///
    /// - Throws: `permanentNeedsIssueDate` for 01-01-9999: ask the issue date and use `init(parsingIssueDate:notAfter:)`.
    ///   Else `malformedDate`, `impossibleDate`, `malformedSupportNumber` or `tooLong`.
    public init(parsing typed: String, for document: NationalDocument) throws(DomainError) {
        switch document.kind {
        case .dni: self = .validity(try Self.temporary(CivilDate(parsing: typed)))
        case .nie: self = .support(try SupportNumber(parsing: typed))
        }
    }

    /// Reads the issue date of a permanent DNI.
    ///
    /// - Parameter today: The last day accepted; without it only the permanent date itself is refused.
    /// - Throws: `issueDateInFuture`, `malformedDate`, `impossibleDate` or `tooLong`.
    public init(parsingIssueDate typed: String, notAfter today: CivilDate? = nil) throws(DomainError) {
        let date = try CivilDate(parsing: typed)
        let isFuture = today.map { date > $0 } ?? false
        guard !isFuture, !date.isPermanent else { throw DomainError(.issueDateInFuture) }
        self = .issue(date)
    }

    /// Whether this kind of datum goes with the document's kind.
    public func suits(_ document: NationalDocument) -> Bool {
        switch (self, document.kind) {
        case (.validity, .dni), (.issue, .dni), (.support, .nie): true
        case (.validity, .nie), (.issue, .nie), (.support, .dni): false
        }
    }

    private static func temporary(_ date: CivilDate) throws(DomainError) -> CivilDate {
        guard !date.isPermanent else { throw DomainError(.permanentNeedsIssueDate) }
        return date
    }
}

// MARK: - Transport

extension ContrastDatum {
    /// The kind's name in messages: `validity`, `issue` or `support`.
    public var kindName: String {
        switch self {
        case .validity: "validity"
        case .issue: "issue"
        case .support: "support"
        }
    }

    /// The value's one form in messages: `dd-mm-yyyy`, or E or C and eight digits.
    public var canonicalText: String {
        switch self {
        case .validity(let date), .issue(let date): date.text
        case .support(let number): number.text
        }
    }

    /// Reads a datum from a message. Only the canonical form is accepted, so that one datum has one spelling.
    ///
    /// - Throws: `unknownContrastDatum`, or what the value's own reader throws; `malformedDate` and
    ///   `malformedSupportNumber` for another spelling too.
    public init(kindName: String, canonicalText: String) throws(DomainError) {
        switch kindName {
        case "validity": self = .validity(try Self.temporary(CivilDate(parsing: canonicalText)))
        case "issue": try self.init(parsingIssueDate: canonicalText)
        case "support": self = .support(try SupportNumber(parsing: canonicalText))
        default: throw DomainError(.unknownContrastDatum)
        }
        guard self.canonicalText.utf8.elementsEqual(canonicalText.utf8) else {
            if case .support = self { throw DomainError(.malformedSupportNumber) }
            throw DomainError(.malformedDate)
        }
    }
}

// MARK: - Description

extension ContrastDatum: CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind only: knowing the value is what lets a request through, so no log line holds it.
    public var description: String { kindName }

    /// The kind only, as `description`.
    public var debugDescription: String { kindName }
}
