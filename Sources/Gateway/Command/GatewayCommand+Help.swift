/// One row of the help: what is typed, and what that means.
struct HelpRow: Sendable {
    let label: String
    /// Lines, as they are printed.
    let text: String

    init(_ label: String, _ text: String) {
        self.label = label
        self.text = text
    }

    /// The row, with its text from a column on; a label that does not fit before it has a line of its own.
    func printed(column: Int) -> String {
        let margin = String(repeating: " ", count: column)
        let start = "  \(label)"
        let lines = text.split(separator: "\n").joined(separator: "\n\(margin)")
        guard start.count < column else { return "\(start)\n\(margin)\(lines)" }
        return start + margin.dropFirst(start.count) + lines
    }
}

extension GatewayOption {
    /// What the help says of it; nil where the row of a command says all of it.
    var row: HelpRow? {
        guard let help else { return nil }
        let typed = letter.map { "-\($0), --\(name)" } ?? "    --\(name)"
        return HelpRow(value.placeholder.isEmpty ? typed : "\(typed) \(value.placeholder)", help)
    }
}

extension GatewayCommand {
    /// What `--help` prints; English, like the manual.
    static var helpText: String {
        """
        \(usage)

        The other half of clave-agent: an identity service with Cl@ve's ways, on this machine, to develop and test
        with. It is not the state's service, does not speak with it, and knows only made-up people.

        Commands:
        \(rows.map { $0.printed(column: 21) }.joined(separator: "\n"))

        Options:
        \(GatewayOption.all.compactMap(\.row).map { $0.printed(column: 25) }.joined(separator: "\n"))
        """
    }

    private static var usage: String {
        let single = all.filter { $0.words.count == 1 && $0.name != serve.name }.map(\.name)
        let subjects = distinct(all.filter { $0.words.count == 2 }.map { $0.words[0] })
        return """
            Usage: clave-gateway serve [--seed] [OPTION…]
                   clave-gateway \(single.joined(separator: " | ")) [OPTION…]
                   clave-gateway \(subjects.joined(separator: " | ")) COMMAND [OPTION…]
            """
    }

    /// One for each command; commands that share a row stand side by side.
    private static var rows: [HelpRow] {
        var rows: [HelpRow] = []
        for command in all where command.help.label != rows.last?.label { rows.append(command.help) }
        return rows
    }

    private static func distinct(_ words: [String]) -> [String] {
        var known: Set<String> = []
        return words.filter { known.insert($0).inserted }
    }
}
