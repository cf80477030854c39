import ClaveDomain
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices

/// A folder for letters, and a reader of what lies in it.
final class Tray: Sendable {
    let folder = NSTemporaryDirectory() + "clave-tray-" + UUID().uuidString
    let lines = Mutex<[String]>([])

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func outbox(limit: Int = PrintOutbox.usualLimit) -> PrintOutbox {
        PrintOutbox(folder: folder, sender: "Sandbox gateway", limit: limit) { line in
            self.lines.withLock { $0.append(line) }
        }
    }

    static func letter(
        _ number: Int64 = 1, _ code: String = "ABCD2345EFGH6789", address: [String] = ["Carrer de Mostra, 1"]
    ) throws -> PrintedLetter {
        PrintedLetter(
            number: number, name: "NÚRIA NOVA", address: address, code: try LetterCode(parsing: code),
            sentAt: 1_800_000_000, expiresAt: 1_800_000_000 + 60 * 86_400, language: "en")
    }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? [] }

    func text(_ name: String) throws -> String {
        let outcome = runProgram("/usr/bin/pdftotext", ["-layout", "\(folder)/\(name)", "-"], environment: [:])
        try #require(outcome.code == 0, "\(outcome.errors)")
        return outcome.output
    }

    /// The code of the only letter.
    func code() throws -> String {
        let text = try text(try #require(names.first))
        let code = try #require(text.firstMatch(of: /[A-Z0-9]{4}( [A-Z0-9]{4}){3}/))
        return code.output.0.filter { $0 != " " }
    }
}

/// Somebody who wants to be registered.
struct Addressee {
    let device: TestDevice
    let datum: PersonDatum

    /// Puts them into the census.
    init(
        _ sandbox: Sandbox, document: String = "20000002F", address: [String] = ["Carrer de Mostra, 1", "00001 Proves"]
    ) throws {
        device = TestDevice(sandbox)
        datum = PersonDatum(document: document, datumKind: "validity", datum: "05-05-2033", language: "ca")
        try sandbox.services.census.add(
            try NationalDocument(parsing: document),
            name: FullName(given: try PersonName(parsing: "Núria"), surname: try PersonName(parsing: "Nova")),
            datum: try ContrastDatum(kindName: "validity", canonicalText: "05-05-2033"), address: address,
            language: "ca")
    }

    func ask() throws -> RegistrationOutcome? {
        try device.register(Registration.letterStep, datum.secretBytes).outcome
    }

    func redeem(_ code: String) throws -> RegistrationOutcome? {
        let proof = LetterProof(person: datum, code: SecretBytes(copying: Array(code.utf8).span.bytes))
        return try device.register(Registration.codeStep, proof.secretBytes).outcome
    }
}
