public import Wire

/// Registration by video call: an appointment, the call itself in two browsers, and what came of it.
///
/// The steps are those of ``Registration``, to its plugin. The agent makes the appointment, gives the person the address
/// of the call's page, and follows; pictures and sound go from browser to browser and never come near it. When the
/// operator approves, the session is that of a person who has proved who they are: ``Registration/contactStep`` follows.
public enum RegistrationCall {
    /// ``PersonDatum``; reply: ``RegistrationOutcome`` and, accepted, ``CallSlots``: the same for right and wrong data.
    public static let slotsStep = "call-slots"
    /// ``CallWish``; reply: ``RegistrationOutcome`` and, accepted, ``CallAppointment``; the session begins with it.
    public static let bookStep = "call-book"
    /// Nothing; reply: ``RegistrationOutcome`` and, accepted, ``CallProgress``.
    public static let followStep = "call-state"

    /// What the address of the call's page begins with; its token follows.
    public static let pagePrefix = "/call/"
    /// Signs of a page's address, at most.
    public static let pageLength = 64
    /// Free times that a reply holds, at most.
    public static let slotLimit = 200
}

/// When a call can be.
public struct CallSlots: Body, Equatable {
    /// Whether operators are at work, and the person may line up now.
    public let isOpen: Bool
    /// People who are lined up.
    public let waiting: UInt32
    /// Beginnings of free appointments, seconds since 1970, rising.
    public let starts: [UInt64]

    /// All members.
    public init(isOpen: Bool, waiting: UInt32, starts: [UInt64]) {
        self.isOpen = isOpen
        self.waiting = waiting
        self.starts = starts
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        isOpen = try reader.boolean()
        waiting = try reader.uint32()
        let count = Int(try reader.uint32())
        guard count <= RegistrationCall.slotLimit else { throw .malformed }
        var starts: [UInt64] = []
        for _ in 0..<count { starts.append(try reader.uint64()) }
        guard zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .malformed }
        self.starts = starts
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(isOpen)
        writer.put(waiting)
        writer.put(UInt32(starts.count))
        for start in starts { writer.put(start) }
    }
}

/// What appointment a person wants.
public struct CallWish: Body, Equatable {
    public let person: PersonDatum
    /// One of ``CallSlots/starts``, or 0 to line up now.
    public let start: UInt64

    /// Both members.
    public init(person: PersonDatum, start: UInt64) {
        self.person = person
        self.start = start
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        person = try PersonDatum(decoding: &reader)
        start = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        person.encode(into: &writer)
        writer.put(start)
    }
}

/// An appointment that was made.
public struct CallAppointment: Body, Equatable {
    /// Path of the person's page: ``RegistrationCall/pagePrefix`` and a token, by which whoever has it is that person's
    /// side of the call.
    public let page: String
    /// Seconds since 1970.
    public let start: UInt64

    /// Both members.
    public init(page: String, start: UInt64) {
        self.page = page
        self.start = start
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        page = try reader.text(limit: RegistrationCall.pageLength)
        start = try reader.uint64()
        guard page.hasPrefix(RegistrationCall.pagePrefix),
            page.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F })
        else { throw .malformed }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(page)
        writer.put(start)
    }
}

/// Where a call stands.
public enum CallState: UInt8, Sendable, CaseIterable {
    /// Its time has not come.
    case booked = 0
    /// Its time has come, and its page is not open.
    case due = 1
    /// Its page is open, and it waits for an operator.
    case queued = 2
    /// The operator and the person talk; also while a line that was cut is made anew.
    case running = 3
    /// The operator has found that the person is who they say.
    case approved = 4
    /// The operator has not; see ``CallProgress/reason``.
    case rejected = 5
    /// The person did not come.
    case missed = 6
    /// The person or an operator has called it off.
    case cancelled = 7
}

/// Why an operator rejects a call.
public enum CallRejection: UInt8, Sendable, CaseIterable {
    /// Of a call that was not rejected.
    case none = 0
    /// The document could not be read, or one of its sides was not shown.
    case documentUnreadable = 1
    /// The document is out of force, damaged, or no DNI or NIE card.
    case documentInvalid = 2
    /// What was typed is not what the document and the census say.
    case dataDiffer = 3
    /// The face is not that of the document's picture, or was not to be seen.
    case faceDiffers = 4
    /// The document's hologram was not to be seen.
    case noHologram = 5
    /// The code was not spoken, or another one was.
    case codeNotSpoken = 6
    /// Somebody else told the person what to do, or the call was disturbed otherwise.
    case disturbed = 7

    /// One English sentence for the person; a message identifier for the translators' catalog.
    public var words: String {
        switch self {
        case .none: msgid("The operator has not recognised you.")
        case .documentUnreadable: msgid("The document could not be read on both sides. Try again with more light.")
        case .documentInvalid: msgid("The document is out of force or damaged, or is no DNI or NIE card.")
        case .dataDiffer: msgid("What was typed is not what the document says.")
        case .faceDiffers: msgid("Your face could not be compared with the picture of the document.")
        case .noHologram: msgid("The hologram of the document was not to be seen. Try again with more light.")
        case .codeNotSpoken: msgid("The code of the page was not spoken.")
        case .disturbed: msgid("The call was disturbed. Try again alone, in a quiet place.")
        }
    }
}

/// Where a call stands, for who follows it.
public struct CallProgress: Body, Equatable {
    public let state: CallState
    /// People before this one, where it is queued; else 0.
    public let ahead: UInt32
    /// Seconds since 1970.
    public let start: UInt64
    public let reason: CallRejection

    /// All members.
    public init(state: CallState, ahead: UInt32, start: UInt64, reason: CallRejection) {
        self.state = state
        self.ahead = ahead
        self.start = start
        self.reason = reason
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let state = CallState(rawValue: try reader.byte()) else { throw .malformed }
        self.state = state
        ahead = try reader.uint32()
        start = try reader.uint64()
        guard let reason = CallRejection(rawValue: try reader.byte()) else { throw .malformed }
        self.reason = reason
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: state.rawValue)
        writer.put(ahead)
        writer.put(start)
        writer.put(byte: reason.rawValue)
    }
}

/// Marks a literal for the translators' catalog; this room is below translation and returns it as it is.
private func msgid(_ text: String) -> String { text }
