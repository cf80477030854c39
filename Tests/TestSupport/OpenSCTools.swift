import Foundation
import Glibc
import Posix

/// OpenSC's tools, as Debian has them, at a card service of one's own.
public final class OpenSCTools: Sendable {
    /// OpenSC's PKCS#11 library.
    public static let module = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
    private static let library = "/usr/lib/x86_64-linux-gnu/libopensc.so.8"
    /// Whether all is installed that this needs of the system.
    public static let isInstalled = [
        "/usr/sbin/pcscd", "/usr/bin/opensc-tool", "/usr/bin/pkcs11-tool", "/usr/bin/openssl", module, library,
        "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    ].allSatisfy { (path: String) in access(path, F_OK) == 0 }

    private let service: CardService
    /// Its configuration and what it keeps.
    private let folder: String

    /// - Parameters:
    ///   - folder: is there.
    ///   - options: lines for its configuration.
    public init(_ service: CardService, folder: String, options: String = "") throws {
        (self.service, self.folder) = (service, folder)
        // Without its line OpenSC would ask whether it may sign, in a window.
        let configuration = """
            app default {
              card_drivers = dnie;
              card_driver dnie { user_consent_enabled = no; }
              \(options)
            }

            """
        try Files.replace(folder + "/opensc.conf", with: Array(configuration.utf8))
    }

    /// What its programs need.
    public var environment: [String: String] {
        service.environment.merging([
            "OPENSC_CONF": folder + "/opensc.conf", "PATH": "/usr/bin:/bin", "HOME": folder,
        ]) { $1 }
    }

    /// Runs one of the tools.
    public func run(_ tool: String, _ arguments: [String], variables: [String: String] = [:]) -> Outcome {
        runProgram("/usr/bin/" + tool, arguments, environment: environment.merging(variables) { $1 })
    }

    /// A copy of OpenSC's library that knows a card's test root instead of a real one: its modulus lies once in the
    /// file. All that the library verifies stays, but for whom it believes.
    ///
    /// - Parameters:
    ///   - root: the test root's public key, PEM.
    ///   - modulus: the real one's.
    /// - Returns: the variable that has programs use the copy, which lies in the folder.
    public func believe(_ root: String, insteadOf modulus: [UInt8]) throws -> [String: String] {
        var bytes = try Data(contentsOf: URL(filePath: Self.library))
        let other = Data(hexadecimal: run("openssl", ["rsa", "-pubin", "-in", root, "-noout", "-modulus"]).output)
        guard let place = bytes.range(of: Data(modulus)), other.count == modulus.count,
            bytes.range(of: Data(modulus), in: place.upperBound..<bytes.endIndex) == nil
        else { throw NoSuchRoot() }
        bytes.replaceSubrange(place, with: other)
        try bytes.write(to: URL(filePath: folder + "/libopensc.so.8"))
        return ["LD_LIBRARY_PATH": folder]
    }
}

/// The library has not that root, or more than once; or the other is none of the same length.
public struct NoSuchRoot: Error {}

extension Data {
    /// The bytes of the digits behind `Modulus=`.
    fileprivate init(hexadecimal text: String) {
        let digits = text.split(separator: "=").last.map { $0.compactMap(\.hexDigitValue) } ?? []
        self.init(stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
