import ClaveDomain
import Dispatch
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `Looking at a call` {
    /// A call as its row stands, whatever time has brought.
    private func written(_ office: CallOffice, _ id: Int64) throws -> Call? {
        try office.sandbox.services.store.read { (tx) throws(StoreError) in
            try tx.calls.call(id, at: Moment(now: 0, isCertain: false))
        }
    }

    @Test func `is answered while somebody else writes, as long as there is nothing to write`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken()
        let visitor = Visitor(office.sandbox)
        let page = "/call/\(base64URL(token))"
        let (begun, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let isHeld = Atomic<Bool>(true)
        Thread.detachNewThread {
            try? services.store.write { (_) throws(StoreError) in
                begun.signal()
                // Whoever waits for this write waits until it gives up, and finds that it has.
                if release.wait(timeout: .now() + 30) == .timedOut { isHeld.store(false, ordering: .relaxed) }
            }
        }
        begun.wait()
        defer { release.signal() }
        #expect(visitor.send("GET", page).status == 200)
        #expect(visitor.send("GET", "\(page)/state").text.contains("running"))
        #expect(try services.callDesk.live().map(\.call.id) == [id])
        #expect(try services.callDesk.newest().map(\.call.id) == [id])
        #expect(try services.callDesk.keep(id, by: office.first)?.call.id == id)
        #expect(try services.reviews.waiting().isEmpty)
        let isStillHeld = isHeld.load(ordering: .relaxed)
        #expect(isStillHeld)
    }

    @Test func `notes an open page once in five seconds, and an operator's once in ten`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken()
        let start = services.clock.now()
        for second in 1...Call.operatorPresence / 6 {
            office.sandbox.pass(1)
            try office.open(token)
            #expect(try services.callDesk.keep(id, by: office.first) != nil)
            let call = try #require(try written(office, id))
            let step = Call.presence / 4
            #expect(call.seenAt == start + second / step * step)
            #expect(call.holderSeenAt == (second < Call.operatorPresence / 6 ? start : start + second))
        }
        // A page that is only shown is not open.
        office.sandbox.pass(Call.presence)
        let seen = try written(office, id)?.seenAt
        _ = try services.calls.view(token, isOpen: false)
        #expect(try written(office, id)?.seenAt == seen)
    }

    @Test func `finds that its operator has gone, and writes nothing`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken(consents: true)
        #expect(try services.recordings.keep([1], place: 0, of: id, turn: 1, by: office.first) == .kept)
        office.sandbox.pass(Call.operatorPresence + 1)
        #expect(try services.calls.view(token, isOpen: false)?.progress.state == .due)
        #expect(try office.progress()?.state == .due)
        #expect(try services.callDesk.live().map(\.state) == [.due])
        #expect(try services.callDesk.file(id)?.state == .due)
        #expect(try services.callDesk.keep(id, by: office.first) == nil)
        #expect(try services.recordings.keep([2], place: 1, of: id, turn: 1, by: office.first) == .over)
        #expect(try office.approve(id) == .callOver)
        #expect(try written(office, id)?.state == .running)
        #expect(try office.pieces() == 1)
        #expect(try services.sweeper.sweep())
        #expect(try written(office, id)?.state == .waiting)
        #expect(try office.pieces() == 0)
    }

    @Test func `finds it missed, and writes nothing, not even that its page is open`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let token = try CallOffice.token(try office.book().1)
        let id = try #require(try office.open(token)).call.id
        let seen = try written(office, id)?.seenAt
        office.sandbox.pass(Call.patience + 1)
        #expect(try office.open(token)?.progress.state == .missed)
        #expect(try services.callDesk.live().isEmpty)
        #expect(try services.callDesk.newest().map(\.state) == [.missed])
        #expect(try !services.calls.consent(token, true))
        #expect(try written(office, id)?.state == .waiting && written(office, id)?.seenAt == seen)
        #expect(try services.sweeper.sweep())
        #expect(try written(office, id)?.state == .missed)
        #expect(try written(office, id)?.endedAt == services.clock.now())
    }

    @Test func `of which the operator was gone lets them take another, and their own again`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken()
        let other = TestDevice(office.sandbox)
        let page = try CallOffice.token(try office.book(0, office.newcomer.person("87654321X"), other).1)
        let next = try #require(try office.open(page)).call.id
        office.sandbox.pass(Call.operatorPresence + 1)
        for token in [token, page] { try office.open(token) }
        // Nobody has swept: by its row the operator holds the first one.
        #expect(try written(office, id)?.state == .running)
        #expect(try services.callDesk.take(next, by: office.first) == .done)
        #expect(try written(office, id)?.state == .waiting)
        #expect(try services.callDesk.take(id, by: office.first) == .otherCall)
        #expect(try services.callDesk.release(next, by: office.first) == .done)
        #expect(try services.callDesk.take(id, by: office.first) == .done)
    }

    @Test func `from a command does not decide that its time is over`() throws {
        let office = try CallOffice()
        let (id, _) = try office.taken()
        office.sandbox.pass(Call.patience + 1)
        var settings = office.sandbox.services.settings
        settings.isCommand = true
        let now = office.sandbox.services.clock.now()
        let command = Services(
            store: office.sandbox.services.store, keys: try GatewayKeys(folder: office.sandbox.folder),
            settings: settings, sender: office.sandbox.telephone, clock: Clock(time: { now })
        ) { work in InlineReactor(work) }
        #expect(try command.callDesk.newest().map(\.state) == [.running])
        #expect(try office.sandbox.services.callDesk.newest().map(\.state) == [.missed])
        #expect(try command.callDesk.file(id)?.call.holder != 0)
    }
}
