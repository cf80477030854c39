import Foundation
import GatewayAPI
import Testing

@testable import GatewayStore

/// The drawings of `contrib/doc/STATES.md`, made from the code.
@Suite struct `The states` {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../contrib/doc/STATES.md").standardizedFileURL

    @Test func `are drawn in the document as the code has them`() throws {
        let kept = (try? String(contentsOf: Self.file, encoding: .utf8)) ?? ""
        guard !kept.utf8.elementsEqual(Self.document.utf8) else { return }
        let fresh = NSTemporaryDirectory() + "STATES.md"
        try Data(Self.document.utf8).write(to: URL(filePath: fresh))
        Issue.record("contrib/doc/STATES.md is not what the code says. Renew it: cp \(fresh) \(Self.file.path)")
    }

    @Test(arguments: Call.State.allCases, Call.State.allCases)
    func `of a call follow each other as they may, and no others do`(former: Call.State, next: Call.State) throws {
        let samples = try CallSamples(.sqlite)
        let id = try samples.book(1)
        if ![.waiting, .cancelled, .missed].contains(former) { try samples.take(id) }
        if ![.waiting, .running].contains(former) { try bring(samples, id, to: former) }
        #expect(try samples.written(id)?.state == former)
        // Those that can't go on are left as they are, by a refusal or because they are not meant.
        try? bring(samples, id, to: next)
        #expect(try samples.written(id)?.state == (former.next.contains(next) ? next : former))
    }

    private func bring(_ samples: CallSamples, _ id: Int64, to state: Call.State) throws {
        switch state {
        case .waiting:
            try samples.store.write { (tx) throws(StoreError) in try tx.calls.giveBack(id) }
        case .running: try samples.take(id)
        case .approved:
            try samples.store.write { (tx) throws(StoreError) in
                try tx.calls.approve(id, isReviewed: false, at: 1010)
            }
        case .rejected:
            try samples.store.write { (tx) throws(StoreError) in try tx.calls.reject(id, .disturbed, at: 1010) }
        case .missed: try samples.settle(at: 100_000)
        case .cancelled:
            try samples.store.write { (tx) throws(StoreError) in try tx.calls.cancel(id, at: 1010) }
        }
    }

    @Test func `of a review are not left, and none begins with its end`() throws {
        let samples = try CallSamples(.sqlite)
        let id = try samples.book(1)
        func finish(_ review: Call.Review) throws {
            try samples.store.write { (tx) throws(StoreError) in try tx.calls.finishReview(id, review) }
        }
        try samples.take(id)
        #expect(throws: StoreError.self) { try finish(.accepted) }
        try samples.store.write { (tx) throws(StoreError) in try tx.calls.approve(id, isReviewed: true, at: 1010) }
        try finish(.rejected)
        #expect(throws: StoreError.self) { try finish(.accepted) }
        #expect(try samples.written(id)?.review == .rejected)
    }

    // MARK: The document

    private static var document: String {
        """
        # States in the gateway's store

        A test (`StateTests`) makes this file from the enumerations of `Sources/GatewayStore/Aggregates`, where each state \
        names those that may follow. The store refuses a write that would bring a visit, a call or its review into another \
        one, and a letter is used up only while it is live. How far a registration is, its row and the moment say; the row goes \
        when its time is over.

        \(drawing("A visit", of: Visit.State.allCases, sentence))
        \(drawing("A video call", of: Call.State.allCases, sentence))
        \(drawing("The review of a video call", of: Call.Review.allCases, sentence))
        \(drawing("A letter", of: LetterState.allCases, sentence))
        \(drawing("A registration", of: PendingRegistration.State.allCases, sentence))
        """
    }

    private static func drawing<State: RowState>(
        _ title: String, of states: [State], _ sentence: (State) -> String
    ) -> String {
        var lines = ["## \(title)", "", "```mermaid", "stateDiagram-v2", "    [*] --> \(states[0])"]
        for state in states {
            for next in states where state.next.contains(next) { lines.append("    \(state) --> \(next)") }
            if state.next.isEmpty { lines.append("    \(state) --> [*]") }
        }
        lines += ["```", ""] + states.map { "- `\($0)`: \(sentence($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func sentence(_ state: Visit.State) -> String {
        switch state {
        case .open: "the person chooses a method, or types their data."
        case .waiting: "a PIN was issued, or an approval is awaited; a new request takes the place of the last."
        case .approved: "the PIN was right, or the person has approved; the procedure may learn once who came."
        case .rejected: "the person has rejected the request in their agent."
        case .cancelled: "the person has ended the visit in the page."
        case .expired: "the time of the PIN or request is over; this is computed, and not written."
        case .exhausted: "the PIN died of wrong tries."
        }
    }

    private static func sentence(_ state: Call.State) -> String {
        switch state {
        case .waiting: "the appointment is to come, or the person is in the line."
        case .running: "an operator holds the call; it goes back to the line when they give it back or are gone."
        case .approved: "the operator has recognised the person."
        case .rejected: "the operator has not."
        case .missed: "nobody came in time; this is computed, and written afterwards."
        case .cancelled: "the person or the desk has called it off."
        }
    }

    private static func sentence(_ review: Call.Review) -> String {
        switch review {
        case .none: "nothing was recorded, or the call was not approved."
        case .awaited: "a second operator is to look at the recording."
        case .accepted: "they confirm: the person has the advanced level."
        case .rejected: "they do not: who was registered by the call is removed."
        case .expired: "nobody looked for thirty days."
        }
    }

    private static func sentence(_ state: PendingRegistration.State) -> String {
        switch state {
        case .proved: "the person has proved who they are, and has given no phone yet; or the registration is done."
        case .confirming: "a code has gone to the phone; another phone takes the place of the last."
        case .spent: "the code died of wrong tries, or its time is over."
        }
    }

    private static func sentence(_ state: LetterState) -> String {
        switch state {
        case .live: "the letter waits to be printed, or its code can be used until its time is over."
        case .used: "somebody has registered by its code."
        case .void: "the code died of wrong tries, or another registration or letter took its place."
        }
    }
}
