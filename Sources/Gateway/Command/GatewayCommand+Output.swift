import GatewayServices
import Posix
import SecureMemory

// What commands say.
extension GatewayCommand {
    static func say(_ text: String) {
        StandardOutput.put(text + "\n")
    }

    static func complain(_ text: String) {
        StandardError.write("clave-gateway: \(text)\n")
    }

    static func print(_ line: consuming SecretBytes) {
        line.withBytes { StandardOutput.put($0) }
    }

    /// Says that an act is done, or why it is not.
    static func tell(_ outcome: ActOutcome, _ done: String) throws {
        guard outcome == .done else { throw GatewayFailure(outcome.words) }
        say(done)
    }
}
