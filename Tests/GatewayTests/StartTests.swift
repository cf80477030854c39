import Dispatch
import Foundation
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices

@Suite struct `Gateways that start at once on a new folder` {
    private func folder() -> String { NSTemporaryDirectory() + "clave-start-" + UUID().uuidString }

    private static func key(_ folder: String) throws -> String {
        try GatewayKeys(folder: folder).signing.publicKey.map(String.init).joined(separator: ".")
    }

    @Test func `make one set of keys and one certificate between them`() throws {
        for round in 0..<8 {
            let folder = folder()
            let found = Mutex<Set<String>>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                let keys = (try? Self.key(folder)) ?? "no keys"
                let tls = try? TLSMaterial(folder: folder, names: ["localhost"])
                found.withLock {
                    _ = $0.insert("\(keys) \(tls?.pin ?? "no pin") \(tls?.certificates ?? "no certificates")")
                }
            }
            let all = found.withLock { $0 }
            #expect(all.count == 1 && !all.contains { $0.contains("no ") }, "round \(round): \(all)")
        }
    }

    @Test func `all find keys and tables, as processes of their own`() throws {
        let path = try program("clave-gateway")
        for round in 0..<3 {
            let folder = folder()
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 6) { _ in
                let outcome = runProgram(path, ["citizen", "list", "--state", folder], environment: [:])
                if outcome.code != 0 { failures.withLock { $0.append(outcome.errors) } }
            }
            #expect(failures.withLock { $0 } == [], "round \(round)")
            #expect(runProgram(path, ["audit", "--verify", "--state", folder], environment: [:]).code == 0)
        }
    }
}
