import Foundation
import GatewayAPI
import Synchronization
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust

@Suite struct `What a responder has said` {
    @Test func `counts until it has another answer, for a day at most, and not before it was said`() {
        let memory = ResponderMemory()
        memory.remember(.good, of: [1], next: 1500, at: 1000)
        memory.remember(.revoked, of: [2], next: 1500, at: 1000)
        memory.remember(.good, of: [3], next: 1_000_000, at: 1000)
        memory.remember(.good, of: [4], next: nil, at: 1000)
        memory.remember(.good, of: [5], next: 1000, at: 1000)
        memory.remember(.unknown, of: [6], next: 1500, at: 1000)
        #expect(memory.answer([1], at: 1499) == .good && memory.answer([2], at: 1000) == .revoked)
        #expect(memory.answer([1], at: 1500) == nil)
        #expect(memory.answer([3], at: 1000 + 86_399) == .good && memory.answer([3], at: 1000 + 86_400) == nil)
        for name in [[4], [5], [6], [7]] as [[UInt8]] { #expect(memory.answer(name, at: 1001) == nil, "\(name)") }
        // The clock was set back.
        #expect(memory.answer([2], at: 999) == nil)
        #expect(memory.answer([2], at: 1001) == nil)
    }

    @Test func `is remembered of ten thousand certificates`() {
        let memory = ResponderMemory()
        for number in 0...10_000 {
            memory.remember(
                .good, of: [UInt8(number >> 8), UInt8(number & 0xFF)], next: number == 0 ? 1001 : 2000, at: 1000)
        }
        #expect(memory.answer([0x27, 0x10], at: 1100) == .good)
    }

    @Test func `serves all requests of the time, so that it is asked once`() throws {
        let authorities = try Authorities()
        let person = try authorities.person()
        try authorities.writeList(of: authorities.root)
        let signer = try authorities.responder()
        let place = authorities.folder + "/recorded"
        let real = try authorities.startResponder(signer: signer, valid: [person])
        try authorities.openssl(
            [
                "ocsp", "-issuer", authorities.intermediate.certificate, "-cert", person.certificate, "-url",
                real.address,
            ]
                + ["-noverify", "-no_nonce", "-respout", place])
        let body = try Array(Data(contentsOf: URL(filePath: place)))
        let server = try CannedServer(Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body)
        let verifier = try authorities.verifier(policy: .require, hasLists: true, responder: server.address)
        var bench = try Bench(authorities, verifier)
        for _ in 0..<3 { #expect(try bench.outcome(of: person) == .accepted) }
        #expect(server.count == 1)
        // Its five minutes and the minute by which this clock is ahead.
        bench.now += 400
        _ = try bench.outcome(of: person)
        #expect(server.count == 2)
    }
}

@Suite struct `A responder that does not answer` {
    @Test func `is left alone for half a minute after three times, and then tried by one`() {
        let clock = Atomic<UInt64>(1000)
        let memory = ResponderMemory { clock.load(ordering: .relaxed) }
        for _ in 0..<2 {
            #expect(memory.mayAsk("a"))
            memory.note("a", didAnswer: false)
        }
        memory.note("a", didAnswer: true)
        for _ in 0..<3 {
            #expect(memory.mayAsk("a"))
            memory.note("a", didAnswer: false)
        }
        #expect(!memory.mayAsk("a") && memory.mayAsk("b"))
        clock.add(29_999, ordering: .relaxed)
        #expect(!memory.mayAsk("a"))
        clock.add(1, ordering: .relaxed)
        #expect(memory.mayAsk("a"))
        #expect(!memory.mayAsk("a"), "one tries it")
        memory.note("a", didAnswer: false)
        #expect(!memory.mayAsk("a"))
        clock.add(30_000, ordering: .relaxed)
        #expect(memory.mayAsk("a"))
        memory.note("a", didAnswer: true)
        #expect(memory.mayAsk("a") && memory.mayAsk("a"))
    }

    @Test func `is not asked by everybody who comes`() throws {
        let authorities = try Authorities()
        let person = try authorities.person()
        try authorities.writeList(of: authorities.root)
        let silent = try CannedServer(nil)
        let verifier = try authorities.verifier(
            policy: .require, hasLists: true, responder: silent.address, timeLimit: 100)
        let bench = try Bench(authorities, verifier)
        for _ in 0..<6 { #expect(try bench.outcome(of: person) == .revocationUnknown) }
        try eventually("it to have heard") { silent.count == 3 }
        #expect(silent.count == 3)
    }
}
