public import GatewayAPI
import SecureMemory
import Wire

/// What a step of an activation or a registration came to.
public enum StepOutcome: Equatable, Sendable {
    case reply(ActivationReply)
    case refusal(Refusal)

    /// A reply within the step's session, which grants nothing.
    public static func answering(_ step: ActivationStep, _ body: [UInt8]) -> StepOutcome {
        .reply(ActivationReply(session: step.session, body: body, grant: nil))
    }

    /// A reply that begins a session.
    public static func beginning(_ session: [UInt8], _ body: [UInt8]) -> StepOutcome {
        .reply(ActivationReply(session: session, body: body, grant: nil))
    }

    // MARK: Registrations

    /// A reply within the step's session (``RegistrationOutcome/body(_:)``).
    public static func answering(
        _ step: ActivationStep, _ outcome: RegistrationOutcome, _ number: Int64? = nil
    ) -> StepOutcome {
        answering(step, outcome.body(number))
    }

    /// A reply to a step that has no session yet: it names one that leads nowhere.
    public static func beginning(_ outcome: RegistrationOutcome, _ number: Int64? = nil) -> StepOutcome {
        beginning(randomBytes(GatewayLimits.identifier), outcome.body(number))
    }
}

extension RegistrationOutcome {
    /// The reply's bytes for the plugin (GATEWAY-API.md).
    ///
    /// - Parameter number: what follows the outcome: seconds to wait, tries left or a level.
    public func body(_ number: Int64? = nil) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(byte: rawValue)
        if let number { writer.put(UInt32(clamping: number)) }
        return writer.bytes
    }
}
