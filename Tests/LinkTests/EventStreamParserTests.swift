import Testing

@testable import Link

private func items(_ text: String, piece: Int = .max) throws -> [EventStreamParser.Item] {
    var parser = EventStreamParser()
    var items: [EventStreamParser.Item] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let part = rest.prefix(piece)
        items += try parser.take(part)
        rest = rest.dropFirst(part.count)
    }
    return items
}

@Suite struct `An event stream` {
    private let sample = ": welcome\n\nid: 7\ndata: AQID\n\nretry: 2000\r\n\r\nid:8\r\ndata:BA==\r\n\r\n"
    private let expected: [EventStreamParser.Item] = [
        .event(sequence: 7, data: [1, 2, 3]), .retry(2000), .event(sequence: 8, data: [4]),
    ]

    @Test(arguments: 1...20)
    func `is read the same in pieces of any length`(piece: Int) throws {
        #expect(try items(sample, piece: piece) == expected)
    }

    @Test func `that is cut gives the events that are whole`() throws {
        for length in 0..<sample.utf8.count {
            let text = String(decoding: Array(sample.utf8)[..<length], as: UTF8.self)
            #expect(expected.starts(with: try items(text)))
        }
    }

    @Test func `joins the lines of one event`() throws {
        #expect(try items("id: 1\ndata: AQ\ndata: ID\n\n") == [.event(sequence: 1, data: [1, 2, 3])])
    }

    @Test(arguments: [
        "id: 1\ndata: not base64!\n\n", "data: AQID\n\n", "id: x\ndata: AQID\n\n",
        "id: 99999999999999999999\ndata: AQID\n\n",
    ])
    func `with an event that can't be one is malformed`(text: String) {
        #expect(throws: EventStreamParser.Malformed.self) { try items(text) }
    }

    @Test func `with a line without end is malformed, not a full memory`() {
        let line = "data: " + String(repeating: "A", count: EventStreamParser.maximumLine + 1)
        #expect(throws: EventStreamParser.Malformed.self) { try items(line) }
    }

    @Test func `of noise never harms`() {
        var generator = Numbers(state: 3)
        for _ in 0..<2000 {
            var parser = EventStreamParser()
            let noise = (0..<64).map { _ in [10, 13, 58, 65, 100, 0, 255].randomElement(using: &generator)! as UInt8 }
            _ = try? parser.take(noise)
        }
    }
}

@Suite struct `The back-off` {
    @Test func `doubles to a minute, with jitter over the whole range`() {
        var generator = Numbers(state: 1)
        for trial in 0..<200 {
            var backOff = BackOff()
            var ceiling = BackOff.first
            for _ in 0..<12 {
                #expect(backOff.next(using: &generator) <= ceiling, "trial \(trial)")
                ceiling = min(ceiling * 2, BackOff.longest)
            }
        }
    }

    @Test func `begins again after a success`() {
        var generator = Numbers(state: 2)
        var backOff = BackOff()
        for _ in 0..<10 { _ = backOff.next(using: &generator) }
        backOff.reset()
        #expect(backOff.next(using: &generator) <= BackOff.first)
    }

    @Test func `waits long after a refusal, and as long as the gateway asks, within bounds`() {
        var generator = Numbers(state: 5)
        var backOff = BackOff()
        #expect(backOff.next(isRefused: true, using: &generator) == BackOff.longest)
        var hinted = BackOff()
        #expect(hinted.next(hint: 5000, using: &generator) >= 5000)
        #expect(hinted.next(hint: .max, using: &generator) <= BackOff.longest)
    }
}

struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
