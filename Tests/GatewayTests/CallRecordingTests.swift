import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `A recording of a call` {
    @Test func `is made with consent alone, piece after piece, and ends with the consent`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken()
        func put(_ place: Int, turn: Int64 = 1, by actor: Actor? = nil) throws -> RecordingService.PieceOutcome {
            try services.recordings.keep([7], place: place, of: id, turn: turn, by: actor ?? office.first)
        }
        #expect(try put(0) == .noConsent)
        #expect(try services.calls.consent(token, true))
        #expect(try put(1) == .misplaced)
        #expect(try put(0) == .kept)
        #expect(try put(2) == .misplaced)
        #expect(try put(1, turn: 2) == .over)
        #expect(try put(1, by: office.second) == .over)
        #expect(try put(1) == .kept)
        #expect(try put(1) == .misplaced)
        // After a line that was cut it begins anew.
        #expect(try put(0) == .kept)
        #expect(try put(2) == .misplaced)
        #expect(try put(1) == .kept)
        #expect(try put(CallRules.pieces) == .misplaced)
        let long = [UInt8](repeating: 1, count: CallRules.pieceLength + 1)
        #expect(try services.recordings.keep(long, place: 2, of: id, turn: 1, by: office.first) == .misplaced)
        #expect(try services.calls.consent(token, false))
        #expect(try put(2) == .noConsent)
        #expect(try office.approve(id) == .done)
        #expect(try services.reviews.waiting().isEmpty)
    }

    @Test func `lies sealed on the disk, and opens for a reviewer alone`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, _) = try office.taken(consents: true)
        let pieces = [[UInt8]("\u{1A}E webm, first".utf8), [UInt8]("second".utf8)]
        for (place, piece) in pieces.enumerated() {
            #expect(try services.recordings.keep(piece, place: place, of: id, turn: 1, by: office.first) == .kept)
        }
        #expect(try services.recordings.open(of: id, by: office.second) == nil)
        #expect(try office.approve(id) == .done)
        #expect(try services.recordings.open(of: id, by: office.first) == nil)
        #expect(try services.recordings.open(of: id, by: .owner) == nil)
        #expect(try services.recordings.open(of: id, by: office.second) == pieces[0] + pieces[1])
        for name in try FileManager.default.contentsOfDirectory(atPath: office.sandbox.folder) {
            let data = FileManager.default.contents(atPath: "\(office.sandbox.folder)/\(name)") ?? Data()
            for piece in pieces { #expect(data.range(of: Data(piece)) == nil, "\(name)") }
        }
        try services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE recordings SET place = 1 - place + 10")
            _ = try database.run("UPDATE recordings SET place = place - 10")
        }
        #expect(try services.recordings.open(of: id, by: office.second) == nil)
    }

    @Test func `is gone with a call that is rejected, given back, or of somebody who is removed`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, _) = try office.taken(consents: true)
        #expect(try services.recordings.keep([1], place: 0, of: id, turn: 1, by: office.first) == .kept)
        #expect(try services.callDesk.release(id, by: office.first) == .done)
        #expect(try office.pieces() == 0)
        #expect(try services.callDesk.take(id, by: office.first) == .done)
        #expect(try services.recordings.keep([1], place: 0, of: id, turn: 2, by: office.first) == .kept)
        #expect(try services.callDesk.reject(id, .faceDiffers, by: office.first) == .done)
        #expect(try office.pieces() == 0)
        _ = try office.recorded()
        #expect(try office.pieces() == 1)
        let person = try office.register()
        #expect(try services.removals.remove(person.document, .renunciation, by: .owner) == .done)
        #expect(try office.pieces() == 0)
    }

    @Test func `is gone with the operator's page, also where nobody looks at the call again`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, _) = try office.taken(consents: true)
        #expect(try services.recordings.keep([1], place: 0, of: id, turn: 1, by: office.first) == .kept)
        office.sandbox.pass(Call.operatorPresence + 1)
        try services.sweeper.sweep()
        #expect(try office.pieces() == 0)
        office.sandbox.pass(Call.patience)
        try services.sweeper.sweep()
        #expect(try services.callDesk.file(id)?.state == .missed)
        office.sandbox.pass(CallRules.life + 1)
        try services.sweeper.sweep()
        #expect(try services.callDesk.file(id) == nil)
    }

    @Test func `that nobody reviews in thirty days is deleted, and the level stays`() throws {
        let office = try CallOffice()
        let id = try office.recorded()
        _ = try office.register()
        office.sandbox.pass(CallRules.recordingLife + 1)
        try office.sandbox.services.sweeper.sweep()
        #expect(try office.sandbox.services.reviews.waiting().isEmpty)
        #expect(try office.sandbox.services.recordings.open(of: id, by: office.second) == nil)
        #expect(try office.sandbox.services.reviews.accept(id, by: office.second) == .callOver)
        #expect(try office.newcomer.registered()?.level == .basic)
        try office.sandbox.services.sweeper.sweep()
        #expect(try office.sandbox.services.callDesk.file(id) == nil)
    }
}

@Suite struct `A review of a call` {
    @Test func `raises the level, before phone and e-mail are there or after`() throws {
        for isEarly in [true, false] {
            let office = try CallOffice()
            let id = try office.recorded()
            if !isEarly { #expect(try office.register().level == .basic) }
            #expect(try office.sandbox.services.reviews.waiting().map(\.call.id) == [id])
            #expect(try office.sandbox.services.reviews.accept(id, by: office.second) == .done)
            if isEarly { _ = try office.register() }
            #expect(try office.newcomer.registered()?.level == .advanced)
            #expect(try office.sandbox.services.reviews.accept(id, by: office.second) == .callOver)
            #expect(try office.sandbox.services.reviews.waiting().isEmpty)
        }
    }

    @Test func `waits where it is seen, however many calls were made after its own`() throws {
        let office = try CallOffice()
        let id = try office.recorded()
        let services = office.sandbox.services
        let person = try #require(try services.callDesk.file(id)).call.person
        let now = services.clock.now()
        try services.store.write { (tx) throws(StoreError) in
            for number in 0...1000 {
                let key = Array("\(number)".utf8)
                let call = NewCall(
                    token: key, session: key, signingKey: key, sealingKey: key, person: person, isRight: true,
                    start: now)
                try tx.calls.book(call, at: now)
            }
        }
        #expect(try services.callDesk.newest().count == 1000)
        #expect(try services.reviews.waiting().map(\.call.id) == [id])
    }

    @Test func `that rejects removes the person, whose device is told, or ends what they have begun`() throws {
        let office = try CallOffice()
        let id = try office.recorded()
        _ = try office.register()
        let told = office.sandbox.reactor.told.withLock(\.count)
        #expect(try office.sandbox.services.reviews.reject(id, by: office.second) == .done)
        #expect(try office.newcomer.registered() == nil)
        #expect(office.sandbox.reactor.told.withLock(\.count) == told + 1)
        #expect(office.newcomer.device.status(office.newcomer.device.call("GET", Push.path)) == 403)
        let early = try CallOffice()
        let other = try early.recorded()
        #expect(try early.newcomer.contact() == .accepted)
        #expect(try early.sandbox.services.reviews.reject(other, by: early.second) == .done)
        #expect(try early.newcomer.confirm().outcome == .over)
        #expect(try early.newcomer.registered() == nil)
    }

    @Test func `is another operator's, and not the person's`() throws {
        let office = try CallOffice()
        let id = try office.recorded()
        let services = office.sandbox.services
        #expect(try services.reviews.accept(id, by: office.first) == .ownReview)
        #expect(try services.reviews.reject(id, by: office.first) == .ownReview)
        _ = try office.register()
        let document = try NationalDocument(parsing: Newcomer.document)
        _ = try services.records.change(document, .init(level: .advanced), by: .owner)
        #expect(try services.operators.set(document, true) == .done)
        let own = try CallOffice.desk(office.sandbox, Newcomer.document)
        #expect(try services.reviews.accept(id, by: own) == .ownRecord)
        #expect(try services.reviews.waiting().count == 1)
    }

    @Test func `touches nobody who has registered anew by another way`() throws {
        let office = try CallOffice()
        let id = try office.recorded()
        let person = try office.register()
        // As a review that waits while the person goes and comes back in person: the row number is used again.
        try office.sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE citizens SET way = 'desk' WHERE id = ?", .integer(person.id))
        }
        #expect(try office.sandbox.services.reviews.reject(id, by: office.second) == .done)
        #expect(try office.newcomer.registered() != nil)
    }
}

@Suite struct `What two browsers tell each other` {
    @Test func `is heard by the other side in order, within its turn`() {
        let signals = Signals()
        #expect(signals.put("a", from: .person, of: 1, turn: 1))
        #expect(signals.put("b", from: .person, of: 1, turn: 1))
        #expect(signals.put("c", from: .operator, of: 1, turn: 1))
        #expect(Array(signals.words(of: .person, in: 1, turn: 1, after: 0)) == ["a", "b"])
        #expect(Array(signals.words(of: .person, in: 1, turn: 1, after: 1)) == ["b"])
        #expect(signals.words(of: .operator, in: 2, turn: 1, after: 0).isEmpty)
        #expect(signals.put("d", from: .operator, of: 1, turn: 2))
        #expect(signals.words(of: .person, in: 1, turn: 2, after: 0).isEmpty)
        #expect(!signals.put("late", from: .person, of: 1, turn: 1))
        signals.end(1)
        #expect(signals.words(of: .operator, in: 1, turn: 2, after: 0).isEmpty)
    }

    @Test func `has limits`() {
        let signals = Signals()
        #expect(!signals.put(String(repeating: "a", count: Signals.maximumLength + 1), from: .person, of: 1, turn: 1))
        #expect(!signals.put("two\nlines", from: .person, of: 1, turn: 1))
        var count = 0
        while signals.put("x", from: .person, of: 1, turn: 1) { count += 1 }
        #expect(count == Signals.maximumWords && signals.put("y", from: .operator, of: 1, turn: 1))
        #expect(signals.words(of: .person, in: 1, turn: 1, after: -5).count == count)
        let long = String(repeating: "a", count: Signals.maximumLength)
        while signals.put(long, from: .operator, of: 2, turn: 1) {}
        let bytes = signals.words(of: .operator, in: 2, turn: 1, after: 0).map(\.utf8.count).reduce(0, +)
        #expect(bytes == Signals.maximumBytes)
    }

    @Test func `of a call that nobody has ended is forgotten when there are too many`() {
        let signals = Signals()
        for call in 1...Int64(Signals.maximumCalls) { #expect(signals.put("x", from: .person, of: call, turn: 1)) }
        #expect(signals.put("y", from: .operator, of: 1, turn: 1))
        #expect(signals.put("x", from: .person, of: 999, turn: 1))
        #expect(signals.words(of: .person, in: 2, turn: 1, after: 0).isEmpty)
        for call in [1, 3, 999] as [Int64] { #expect(!signals.words(of: .person, in: call, turn: 1, after: 0).isEmpty) }
    }
}
