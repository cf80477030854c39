import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import Posix
import Wire

// Video calls: how a gateway holds them, and appointments.
extension GatewayProgram {
    /// Hours, operators and servers, as the options say.
    static func configureCalls(
        _ settings: inout GatewayServices.Settings, _ options: GatewayOptions
    ) throws {
        do throws(WorkingHours.Failure) {
            settings.callHours = try WorkingHours(parsing: options.options.value("call-hours") ?? WorkingHours.usual)
        } catch { throw Options.UsageError("--call-hours: \(error.message)") }
        settings.callOperators = try options.number("call-operators", default: 1, 1...50)
        settings.turn = try turnServer(options)
        settings.stunServers = try (options.options.value("stun") ?? "").split(separator: ",").map { try stun($0) }
    }

    private static func turnServer(_ options: GatewayOptions) throws -> TurnServer? {
        guard let address = options.options.value("turn") else {
            if options.options.has("turn-secret") {
                throw Options.UsageError("--turn-secret says nothing without --turn")
            }
            return nil
        }
        guard let file = options.options.value("turn-secret") else {
            throw Options.UsageError("--turn needs --turn-secret, the file with the secret of gateway and server")
        }
        if options.options.has("stun") {
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
