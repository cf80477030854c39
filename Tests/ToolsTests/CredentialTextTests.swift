import AgentProtocol
import Localization
import Testing

@testable import Tools

@Suite struct `A credential in words` {
    @Test(arguments: [
        ("M1234567L", "  NIF: M1234567L"), ("12345678Z", "  DNI or NIE: 12345678Z"),
        ("X1234567L", "  DNI or NIE: X1234567L"),
    ])
    func `calls a tax number NIF, and the others DNI or NIE`(document: String, line: String) {
        let text = CredentialCommand.text(
            CredentialInfo(reference: "pkcs11:id=%01", title: "Card", document: document), .english)
        #expect(text.split(separator: "\n").contains(Substring(line)), "\(text)")
    }
}
