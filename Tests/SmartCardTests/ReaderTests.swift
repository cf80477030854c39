import Glibc
import TestSupport
import Testing

/// A list with one card in the first slot, or none.
private func line(_ card: String = "none", _ second: String = "none") -> String {
    "2 readers; \(Sample.names[0]): \(card); \(Sample.names[1]): \(second)"
}

@Suite struct `A computer's card readers` {
    @Test func `are listed with what is in them`() throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == line())
        let card = try service.insert(test: Sample.t1, slot: 1)
        try tester.seesCard(Sample.t1)
        #expect(try tester.ask("list") == line("none", Sample.t1))
        card.end()
    }

    @Test func `wake who waits when a card comes and when it goes`() throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == line())
        #expect(try tester.ask("change") == "waiting")
        let card = try service.insert(test: Sample.t0)
        #expect(tester.hear() == line(Sample.t0))
        #expect(try tester.ask("change") == "waiting")
        card.end()
        #expect(tester.hear() == line())
    }

    @Test func `tell at once of a card that came before the wait`() throws {
        let service = try CardService()
        let (tester, other) = (try Tester(service), try Tester(service))
        #expect(try tester.ask("list") == line())
        let card = try service.insert(test: Sample.t0)
        try other.seesCard(Sample.t0)
        #expect(try tester.ask("change") == "waiting")
        #expect(tester.hear() == line(Sample.t0))
        card.end()
    }

    @Test func `do not wake who waits when a program only uses a card`() throws {
        let service = try CardService()
        let card = try service.insert(test: Sample.t0)
        let (tester, other) = (try Tester(service), try Tester(service))
        try tester.seesCard(Sample.t0)
        #expect(try tester.ask("change 1500") == "waiting")
        #expect(try other.ask("connect 0 5000") == "t0 \(Sample.t0)")
        #expect(try other.ask("close") == "closed")
        #expect(tester.hear() == "timedOut")
        card.end()
    }

    @Test func `end a wait when its time is over`() throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == line())
        #expect(try tester.ask("change 200") == "waiting")
        #expect(tester.hear() == "timedOut")
    }

    @Test func `end a wait when it is cancelled, whenever that is`() throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == line())
        for _ in 0..<40 {
            #expect(try tester.ask("cancel") == "waiting")
            #expect(tester.hear() == "cancelled")
        }
        #expect(try tester.ask("list") == line())
    }

    @Test func `are none where there is no reader, and the wait goes on`() throws {
        let service = try CardService(hasReader: false)
        let tester = try Tester(service)
        #expect(try tester.ask("list") == "0 readers; ")
        #expect(try tester.ask("change 200") == "waiting")
        #expect(tester.hear() == "timedOut")
        #expect(try tester.ask("connect 0 5000") == "readerGone")
    }

    @Test func `are not to be had without the card service`() throws {
        let service = try CardService()
        service.stop()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == "noService")
        #expect(try tester.ask("connect 0 5000") == "noService")
    }

    @Test func `end a wait when the card service ends`() throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list") == line())
        #expect(try tester.ask("change") == "waiting")
        service.stop(SIGKILL)
        #expect(tester.hear() == "serviceStopped")
    }

    @Test func `tell of a card that another program has for itself alone`() throws {
        let service = try CardService()
        let card = try service.insert(test: Sample.t0)
        let (tester, other) = (try Tester(service), try Tester(service))
        try tester.seesCard(Sample.t0)
        #expect(try other.ask("exclusive 0") == "0")
        #expect(try tester.ask("list") == line(Sample.t0 + ", held"))
        #expect(try tester.ask("connect 0 300").contains("pid: \(other.child.pid), name: \"clave-card-test\""))
        other.child.end(SIGKILL)
        #expect(try tester.ask("connect 0 20000") == "t0 \(Sample.t0)")
        card.end()
    }
}
