import Wire

/// The options of a command line, read in the manner of `getopt_long`.
///
/// `-a VALUE`, `-aVALUE`, `-abc`, `--name VALUE`, `--name=VALUE`; `--` ends the options. A value that may be left out is
/// left out where the arguments end or the next one begins with a hyphen; an empty argument is a value. The arguments are
/// bytes, as ``SystemText`` has them: a path stays what it is, and any other value is text or is refused.
///
/// This is not `getopt_long` itself, because that prints its own messages: `clave-agent`, where it stands in for
/// `ssh-agent`, says what is wrong in that program's words, for which it needs the kind (``UsageError/Kind``).
public struct Options: Sendable {
    /// One option that a program takes.
    public struct Definition: Sendable {
        /// The letter; nil for none.
        public let letter: Character?
        /// The long name.
        public let name: String
        /// Whether a value follows, or may.
        public let takesValue: Bool
        /// Whether the value may be left out. Unlike `getopt_long`'s, it may be an argument of its own all the same.
        public let takesOptionalValue: Bool
        /// Whether the value may hold bytes that are no text, as the name of a file may.
        public let takesPath: Bool
        /// What the value may be, for whoever gives none; empty where that is no short list.
        public let choices: [String]

        /// An option with a letter, a long name, or both.
        public init(
            _ letter: Character?, _ name: String, takesValue: Bool = false, takesOptionalValue: Bool = false,
            takesPath: Bool = false, choices: [String] = []
        ) {
            self.letter = letter
            self.name = name
            self.takesValue = takesValue || takesOptionalValue || takesPath
            self.takesOptionalValue = takesOptionalValue
            self.takesPath = takesPath
            self.choices = choices
        }

        fileprivate func missing(_ given: String) -> String {
            "\(given) needs a value" + (choices.isEmpty ? "" : ": \(choices.joined(separator: ", "))")
        }

        /// A value as the program is to have it.
        fileprivate func checked(_ value: String, _ given: String) throws(UsageError) -> String {
            if takesPath { return value }
            guard let words = SystemText.words(value) else {
                throw UsageError("\(given) takes text: UTF-8 without control characters", .refusedValue)
            }
            return words
        }
    }

    /// What is wrong with a command line, in English.
    public struct UsageError: Error, Equatable, Sendable {
        /// What kind of thing is wrong, for programs that put it in the words of another.
        public enum Kind: Equatable, Sendable {
            /// No option has this letter.
            case unknownLetter(Character)
            /// Nothing follows the option of this letter, which takes a value.
            case missingValue(Character)
            /// The options don't go together.
            case combination
            /// A value is well-formed, but not one that is taken.
            case refusedValue
            case other
        }

        /// One line, to be followed by a hint at `--help`.
        public let message: String
        /// What kind it is of.
        public let kind: Kind

        /// A complaint.
        public init(_ message: String, _ kind: Kind = .other) {
            self.message = message
            self.kind = kind
        }
    }

    /// The options given, by long name, in their order; the value of a flag is empty, and so is one that was left out.
    public private(set) var given: [(name: String, value: String)] = []
    /// Names of the options whose value was left out when they were last given.
    private var valueless: Set<String> = []
    /// What follows the options, as bytes (``SystemText``).
    public private(set) var operands: [String] = []

    /// Reads a command line.
    ///
    /// - Parameters:
    ///   - arguments: those after the program's name.
    ///   - definitions: what the program takes.
    ///   - stopsAtOperand: whether the first operand ends the options, for a program that runs another.
    public init(
        _ arguments: [String], _ definitions: [Definition], stopsAtOperand: Bool = false
    ) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                return
            }
            // By its bytes: a mark that combines with a hyphen makes another character of it.
            if argument.utf8.starts(with: "--".utf8) {
                try takeLong(String(decoding: argument.utf8.dropFirst(2), as: UTF8.self), definitions, &rest)
            } else if argument.utf8.first == UInt8(ascii: "-"), argument.utf8.count > 1 {
                try takeLetters(argument.unicodeScalars.dropFirst(), definitions, &rest)
            } else {
                operands.append(argument)
                if stopsAtOperand {
                    operands += rest
                    return
                }
            }
        }
    }

    /// Whether an option was given.
    public func has(_ name: String) -> Bool { given.contains { $0.name == name } }

    /// The last value of an option; nil if the option was not given, or its value was left out.
    public func value(_ name: String) -> String? {
        valueless.contains(name) ? nil : given.last { $0.name == name }?.value
    }

    /// All values of an option, in their order.
    public func values(_ name: String) -> [String] { given.filter { $0.name == name }.map(\.value) }

    private mutating func takeLong(
        _ text: String, _ definitions: [Definition], _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let definition = definitions.first(where: { $0.name == parts[0] }) else {
            throw UsageError("unknown option --\(parts[0])")
        }
        let name = "--\(definition.name)"
        if !definition.takesValue {
            guard parts.count == 1 else { throw UsageError("\(name) takes no value") }
            return given.append((definition.name, ""))
        }
        guard let value = parts.count == 2 ? parts[1] : Self.following(definition, &rest) else {
            guard definition.takesOptionalValue else { throw UsageError(definition.missing(name)) }
            return takeValueless(definition)
        }
        take(try definition.checked(value, name), of: definition)
    }

    private mutating func takeLetters(
        _ letters: String.UnicodeScalarView.SubSequence, _ definitions: [Definition], _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst().map(Character.init) {
            guard let definition = definitions.first(where: { $0.letter == letter }) else {
                throw UsageError("unknown option -\(letter)", .unknownLetter(letter))
            }
            guard definition.takesValue else {
                given.append((definition.name, ""))
                continue
            }
            let attached = letters.isEmpty ? nil : String(String.UnicodeScalarView(letters))
            guard let value = attached ?? Self.following(definition, &rest) else {
                guard definition.takesOptionalValue else {
                    throw UsageError(definition.missing("-\(letter)"), .missingValue(letter))
                }
                return takeValueless(definition)
            }
            return take(try definition.checked(value, "-\(letter)"), of: definition)
        }
    }

    /// The argument that is an option's value; nil for none.
    private static func following(_ definition: Definition, _ rest: inout ArraySlice<String>) -> String? {
        if definition.takesOptionalValue, rest.first?.utf8.first == UInt8(ascii: "-") { return nil }
        return rest.popFirst()
    }

    private mutating func take(_ value: String, of definition: Definition) {
        given.append((definition.name, value))
        valueless.remove(definition.name)
    }

    private mutating func takeValueless(_ definition: Definition) {
        given.append((definition.name, ""))
        valueless.insert(definition.name)
    }

    /// A time as OpenSSH writes it: `90`, `90s`, `5m`, `1h30m`, `2d`, `1w`, in seconds; nil for anything else, for zero,
    /// and for more than 32 bits.
    public static func seconds(_ text: String) -> UInt32? {
        var total: UInt64 = 0
        var number: UInt64?
        for byte in text.utf8 {
            if let digit = digit(byte) {
                let value = (number ?? 0) * 10 + digit
                guard value <= UInt32.max else { return nil }
                number = value
            } else {
                guard let value = number, let unit = unit(byte) else { return nil }
                total += value * unit
                number = nil
            }
            guard total <= UInt32.max else { return nil }
        }
        total += number ?? 0
        return total > 0 ? UInt32(exactly: total) : nil
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? UInt64(byte - UInt8(ascii: "0")) : nil
    }

    private static func unit(_ byte: UInt8) -> UInt64? {
        switch Unicode.Scalar(byte) {
        case "s", "S": 1
        case "m", "M": 60
        case "h", "H": 3600
        case "d", "D": 86_400
        case "w", "W": 604_800
        default: nil
        }
    }
}
