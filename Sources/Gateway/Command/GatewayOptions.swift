import ClaveDomain
import Posix

/// What `clave-gateway` was asked to do: a command, and the options that it was given.
///
/// What the options mean is read where they stand: in extensions of this, those of the server.
struct GatewayOptions {
    let command: GatewayCommand
    private let values: Options

    /// Reads a command line.
    ///
    /// - Throws: usage, where it asks for no command, or has what the command does not take.
    init(_ arguments: [String]) throws(Options.UsageError) {
        values = try Options(arguments, GatewayOption.all.map(\.definition))
        command = try GatewayCommand.chosen(by: values)
    }

    /// Whether an option was given.
    func has(_ option: GatewayOption) -> Bool { values.has(option.name) }

    /// The last value of an option; nil if it was not given.
    func value(_ option: GatewayOption) -> String? { values.value(option.name) }

    /// A number within bounds.
    func number(
        _ option: GatewayOption, default fallback: Int, _ bounds: ClosedRange<Int>
    ) throws(Options.UsageError) -> Int {
        guard let text = value(option) else { return fallback }
        guard let number = Int(text), bounds.contains(number) else {
            throw Options.UsageError(
                "--\(option.name) takes a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// The folder with keys and database.
    var state: String {
        if let given = value(.state) { return given }
        return (PersonFolders.state ?? "/var/lib") + "/clave-gateway"
    }

    /// The document of the person that a command is about.
    func document() throws -> NationalDocument {
        guard let document = try documentIfGiven() else {
            throw Options.UsageError("\(command.name) needs --document")
        }
        return document
    }

    /// The document of the person that a list is about; nil where it is about all.
    func documentIfGiven() throws(DomainError) -> NationalDocument? {
        guard let text = value(.document) else { return nil }
        return try NationalDocument(parsing: text)
    }
}
