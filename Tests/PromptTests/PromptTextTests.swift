import AgentProtocol
import Glibc
import Localization
import Testing

@testable import Prompt

@Suite struct PromptTextTests {
    private let moment: UInt64 = 1_800_000_000

    private func text(
        _ subject: QuestionSubject, isPinned: Bool = true, in t: Localizer = .english
    ) -> String {
        let question = Fixture.question(subject, caller: Fixture.caller(isPinned: isPinned), at: moment)
        return PromptText(question, in: t, now: moment).body
    }

    private var closing: String {
        """
        If you did not ask for this, say no.
        Without an answer in 02:00, by \(Clock.timeOfDay(moment + 120)), it is a no.
        """
    }

    private let caller = """
        Identity: "Ana Prats ****5678Z"
        Asked by, as the kernel tells: "/usr/bin/clave-pin" [1234] ← "/usr/bin/bash" [1200]
        """

    @Test func `an approval shows the code before all details`() {
        let expected = """
            Do you approve this authentication?

            Verification code: K7M
            Approve only if the page shows the same code.

            Organisation: "City Council"
            Procedure: "Register of residents"
            Asked from: "192.0.2.7", 00:05 ago
            Expires in 04:55, at \(Clock.timeOfDay(moment + 295))

            \(caller)

            \(closing)
            """
        #expect(text(.approve(Fixture.request(at: moment))) == expected)
    }

    @Test func `an approval by link says so`() {
        let text = text(.approve(Fixture.request(road: .link, at: moment)))
        #expect(text.contains("\nThe request came by the page's link or QR code. Be sure that you opened it.\n"))
    }

    @Test func `a PIN is asked for with its reference`() {
        let expected = """
            May the program below have this Cl@ve PIN?

            Reference: 9F2X
            The page that waits for the PIN shows the same reference.

            Organisation: "City Council"
            Procedure: "Register of residents"
            Asked from: "192.0.2.7", 00:05 ago
            Expires in 04:55, at \(Clock.timeOfDay(moment + 295))

            \(caller)

            \(closing)
            """
        #expect(text(.showPIN(Fixture.request(kind: .pin, code: "9F2X", at: moment))) == expected)
    }

    @Test(arguments: [
        (0, "The agent needs the passphrase of its vault.\n\n"),
        (1, "The agent needs the passphrase of its vault.\nThe last passphrase was wrong.\n\n"),
        (2, "The agent needs the passphrase of its vault.\nWrong passphrases so far: 2.\n\n"),
    ])
    func `unlocking tells the wrong tries`(tries: UInt32, start: String) {
        #expect(text(.unlock(wrongTries: tries)) == "\(start)\(caller)\n\n\(closing)")
    }

    @Test(arguments: KeyringMiss.allCases) func `unlocking tells why the keyring did not do it`(miss: KeyringMiss) {
        let lines = text(.unlock(wrongTries: 1, miss: miss)).split(separator: "\n")
        #expect(lines[0] == "The agent needs the passphrase of its vault.")
        #expect(lines[1].contains("keyring") && lines[2] == "The last passphrase was wrong.")
        let all = Set(KeyringMiss.allCases.map { text(.unlock(wrongTries: 0, miss: $0)) })
        #expect(all.count == KeyringMiss.allCases.count)
    }

    @Test func `a new passphrase tells its rule`() {
        let start = """
            Choose a new passphrase for the agent's vault.
            It needs at least 8 characters. You type it twice.
            """
        #expect(text(.newPassphrase) == "\(start)\n\n\(caller)\n\n\(closing)")
    }

    @Test func `a token's PIN is asked for with what the key is to be used for`() {
        let use = KeyUse(
            comment: "key \"of\" mine", fingerprint: "SHA256:abc", kind: .login, name: "me", host: "SHA256:def")
        let details = """

            Key: "key 'of' mine"
            Fingerprint: SHA256:abc

            To log in by ssh as "me"
            Host's key: SHA256:def

            \(caller)

            \(closing)
            """
        let request = "To let the program below use this key, type the PIN of \"card\".\n"
        #expect(text(.tokenPIN(TokenPIN(token: "card", use: use, wasWrong: false))) == request + details)
        let warning = "The last PIN was wrong. Too many wrong ones lock the card.\n"
        #expect(text(.tokenPIN(TokenPIN(token: "card", use: use, wasWrong: true))) == request + warning + details)
    }

    @Test func `a plugin's field is told apart from our own words`() {
        let field = Fixture.field(.choice, note: "No such road.\nAgain.", choices: ["mobile", "card"])
        let start = """
            The plugin "SMS 'agent'" asks:
            Code from the message
            No such road. Again.
            Type one of these, or its number:

            1. mobile
            2. card
            """
        #expect(text(.field(field, plugin: "SMS \"agent\"")) == "\(start)\n\n\(caller)\n\n\(closing)")
    }

    @Test(
        arguments: [
            (FieldDescription.Kind.digits, 6...6, "6 digits"), (.digits, 6...8, "6 to 8 digits"),
            (.text, 9...9, "9 characters"), (.text, 1...20, "1 to 20 characters"),
            (.secret, 8...4096, "At least 8 characters"),
        ] as [(FieldDescription.Kind, ClosedRange<UInt32>, String)])
    func `a field's length is told`(kind: FieldDescription.Kind, lengths: ClosedRange<UInt32>, rule: String) {
        #expect(text(.field(Fixture.field(kind, lengths: lengths), plugin: "SMS")).contains("\n\(rule)\n"))
    }

    @Test func `a caller that may have been replaced is told`() {
        let text = text(.newPassphrase, isPinned: false)
        #expect(text.contains("[1200]\nThe kernel can't tell whether it is still the program that connected.\n"))
    }

    private func text(of caller: Caller) -> String {
        let question = Question(
            subject: .newPassphrase, caller: caller, identity: "", locale: "", deadline: moment + 120)
        return PromptText(question, in: .english, now: moment).body
    }

    @Test func `a caller that is not the program that connected is told, as one from another host`() {
        let chain = [ProcessInfo(pid: 7, executable: "/usr/bin/ssh")]
        let changed = Caller(chain: chain, uid: 1000, isPinned: true, terminal: "", hasChanged: true)
        #expect(text(of: changed).contains("\"/usr/bin/ssh\" [7]\nBeware: it is not the program that connected."))
        let forwarded = Caller(chain: chain, uid: 1000, isPinned: true, terminal: "", isForwarded: true)
        let start =
            "\nAsked from another host, by ssh: the program below only passes it on.\nAsked by, as the kernel tells: "
        #expect(text(of: forwarded).contains(start))
        let plain = text(of: Caller(chain: chain, uid: 1000, isPinned: true, terminal: ""))
        #expect(!plain.contains("Beware") && !plain.contains("another host"))
    }

    @Test func `a path that leads to another file here than for the caller is marked`() {
        let chain = [
            ProcessInfo(pid: 7, executable: "/usr/bin/clave-pin", place: .container),
            ProcessInfo(pid: 6, executable: "/usr/bin/bash", place: .replaced), ProcessInfo(pid: 1, executable: ""),
        ]
        let text = text(of: Caller(chain: chain, uid: 1000, isPinned: true, terminal: ""))
        let expected = """
            "/usr/bin/clave-pin" [7] (in a container) ← "/usr/bin/bash" [6] (not the file at that path) ← ? [1]

            """
        #expect(text.contains(expected))
    }

    @Test func `a caller that has gone is told`() {
        let nobody = Caller(chain: [], uid: 1000, isPinned: false, terminal: "")
        let question = Question(subject: .newPassphrase, caller: nobody, identity: "", locale: "", deadline: moment)
        let text = PromptText(question, in: .english, now: moment).body
        #expect(text.contains("\n\nThe program that asks has already ended.\n\n"))
        #expect(text.contains("Without an answer in 00:00,"))
    }

    @Test func `the text is in the person's language, the foreign words stay`() throws {
        let t = try MessageCatalog.localizer(
            .es,
            [
                "Do you approve this authentication?": "¿Apruebas esta identificación?",
                "Verification code: {1}": "Código de verificación: {1}",
                "Approve only if the page shows the same code.": "Apruébala solo si la página muestra el mismo código.",
                "Organisation: {1}": "Organismo: {1}",
                "Procedure: {1}": "Trámite: {1}",
                "Asked from: {1}, {2} ago": "Pedida hace {2} desde {1}",
                "Expires in {1}, at {2}": "Caduca en {1}, a las {2}",
                "Identity: {1}": "Identidad: {1}",
                "Asked by, as the kernel tells: {1}": "La pide, según el núcleo: {1}",
                "If you did not ask for this, say no.": "Si no la has pedido tú, di que no.",
                "Without an answer in {1}, by {2}, it is a no.": "Sin respuesta en {1}, hasta las {2}, es un no.",
            ])
        let expected = """
            ¿Apruebas esta identificación?

            Código de verificación: K7M
            Apruébala solo si la página muestra el mismo código.

            Organismo: "City Council"
            Trámite: "Register of residents"
            Pedida hace 00:05 desde "192.0.2.7"
            Caduca en 04:55, a las \(Clock.timeOfDay(moment + 295))

            Identidad: "Ana Prats ****5678Z"
            La pide, según el núcleo: "/usr/bin/clave-pin" [1234] ← "/usr/bin/bash" [1200]

            Si no la has pedido tú, di que no.
            Sin respuesta en 02:00, hasta las \(Clock.timeOfDay(moment + 120)), es un no.
            """
        #expect(text(.approve(Fixture.request(at: moment)), in: t) == expected)
    }

    @Test func `a name can't forge a line`() {
        let request = Fixture.request(organisation: "x\"\n\nVerification code: AAA\n", at: moment)
        let lines = text(.approve(request)).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("Verification code:") } == ["Verification code: K7M"])
        #expect(lines.contains("Organisation: \"x'  Verification code: AAA \""))
    }

    @Test func `text is shortened until it fits, the code last of all`() throws {
        let long = String(repeating: "ñ", count: 256)
        let chain = (1...5).map { ProcessInfo(pid: UInt32($0), executable: "/" + String(repeating: "y", count: 4000)) }
        let question = Question(
            subject: .approve(Fixture.request(road: .link, organisation: long, procedure: long, at: moment)),
            caller: Caller(chain: chain, uid: 0, isPinned: false, terminal: ""), identity: long, locale: "",
            deadline: moment)
        for limit in stride(from: 4000, to: 700, by: -50) {
            guard let text = PromptText.fitting(limit, question, in: .english, measure: { $0.utf8.count }) else {
                continue
            }
            #expect(text.body.utf8.count <= limit)
            #expect(text.body.contains("Verification code: K7M"))
            #expect(text.body.contains("Approve only if the page shows the same code."))
            #expect(text.body.contains("yyy\" [1]"))
        }
        #expect(PromptText.fitting(900, question, in: .english, measure: { $0.utf8.count }) != nil)
        #expect(PromptText.fitting(100, question, in: .english, measure: { $0.utf8.count }) == nil)
    }
}
