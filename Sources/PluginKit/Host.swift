public import ClavePluginABI
public import SecureMemory

/// The host's table, as Swift calls it.
@safe
public struct Host {
    private let table: UnsafePointer<clave_host>

    /// A table that outlives this value.
    public init(_ table: UnsafePointer<clave_host>) {
        unsafe self.table = table
    }

    /// The person's locale.
    public var locale: String {
        guard let locale = unsafe table.pointee.locale else { return "" }
        return unsafe String(cString: locale)
    }

    /// For whom an activation's proof is.
    public struct Device: Equatable, Sendable {
        /// The gateway's origin.
        public let gateway: String
        /// Ed25519 public key, 32 bytes.
        public let signingKey: [UInt8]
        /// X25519 public key, 32 bytes.
        public let sealingKey: [UInt8]
    }

    /// Nil for a host that does not say, and outside of an activation.
    public var device: Device? {
        guard unsafe table.pointee.size >= MemoryLayout<clave_host>.size,
            let gateway = unsafe table.pointee.gateway, let signing = unsafe table.pointee.signing_key,
            let sealing = unsafe table.pointee.sealing_key
        else { return nil }
        return unsafe Device(
            gateway: String(cString: gateway), signingKey: Array(UnsafeBufferPointer(start: signing, count: 32)),
            sealingKey: Array(UnsafeBufferPointer(start: sealing, count: 32)))
    }

    /// What a field asks for.
    public struct Field {
        /// A contract: scripts fill fields in by their names.
        public let name: String
        /// For people.
        public let label: String
        /// Why it is asked again.
        public var note: String?
        public let kind: Int
        /// Of the answer, in bytes.
        public let lengths: ClosedRange<UInt32>
        /// For `CLAVE_FIELD_CHOICE`.
        public let choices: [String]
        /// Whether no program may answer it beforehand.
        public let isPersonal: Bool
        /// Until when the person may take their time, as a code is on its way to them; nil for the usual time.
        public let codeEnds: ContinuousClock.Instant?

        /// All members.
        public init(
            name: String, label: String, note: String? = nil, kind: Int = Int(CLAVE_FIELD_TEXT),
            lengths: ClosedRange<UInt32>, choices: [String] = [], isPersonal: Bool = false,
            codeEnds: ContinuousClock.Instant? = nil
        ) {
            self.name = name
            self.label = label
            self.note = note
            self.kind = kind
            self.lengths = lengths
            self.choices = choices
            self.isPersonal = isPersonal
            self.codeEnds = codeEnds
        }

        /// What is left of that time, in seconds; 0 for the usual time.
        fileprivate var patience: UInt32 {
            guard let codeEnds else { return 0 }
            return UInt32(min(max((codeEnds - .now).components.seconds, 1), Int64(CLAVE_PATIENCE_MAX)))
        }
    }

    /// The person's answer, in guarded memory.
    public func ask(_ field: Field) throws(Status) -> SecretBytes {
        let answer = SecretBytes(zeros: Int(CLAVE_ANSWER_MAX))
        var count = 0
        let texts = [field.name, CText.line(field.label)] + (field.note.map { [CText.line($0)] } ?? [])
        let number = unsafe CText.lend(texts) { texts in
            unsafe CText.lend(field.choices) { choices in
                var description = unsafe clave_field()
                unsafe description.size = MemoryLayout<clave_field>.size
                unsafe description.name = texts?[0]
                unsafe description.label = texts?[1]
                unsafe description.note = field.note == nil ? nil : texts?[2]
                unsafe description.kind = UInt32(field.kind)
                unsafe description.min_length = field.lengths.lowerBound
                unsafe description.max_length = field.lengths.upperBound
                unsafe description.choices = field.choices.isEmpty ? nil : choices
                unsafe description.choice_count = field.choices.count
                unsafe description.flags = field.isPersonal ? UInt32(CLAVE_FIELD_PERSONAL) : 0
                unsafe description.patience = field.patience
                return answer.withMutableBytes { target in
                    unsafe target.withUnsafeMutableBytes { bytes in
                        unsafe table.pointee.ask(
                            table.pointee.context, &description,
                            bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), bytes.count, &count)
                    }
                }
            }
        }
        if let status = Status(number: number) { throw status }
        return answer.prefix(count)
    }

    /// The person's answer as text, for what is no secret.
    public func askText(_ field: Field) throws(Status) -> String {
        let answer = try ask(field)
        return answer.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// One round with the gateway.
    public func exchange(_ step: String, _ request: borrowing SecretBytes) throws(Status) -> [UInt8] {
        var reply = [UInt8](repeating: 0, count: Int(CLAVE_EXCHANGE_MAX))
        var count = 0
        let number = request.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe table.pointee.exchange(
                    table.pointee.context, step, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                    &reply, reply.count, &count)
            }
        }
        if let status = Status(number: number) { throw status }
        return Array(reply[..<count])
    }

    /// A line for the person.
    public func progress(_ text: String) {
        _ = unsafe table.pointee.progress(table.pointee.context, CText.line(text))
    }

    /// A line for the debug log; never a secret.
    public func log(_ text: String) {
        unsafe table.pointee.log(table.pointee.context, CText.line(text))
    }
}
