import AgentProtocol
import ClavePluginABI
import Glibc
import Wire

/// Reads what a plugin hands over by pointer, within the header's limits.
enum FieldReader {
    /// A plugin's field; nil if it breaks a rule of the header.
    static func description(_ pointer: UnsafePointer<clave_field>) -> FieldDescription? {
        // Older plugins end before the last member, which is nought then.
        guard let least = unsafe MemoryLayout<clave_field>.offset(of: \.patience), unsafe pointer.pointee.size >= least
        else {
            return nil
        }
        var field = unsafe clave_field()
        unsafe memcpy(&field, pointer, min(pointer.pointee.size, MemoryLayout<clave_field>.size))
        guard let kind = unsafe kind(field.kind),
            let name = unsafe text(field.name, limit: Int(CLAVE_NAME_MAX)), PluginFile.isName(name),
            let label = unsafe text(field.label, limit: Int(CLAVE_TEXT_MAX)),
            unsafe field.min_length <= field.max_length, unsafe field.max_length <= CLAVE_ANSWER_MAX,
            unsafe (0...Int(CLAVE_CHOICES_MAX)).contains(field.choice_count),
            unsafe field.patience <= CLAVE_PATIENCE_MAX
        else { return nil }
        var note = ""
        if let given = unsafe field.note {
            guard let read = unsafe text(given, limit: Int(CLAVE_TEXT_MAX)) else { return nil }
            note = read
        }
        guard let choices = unsafe choices(field) else { return nil }
        return unsafe FieldDescription(
            name: name, label: plain(label), note: plain(note), kind: kind, minimumLength: field.min_length,
            maximumLength: field.max_length, choices: choices,
            isPersonal: field.flags & UInt32(CLAVE_FIELD_PERSONAL) != 0, patience: field.patience)
    }

    /// The text at a pointer; nil if there is none, it is longer than `limit`, or it is not UTF-8.
    static func text(_ pointer: UnsafePointer<CChar>?, limit: Int) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        var bytes: [UInt8] = []
        while true {
            let byte = unsafe UInt8(bitPattern: pointer[bytes.count])
            if byte == 0 { return String(validating: bytes, as: UTF8.self) }
            guard bytes.count < limit else { return nil }
            bytes.append(byte)
        }
    }

    /// Text without characters that the pipe refuses, and no longer than a line of it.
    static func line(_ text: String) -> String {
        PlainText.beginning(of: plain(text), bytes: Int(CLAVE_TEXT_MAX))
    }

    /// Text without characters that the pipe refuses.
    static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter(PlainText.holds)))
    }

    private static func kind(_ number: UInt32) -> FieldDescription.Kind? {
        UInt8(exactly: number).flatMap(FieldDescription.Kind.init)
    }

    private static func choices(_ field: clave_field) -> [String]? {
        guard unsafe field.kind == UInt32(CLAVE_FIELD_CHOICE) else { return [] }
        guard let pointer = unsafe field.choices, unsafe field.choice_count > 0 else { return nil }
        var choices: [String] = []
        for index in 0..<(unsafe field.choice_count) {
            guard let choice = unsafe text(pointer[index], limit: Int(CLAVE_TEXT_MAX)) else { return nil }
            choices.append(plain(choice))
        }
        return choices
    }
}
