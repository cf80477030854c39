import ClavePluginABI
import Glibc
import SecureMemory

/// How a call of the host's ended.
enum Status: Error, Equatable {
    case cancelled
    case refused
    case unavailable
    case invalid
    case failed

    init?(number: Int32) {
        switch Int(number) {
        case Int(CLAVE_OK): return nil
        case Int(CLAVE_CANCELLED): self = .cancelled
        case Int(CLAVE_REFUSED): self = .refused
        case Int(CLAVE_UNAVAILABLE): self = .unavailable
        case Int(CLAVE_INVALID): self = .invalid
        default: self = .failed
        }
    }

    var number: Int32 {
        switch self {
        case .cancelled: Int32(CLAVE_CANCELLED)
        case .refused: Int32(CLAVE_REFUSED)
        case .unavailable: Int32(CLAVE_UNAVAILABLE)
        case .invalid: Int32(CLAVE_INVALID)
        case .failed: Int32(CLAVE_FAILED)
        }
    }
}

/// Texts as C wants them.
enum CText {
    /// A copy that is never freed, for tables.
    static func forever(_ text: String) -> UnsafePointer<CChar> {
        unsafe UnsafePointer(strdup(text))
    }
}

/// The host's table, as Swift calls it.
@safe
struct Host {
    private let table: UnsafePointer<clave_host>

    init(_ table: UnsafePointer<clave_host>) {
        unsafe self.table = table
    }

    /// The person's locale.
    var locale: String {
        guard let locale = unsafe table.pointee.locale else { return "" }
        return unsafe String(cString: locale)
    }

    /// What a field asks for.
    struct Field {
        let name: String
        let label: String
        var note: String?
        var kind = CLAVE_FIELD_TEXT
        var lengths: ClosedRange<UInt32>
    }

    /// The person's answer, in guarded memory.
    func ask(_ field: Field) throws(Status) -> SecretBytes {
        let answer = SecretBytes(zeros: Int(CLAVE_ANSWER_MAX))
        var count = 0
        let name = unsafe strdup(field.name)
        let label = unsafe strdup(field.label)
        let note = unsafe field.note.map { unsafe strdup($0) } ?? nil
        defer {
            unsafe free(name)
            unsafe free(label)
            unsafe free(note)
        }
        var description = unsafe clave_field()
        unsafe description.size = MemoryLayout<clave_field>.size
        unsafe description.name = UnsafePointer(name)
        unsafe description.label = UnsafePointer(label)
        unsafe description.note = UnsafePointer(note)
        unsafe description.kind = UInt32(field.kind)
        unsafe description.min_length = field.lengths.lowerBound
        unsafe description.max_length = field.lengths.upperBound
        let number = answer.withMutableBytes { target in
            unsafe target.withUnsafeMutableBytes { bytes in
                unsafe table.pointee.ask(
                    table.pointee.context, &description, bytes.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    bytes.count, &count)
            }
        }
        if let status = Status(number: number) { throw status }
        return answer.prefix(count)
    }

    /// One round with the gateway.
    func exchange(_ step: String, _ request: borrowing SecretBytes) throws(Status) -> [UInt8] {
        var reply = [UInt8](repeating: 0, count: 1024)
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
    func progress(_ text: String) {
        _ = unsafe table.pointee.progress(table.pointee.context, text)
    }
}
