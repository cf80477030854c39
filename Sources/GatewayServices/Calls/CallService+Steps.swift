import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

// The steps of a registration by video call, as agents take them (GATEWAY-API.md).
extension CallService {
    /// Tells at which times a call can be.
    public func slots(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = step.claimedPerson else { return .refusal(Refusal(.malformed)) }
        return switch try slots(for: asked, address: address) {
        case .slots(let slots): Self.begun(randomBytes(GatewayLimits.identifier), slots.bytes)
        case .tooMany(let seconds): .beginning(.tooMany, seconds)
        }
    }

    /// Makes an appointment, or lines the person up.
    public func book(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let wish = step.decoded(CallWish.self), let asked = ClaimedPerson(wish.person) else {
            return .refusal(Refusal(.malformed))
        }
        let booking = try book(
            asked, at: wish.start, signingKey: step.signingKey, sealingKey: step.sealingKey, address: address)
        return switch booking {
        case .booked(let session, let appointment): Self.begun(session, appointment.bytes)
        case .tooMany(let seconds): .beginning(.tooMany, seconds)
        case .slotTaken: .beginning(.slotTaken)
        case .busy: .beginning(.busy)
        }
    }

    /// Tells where the call of the step's session stands.
    public func follow(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        guard let progress = try progress(of: RegistrationSession(step.session, of: step)) else {
            return .answering(step, .over)
        }
        return .answering(step, RegistrationOutcome.accepted.body() + progress.bytes)
    }

    private static func begun(_ session: [UInt8], _ bytes: [UInt8]) -> StepOutcome {
        .beginning(session, RegistrationOutcome.accepted.body() + bytes)
    }
}
