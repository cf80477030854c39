import CertificateTrust
import Foundation
import GatewayAPI
import Synchronization
import TestAuthorities
import TestSupport
import Testing

@testable import Gateway

@Suite struct `A slow OCSP responder` {
    @Test func `that takes its time holds up nobody else's writes`() throws {
        let authorities = try Authorities()
        let person = try authorities.person()
        try authorities.writeList(of: authorities.root)
        let silent = try CannedServer(nil)
        let verifier = try authorities.verifier(
            policy: .require, hasLists: true, responder: silent.address, timeLimit: 60_000)
        let office = try Office(authorities, verifier)
        let content = try office.device.challenge()
        let signature = try authorities.sign(content, by: person)
        let outcome = Mutex<CertificateOutcome?>(nil)
        nonisolated(unsafe) let device = office.device
        let isDone = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let finished = try? device.finish(signature: signature)
            outcome.withLock { $0 = finished?.outcome }
            isDone.signal()
        }
        try eventually("the responder to be asked") { silent.count == 1 }
        defer { silent.hangUp() }
        let isGranted = Mutex(false)
        nonisolated(unsafe) let other = TestDevice(office.sandbox)
        Thread.detachNewThread {
            let activated = try? other.activate()
            isGranted.withLock { $0 = activated?.isGranted == true }
        }
        try eventually("another device to be activated meanwhile") { isGranted.withLock { $0 } }
        #expect(outcome.withLock { $0 } == nil, "it still waits")
        silent.hangUp()
        isDone.wait()
        #expect(outcome.withLock { $0 } == .revocationUnknown)
    }
}
