import Foundation
import TestSupport
import Testing

/// A world with a virtual DNIe of Aina's, a card service with a virtual reader, and a gateway that trusts the card's
/// authorities.
final class CardWorld {
    let world: World
    let service: CardService
    let card: String
    private var inserted: Child?

    static let pin = "Prova123"
    static let can = "123456"

    init(_ generation: Int = 4, document: String = "12345678Z", trusted: Bool = true, hasReader: Bool = true) throws {
        world = try World(gateway: false, agent: false)
        service = try CardService(hasReader: hasReader)
        card = world.folder + "/card"
        let made = world.run(
            "clave-dnie-simulator",
            [
                "init", card, "--generation", "\(generation)", "--name", "AINA/PROVA/MOSTRA", "--document", document,
                "--pin", Self.pin, "--can", Self.can,
            ])
        try #require(made.code == 0, "\(made)")
        if trusted {
            try FileManager.default.copyItem(
                atPath: card + "/trust/component-root.pem",
                toPath: world.folder + "/config/clave-agent/dnie-test-roots.pem")
        }
        try world.startGateway(arguments: ["--trust-store", card + "/trust", "--revocation", "off"])
        try world.startAgent(environment: service.environment)
        try world.answer(field: "pin", Self.pin)
        try world.answer(field: "can", Self.can)
        try world.answer(field: "keep-can", "No")
        try world.answer(field: "last-try", "No")
    }

    /// Puts the card into the reader, or holds it to it.
    func insert(_ arguments: [String] = []) throws {
        inserted?.end()
        inserted = try service.insert(card, arguments, output: world.folder + "/card.log")
    }

    /// Puts it in, and waits until the service has seen it.
    func insertAndWait(_ arguments: [String] = []) throws {
        try insert(arguments)
        try eventually("the card to be in the reader") { diagnose().output.contains(": a card.") }
    }

    /// `clave-add -m dnie --diagnose`, which finds no agent.
    func diagnose(_ arguments: String...) -> Outcome {
        world.run(
            "clave-add", ["-m", "dnie", "--diagnose"] + arguments,
            environment: service.environment.merging(["CLAVE_AUTH_SOCK": "/nonexistent"]) { $1 })
    }

    /// `clave-add -m dnie --available`
    func available(_ arguments: String...) -> Outcome {
        world.run("clave-add", ["-m", "dnie", "--available"] + arguments)
    }

    /// Takes it away, and gives the service time to notice.
    func remove() {
        inserted?.end()
        inserted = nil
        usleep(1_500_000)
    }

    /// Tries of the PIN that the card has left.
    var triesLeft: Int? {
        let said = world.run("clave-dnie-simulator", ["status", card, "--json"])
        let facts = try? JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any]
        return facts?["pin-tries"] as? Int
    }

    func activate() -> Outcome { world.run("clave-add", ["-m", "dnie"]) }

    /// Signs a text by the card, and has OpenSSL look at the signature.
    func sign() throws {
        try "text\n".write(toFile: world.folder + "/text", atomically: true, encoding: .utf8)
        let signed = world.run(
            "clave-sign", ["-F", "cades", "--force", "-o", world.folder + "/text.p7s", world.folder + "/text"])
        try #require(signed.code == 0, "\(signed)")
        _ = try verify("text")
    }

    /// Has OpenSSL look at the signature beside a file in the world's folder.
    ///
    /// - Returns: the signer's name.
    func verify(_ name: String) throws -> String {
        let verified = world.run(
            "/bin/sh",
            [
                "-ec",
                """
                cd '\(world.folder)'
                cat card/trust/root.pem card/trust/intermediate.pem > issuers
                openssl cms -verify -cades -binary -inform DER -in '\(name).p7s' -content '\(name)' -CAfile issuers \
                    -purpose any -signer signer >/dev/null
                openssl x509 -in signer -noout -subject -nameopt utf8
                """,
            ])
        #expect(verified.code == 0 && verified.errors.contains("Verification successful"), "\(verified)")
        return verified.output
    }
}
