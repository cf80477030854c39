import ClaveDomain
public import GatewayStore
import SecureMemory
import Wire

/// What a step leaves to be done after its answer: all that depends on whether the data are right.
///
/// The step itself does the same work for all data and writes an errand in the same commit; an ``ErrandRunner``
/// looks for the person afterwards. So neither the answer nor its time tells anything about the data, and nothing is lost
/// when the gateway is killed in between.
public struct Errand: Equatable, Sendable {
    /// What is to be done.
    public enum Kind: UInt8, Sendable {
        /// Hands a visit's PIN to the person, on their device or by text message.
        case pin = 1
        /// Hands it over by text message.
        case pinBySMS = 2
        /// Asks the person's device to approve a visit.
        case mobile = 3
        /// Sends the code of an activation by text message.
        case activation = 4
        /// Has a letter printed.
        case letter = 5
        /// Takes back what was pushed about a visit.
        case withdrawal = 6

        /// For lists.
        public var word: String {
            switch self {
            case .pin: "PIN"
            case .pinBySMS: "PIN by SMS"
            case .mobile: "Mòbil"
            case .activation: "activation by SMS"
            case .letter: "letter"
            case .withdrawal: "withdrawal"
            }
        }
    }

    public let kind: Kind
    /// Names the visit's request, or the activation.
    public var request: [UInt8] = []
    /// The visit's request before, which is void, and the row number of whose it was; empty and 0 for none.
    public var former: [UInt8] = []
    public var formerCitizen: Int64 = 0
    /// What was typed; nil where the step asked for no data.
    public var asked: ClaimedPerson?
    /// Who asked.
    public var address = ""
    /// The PIN or code to hand over.
    public var code: [UInt8] = []

    /// Bytes of the longest text.
    private static let textLimit = 128

    /// For sealing.
    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.put(byte: kind.rawValue)
        writer.put(request)
        writer.put(former)
        writer.put(UInt64(bitPattern: formerCitizen))
        writer.put(asked?.document.text ?? "")
        writer.put(asked?.datum.kindName ?? "")
        writer.put(asked?.datum.canonicalText ?? "")
        writer.put(address)
        writer.put(code)
        return writer.bytes
    }

    /// Reads what ``bytes`` made; nil for anything else.
    init?(_ bytes: [UInt8]) {
        let read = try? unsafe WireReader.read(bytes.span.bytes) { (reader) throws(WireError) -> Errand in
            guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed }
            var errand = Errand(kind: kind)
            errand.request = try reader.bytes(limit: Self.textLimit)
            errand.former = try reader.bytes(limit: Self.textLimit)
            errand.formerCitizen = Int64(bitPattern: try reader.uint64())
            let texts = [
                try reader.text(limit: Self.textLimit), try reader.text(limit: Self.textLimit),
                try reader.text(limit: Self.textLimit),
            ]
            if let document = try? NationalDocument(parsing: texts[0]),
                let datum = try? ContrastDatum(kindName: texts[1], canonicalText: texts[2])
            {
                errand.asked = ClaimedPerson(document: document, datum: datum, language: "")
            }
            errand.address = try reader.text(limit: Self.textLimit)
            errand.code = try reader.bytes(limit: Self.textLimit)
            return errand
        }
        guard let read else { return nil }
        self = read
    }

    public init(
        kind: Kind, request: [UInt8] = [], former: [UInt8] = [], formerCitizen: Int64 = 0,
        asked: ClaimedPerson? = nil, address: String = "", code: [UInt8] = []
    ) {
        self.kind = kind
        self.request = request
        self.former = former
        self.formerCitizen = formerCitizen
        self.asked = asked
        self.address = address
        self.code = code
    }
}
