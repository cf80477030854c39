import ClaveDomain
import Dispatch
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// The limits of codes hold whoever guesses, from wherever, and however often the gateway is started meanwhile.
@Suite struct `Codes that are guessed` {
    @Test func `from five addresses, with the gateway restarted between them, void the letter`() throws {
        var newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        let code = newcomer.code
        for index in 0..<5 {
            try newcomer.restart(index)
            #expect(try newcomer.redeem("AAAABBBBCCCCDDDD") == .wrong)
        }
        try newcomer.restart(5)
        #expect(try newcomer.redeem(code) == .wrong)
    }

    @Test func `four times leave the letter good`() throws {
        var newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        let code = newcomer.code
        for index in 0..<4 {
            try newcomer.restart(index)
            #expect(try newcomer.redeem("AAAABBBBCCCCDDDD") == .wrong)
        }
        #expect(try newcomer.redeem(code) == .accepted)
    }

    @Test func `are counted on document and address, over restarts, and alike for nobody's`() throws {
        for document in [Newcomer.document, "20000004D", Sandbox.document.text] {
            var newcomer = try Newcomer(try Sandbox())
            for _ in 0..<10 {
                try newcomer.restart(0)
                #expect(try newcomer.redeem("AAAABBBBCCCCDDDD", newcomer.person(document)) == .wrong)
            }
            try newcomer.restart(0)
            #expect(try newcomer.redeem("AAAABBBBCCCCDDDD", newcomer.person(document)) == .tooMany)
            // A clock that jumps back frees nobody.
            newcomer.sandbox.jump(-3600)
            #expect(try newcomer.redeem("AAAABBBBCCCCDDDD", newcomer.person(document)) == .tooMany)
            // One that was far ahead shuts nobody out for so long.
            newcomer.sandbox.jump(-2 * 86_400)
            #expect(try newcomer.redeem("AAAABBBBCCCCDDDD", newcomer.person(document)) == .wrong)
            newcomer.sandbox.jump(2 * 86_400 + 3600)
        }
    }

    @Test func `of the phone end the session's code, also the right one`() throws {
        var newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.contact() == .accepted)
        let right = try #require(newcomer.sandbox.telephone.last("[0-9]{6}"))
        let wrong = right == "000000" ? "000001" : "000000"
        for index in 0..<5 {
            try newcomer.restart(index)
            let answer = try newcomer.confirm(wrong)
            #expect(answer.outcome == (index < 4 ? .wrongCode : .over), "\(index)")
        }
        #expect(try newcomer.confirm(right).outcome == .over)
        #expect(try newcomer.registered() == nil)
        // The letter is good still: what was guessed was the phone's code.
        #expect(try newcomer.contact() == .accepted)
        #expect(try newcomer.confirm().outcome == .accepted)
    }

    @Test func `by SMS activate nothing after five`() throws {
        var sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        try device.askCode()
        let right = try #require(sandbox.telephone.last("[0-9]{6}"))
        let wrong = right == "000000" ? "000001" : "000000"
        for index in 0..<5 {
            sandbox = try Sandbox(folder: sandbox.folder)
            device.sandbox = sandbox
            device.address = "192.0.2.\(index + 1)"
            #expect(try device.finish(wrong).isGranted == false)
        }
        #expect(try device.finish(right).isGranted == false)
    }

    @Test func `of PINs, twenty in a day by who knows the data, let no PIN in until the next, and say so`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        for _ in 0..<10 {
            let visit = try sandbox.visit()
            #expect(try sandbox.askPIN(visit) == .accepted)
            let right = try #require(try device.pin())
            for _ in 0..<2 { #expect(try sandbox.enter(visit, right == "AAA" ? "BBB" : "AAA") != .entered) }
            sandbox.pass(600)
        }
        let visit = try sandbox.visit()
        #expect(try sandbox.askPIN(visit) == .blocked(seconds: 86_400 - 6000))
        sandbox.pass(86_400)
        let later = try sandbox.visit()
        #expect(try sandbox.askPIN(later) == .accepted)
        #expect(try sandbox.enter(later, try #require(try device.pin())) == .entered)
    }

    @Test(arguments: [Sandbox.datum, Sandbox.wrong])
    func `of PINs get the same answers for right data and wrong ones`(datum: ContrastDatum) throws {
        let sandbox = try Sandbox()
        for _ in 0..<6 {
            let visit = try sandbox.visit()
            #expect(try sandbox.askPIN(visit, datum) == .accepted)
            for outcome in [EntryOutcome.wrong(triesLeft: 2), .wrong(triesLeft: 1), .over] {
                #expect(try sandbox.enter(visit, "not a PIN") == outcome)
            }
        }
        let visit = try sandbox.visit()
        #expect(try sandbox.askPIN(visit, datum) == .accepted)
        for left in [2, 1] { #expect(try sandbox.enter(visit, "not a PIN") == .wrong(triesLeft: left)) }
        #expect(try sandbox.enter(visit, "not a PIN") == .blocked(seconds: 86_400))
        #expect(try sandbox.askPIN(try sandbox.visit(), datum) == .blocked(seconds: 86_400))
        let browser = Visitor(sandbox)
        browser.send("POST", "/procedure/padro")
        let token = try #require(browser.token(of: "/gateway/pin/document", on: "/gateway/pin"))
        let fields = "form=\(token)&document=\(Sandbox.document.text)&datum=\(datum.canonicalText)"
        let page = browser.send("POST", "/gateway/pin/request", form: fields)
        #expect(page.status == 429 && page.text.contains("Cl@ve PIN works again in 24 hours"), "\(page.text)")
    }

    @Test func `of PINs by who knows the document alone keep its person out of nothing`() throws {
        let sandbox = try Sandbox()
        for _ in 0..<7 {
            let visit = try sandbox.visit()
            #expect(try sandbox.askPIN(visit, Sandbox.wrong) == .accepted)
            for _ in 0..<3 { #expect(try sandbox.enter(visit, "not a PIN") != .entered) }
        }
        let mine = try sandbox.visit()
        #expect(try sandbox.askPIN(mine) == .accepted)
        let pin = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3)
        #expect(try sandbox.enter(mine, String(pin)) == .entered)
    }

    @Test func `of a PIN close the visit after three, over restarts`() throws {
        var sandbox = try Sandbox()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let right = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3)
        let wrong = right == "AAA" ? "BBB" : "AAA"
        for outcome in [EntryOutcome.wrong(triesLeft: 2), .wrong(triesLeft: 1), .over] {
            sandbox = try Sandbox(folder: sandbox.folder)
            #expect(try sandbox.enter(visit, wrong) == outcome)
        }
        #expect(try sandbox.enter(visit, String(right)) == .over)
    }
}

/// Who registers in two places at once is registered once.
@Suite struct `Two registrations at once` {
    /// Runs acts on threads that begin together.
    private func race<Value: Sendable>(_ acts: [@Sendable () -> Value]) -> [Value] {
        let results = Mutex<[Value]>([])
        DispatchQueue.concurrentPerform(iterations: acts.count) { index in
            let value = acts[index]()
            results.withLock { $0.append(value) }
        }
        return results.withLock { $0 }
    }

    /// A device that wanders between threads, one at a time.
    private struct Wanderer: @unchecked Sendable {
        let newcomer: Newcomer
        func confirm(_ code: String) -> (outcome: RegistrationOutcome?, isGranted: Bool) {
            let answer = try? newcomer.confirm(code)
            return (answer?.outcome, answer?.isGranted == true)
        }
        func letter() -> RegistrationOutcome? {
            try? newcomer.device.register(Registration.letterStep, newcomer.person().secretBytes).outcome
        }
    }

    @Test(arguments: 0..<10)
    func `with the same letter are one`(_: Int) throws {
        let sandbox = try Sandbox()
        let first = try Newcomer(sandbox)
        _ = try first.letter()
        let second = try Newcomer(sandbox)
        var codes: [String] = []
        for (newcomer, phone) in [(first, "+34611222333"), (second, "+34611222444")] {
            #expect(try newcomer.redeem(first.code) == .accepted)
            #expect(try newcomer.contact(phone) == .accepted)
            codes.append(try #require(sandbox.telephone.last("[0-9]{6}")))
        }
        let both = [Wanderer(newcomer: first), Wanderer(newcomer: second)]
        let outcomes = race([0, 1].map { index in { [codes] in both[index].confirm(codes[index]) } })
        #expect(outcomes.count { $0.outcome == .accepted && $0.isGranted } == 1, "\(outcomes)")
        #expect(outcomes.count { $0.isGranted } == 1)
        let rows = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run(
                "SELECT (SELECT count(*) FROM citizens WHERE document = ?), (SELECT count(*) FROM devices WHERE is_active = 1)",
                .text(Newcomer.document))[0]
        }
        #expect(rows.integer(0) == 1 && rows.integer(1) == 1)
    }

    @Test(arguments: 0..<10)
    func `that ask for letters leave one that is good`(_: Int) throws {
        let sandbox = try Sandbox()
        let all = try (0..<4).map { _ in Wanderer(newcomer: try Newcomer(sandbox)) }
        #expect(race(all.map { wanderer in { wanderer.letter() } }).allSatisfy { $0 == .accepted })
        try sandbox.services.letterPrinting?.printLetters()
        let live = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*), sum(state = 0) FROM letters")[0]
        }
        // Three a month.
        #expect(live.integer(0) == 3 && live.integer(1) == 1)
        #expect(try all[0].newcomer.redeem(all[0].newcomer.code) == .accepted)
    }
}
