import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import Posix
import Wire

// How a gateway holds video calls.
extension GatewayOptions {
    /// Hours, operators and servers, as the options say.
    func configureCalls(_ settings: inout GatewaySettings) throws {
        do throws(WorkingHours.Failure) {
            settings.callHours = try WorkingHours(parsing: value(.callHours) ?? WorkingHours.usual)
        } catch { throw Options.UsageError("--call-hours: \(error.message)") }
        settings.callOperators = try number(.callOperators, default: 1, 1...50)
        settings.turn = try turnServer()
        settings.stunServers = try (value(.stun) ?? "").split(separator: ",").map { try Self.stun($0) }
    }

    private func turnServer() throws -> TurnServer? {
        guard let address = value(.turn) else {
            if has(.turnSecret) {
                throw Options.UsageError("--turn-secret says nothing without --turn")
            }
            return nil
        }
        guard let file = value(.turnSecret) else {
            throw Options.UsageError("--turn needs --turn-secret, the file with the secret of gateway and server")
        }
        if has(.stun) {
            throw Options.UsageError("--stun and --turn exclude each other: by a relay, no address is asked for")
        }
        return try TurnServer(address: address, secretFile: file)
    }

    /// An address of a STUN server (RFC 7064), or a usage error: it goes into a page and to browsers as it is.
    private static func stun(_ text: Substring) throws -> String {
        let isRight =
            text.hasPrefix("stun:") && text.utf8.count <= 255
            && text.utf8.dropFirst(5).allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
            }
        guard isRight, text.utf8.count > 5 else { throw Options.UsageError("--stun takes stun:host or stun:host:port") }
        return String(text)
    }
}

extension GatewayOption {
    static let callHours = GatewayOption(
        "call-hours", .text("HOURS"),
        help: """
            when video calls for registration are held, in local time; or always, or none
            (default: 'mon-thu 09:00-14:00 15:00-18:00, fri 09:00-14:00')
            """)
    static let callOperators = GatewayOption(
        "call-operators", .text("COUNT"), help: "appointments at the same time (default: 1)")
    static let stun = GatewayOption(
        "stun", .text("URL[,URL]"),
        help: """
            stun:host:port, by which browsers of different networks find each other in a call
            (default: none)
            """)
    static let turn = GatewayOption(
        "turn", .text("URL"),
        help: """
            turn:host:port of the relay by which alone calls go, so that neither side learns the
            other's addresses (default: none)
            """)
    static let turnSecret = GatewayOption(
        "turn-secret", .path("FILE"), help: "the secret that gateway and relay share (coturn's static-auth-secret)")

    static let ofCalls = [callHours, callOperators, stun, turn, turnSecret]
}
