import CertificateTrust
import ClaveDomain
import GatewayServices
import Posix
import WebServer

/// An error that ends a command, with a message for the person who typed it and the exit code that goes with it.
///
/// Any other error ends a command too, with its description and ``ExitCode/failed``.
protocol UserFacingError: Error {
    /// In English, without the program's name.
    var message: String { get }
    /// The program's exit code.
    var exitCode: Int32 { get }
}

extension UserFacingError {
    var exitCode: Int32 { ExitCode.failed }
}

/// The exit codes of `clave-gateway`.
enum ExitCode {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    /// `EX_USAGE` of `sysexits.h`: the command line is wrong.
    static let usage: Int32 = 64
}

/// Why a command did nothing, in English.
struct GatewayFailure: UserFacingError {
    let message: String

    init(_ message: String) { self.message = message }
}

// MARK: The errors of other modules

extension Options.UsageError: UserFacingError {
    var exitCode: Int32 { ExitCode.usage }
}

extension DomainError: UserFacingError {
    var message: String { description }
}

extension HTTPServer.Failure: UserFacingError {}
extension TLSMaterial.Failure: UserFacingError {}
extension TrustStore.Failure: UserFacingError {}
extension TurnServer.Failure: UserFacingError {}
