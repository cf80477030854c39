import GatewayServices
import WebServer

extension FormToken {
    /// The header in which a page's script gives its page's token.
    static let scriptHeader = "x-clave-form"

    /// That of a visit's forms. It serves at the addresses of its own way only, PIN, Mobile or cancelling: fields that got
    /// into a form of another way have no effect there.
    ///
    /// - Parameters:
    ///   - visit: its identifier.
    ///   - action: where the form leads.
    static func visit(_ visit: [UInt8], _ action: String, _ keys: borrowing GatewayKeys) -> FormToken {
        FormToken(digest: keys.digest(visit, for: "form", of: way(of: action)))
    }

    /// That of the form of a session at the desk that leads to an address, and to no other: a form that got into a page of
    /// the desk's, and takes over another's fields and button, is refused.
    static func desk(_ session: String, _ action: String, _ keys: borrowing GatewayKeys) -> FormToken {
        FormToken(digest: keys.digest(Array(session.utf8), for: "desk form", of: Array(action.utf8)))
    }
}
