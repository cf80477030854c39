/// The agent and its person, who has ways to be asked that the tests choose.
struct TerminalScene {
    let world: World

    /// - Parameters:
    ///   - extra: the agent's environment; by default nothing but terminals to ask on.
    ///   - isActivated: whether there is a vault with an identity.
    ///   - arguments: the agent's.
    init(
        _ extra: [String: String] = [:], isActivated: Bool = true, startsAgent: Bool = true, arguments: [String] = []
    ) throws {
        world = try World(gateway: isActivated, agent: false)
        if isActivated {
            try world.startAgent()
            world.activate()
            world.stopAgent()
        }
        guard startsAgent else { return }
        try world.startAgent(arguments: arguments, environment: ["CLAVE_ASKPASS": ""].merging(extra) { $1 })
    }

    /// The person unlocks the vault on a terminal of theirs.
    func unlock() throws -> TerminalShell {
        let shell = try TerminalShell(world)
        try shell.unlock()
        return shell
    }
}
