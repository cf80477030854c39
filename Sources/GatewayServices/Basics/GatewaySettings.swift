/// How a gateway runs.
public struct GatewaySettings: Sendable {
    /// For people and agents: "Sandbox gateway".
    public var name = "Sandbox gateway"
    /// `https://host:port`, as browsers and agents see it.
    public var origin: String
    /// Pins of the TLS keys, for agents.
    public var pins: [String]
    /// How often who may try what.
    public var limits = RateLimiter.Limits()
    /// When video calls are held, by how many operators at once, and by which servers browsers learn their network
    /// addresses (RFC 8489): none within one network.
    public var callHours = WorkingHours.none
    public var callOperators = 1
    public var stunServers: [String] = []
    /// By which alone the pictures of calls go; nil where browsers may reach each other.
    public var turn: TurnServer?
    /// Whether this is a command, which may run beside the gateway: it sends the text messages of its own acts alone.
    public var isCommand = false
    /// Where closed files of the audit lie; nil where none are closed.
    public var auditFolder: String?
    /// Folders with what the sandbox has sent, also where this gateway sends by other means now.
    public var outboxes: [String] = []

    public init(origin: String, pins: [String] = []) {
        self.origin = origin
        self.pins = pins
    }
}
