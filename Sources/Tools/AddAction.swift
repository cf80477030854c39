import Posix

/// One of the things that `clave-add` does: the option that asks for it, the other options that it takes, and what runs.
///
/// A new action is a row of ``asked``, lines in the help, the manual page and the completions, and nothing else.
struct AddAction: Sendable {
    /// Does it; the options are those that it takes.
    typealias Run = @Sendable (ToolProgram, Options) throws(ToolProgram.Failure) -> Void

    /// The option that asks for it; nil for the action that no option asks for.
    let option: Options.Definition?
    /// Names of the other options that it takes, beside those that every tool has.
    let takes: Set<String>
    /// Operands that it takes, at most.
    let operands: Int
    let run: Run

    init(_ option: Options.Definition?, takes: Set<String> = [], operands: Int = 0, run: @escaping Run) {
        self.option = option
        self.takes = takes
        self.operands = operands
        self.run = run
    }

    /// Of its option; empty for the action that no option asks for.
    var name: String { option?.name ?? "" }
}

// MARK: The table

extension AddAction {
    /// The actions that an option asks for, in the order in which a message names them.
    static let asked = [
        AddAction(Options.Definition("l", "list"), run: IdentityCommand.list),
        AddAction(Options.Definition("L", "list-all"), run: IdentityCommand.list),
        // The identity may stand behind --everywhere, as an operand.
        AddAction(
            Options.Definition("d", "delete", takesOptionalValue: true), takes: ["everywhere"], operands: 1,
            run: IdentityCommand.remove),
        AddAction(Options.Definition(nil, "leave", takesOptionalValue: true), run: IdentityCommand.leave),
        AddAction(Options.Definition("D", "delete-all"), run: IdentityCommand.removeAll),
        AddAction(Options.Definition("u", "unlock"), run: IdentityCommand.unlock),
        AddAction(Options.Definition("s", "status"), run: IdentityCommand.status),
        AddAction(Options.Definition(nil, "log"), takes: ["since", "verify"], run: LogCommand.run),
        AddAction(
            Options.Definition(nil, "policy", takesValue: true), takes: ["identity"], run: PolicyCommand.set),
        AddAction(Options.Definition(nil, "remembered"), run: PolicyCommand.list),
        AddAction(Options.Definition(nil, "forget", takesValue: true), run: PolicyCommand.forget),
        AddAction(Options.Definition(nil, "vault"), run: VaultCommand.show),
        AddAction(Options.Definition(nil, "change-passphrase"), run: VaultCommand.changePassphrase),
        AddAction(Options.Definition(nil, "rekey"), run: VaultCommand.changeKey),
        AddAction(Options.Definition(nil, "keyring"), run: VaultCommand.setKeyring),
        AddAction(Options.Definition(nil, "no-keyring"), run: VaultCommand.setKeyring),
        AddAction(Options.Definition(nil, "backup", takesPath: true), takes: ["force"], run: BackupCommand.backUp),
        AddAction(Options.Definition(nil, "restore", takesPath: true), run: BackupCommand.restore),
        AddAction(Options.Definition(nil, "available"), takes: ["method"], run: CredentialCommand.list),
        AddAction(Options.Definition(nil, "diagnose"), takes: ["method"], run: DiagnoseCommand.run),
        AddAction(Options.Definition(nil, "ssh", takesValue: true), takes: ["identity"], run: PolicyCommand.setSSH),
    ]

    /// The action that no option asks for.
    static let activation = AddAction(nil, takes: Set(ofActivation.map(\.name)), run: ActivateCommand.run)

    /// The options of an activation.
    private static let ofActivation =
        [Options.Definition(nil, "local"), Options.Definition("m", "method", takesValue: true)]
        + ConversationInputs.definitions

    /// The options of some other actions, and what is said where none of those is asked for.
    private static let ofOthers = [
        (Options.Definition(nil, "everywhere"), "--everywhere goes with -d"),
        (Options.Definition(nil, "since", takesValue: true), "--since and --verify go with --log"),
        (Options.Definition(nil, "verify"), "--since and --verify go with --log"),
        (Options.Definition(nil, "force"), "--force goes with --backup"),
        (Options.Definition("i", "identity", takesValue: true), "-i goes with --policy and --ssh"),
    ]

    /// All options of `clave-add`, beside those that every tool has.
    static let definitions = asked.compactMap(\.option) + ofActivation + ofOthers.map(\.0)
}

// MARK: The choice

extension AddAction {
    /// The action that a command line asks for.
    ///
    /// - Throws: usage, where it asks for several, or has what the action does not take.
    static func chosen(by options: Options) throws(ToolProgram.Failure) -> AddAction {
        let all = asked.filter { options.has($0.name) }
        let operands = all.map(\.operands).max() ?? 0
        guard options.operands.count <= operands else { throw .usage("unexpected: \(options.operands[operands])") }
        guard all.count < 2 else { throw .usage("one thing at a time: \(all.map(\.name).joined(separator: ", "))") }
        let action = all.first ?? activation
        for (option, complaint) in ofOthers where options.has(option.name) && !action.takes.contains(option.name) {
            throw .usage(complaint)
        }
        for option in ofActivation where options.has(option.name) && !action.takes.contains(option.name) {
            throw .usage("--\(option.name) is for a new identity, and goes with no --\(action.name)")
        }
        return action
    }
}
