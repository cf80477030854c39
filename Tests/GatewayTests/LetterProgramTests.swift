import ClaveDomain
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `The gateway's program, with letters` {
    private func start(_ state: String, _ log: String, _ arguments: [String] = []) throws -> Child {
        let child = try Child(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state] + arguments, environment: [:], output: log)
        try eventually("the gateway to listen") {
            try String(contentsOfFile: log, encoding: .utf8).contains("not the state's service") || !child.isRunning
        }
        return child
    }

    @Test func `prints what waits when it starts, and says where`() throws {
        let sandbox = try Sandbox(start: Int64(time(nil)))
        let person = try Addressee(sandbox)
        #expect(try person.ask() == .accepted)
        let (state, log) = (sandbox.folder, sandbox.folder + ".log")
        let child = try start(state, log)
        defer { child.end() }
        let path = state + "/letters/letter-1.pdf"
        try eventually("the letter") {
            let isMarked = try sandbox.services.auditLog.newest(limit: 1).first?.outcome == "printed"
            return isMarked && access(path, F_OK) == 0
        }
        let text = runProgram("/usr/bin/pdftotext", ["-layout", path, "-"], environment: [:]).output
        let code = try #require(text.firstMatch(of: /[A-Z0-9]{4}( [A-Z0-9]{4}){3}/)).output.0
        #expect(try person.redeem(code.filter { $0 != " " }) == .accepted)
        let said = try String(contentsOfFile: log, encoding: .utf8)
        #expect(said.contains("clave-gateway: letters to print are put into \(state)/letters\n"))
        #expect(said.contains("clave-gateway: letter 1 is at \(path)\n"))
        #expect(!said.contains(code.prefix(4)))
    }

    @Test func `prints none where letters are turned off`() throws {
        let state = NSTemporaryDirectory() + "clave-off-" + UUID().uuidString
        let child = try start(state, state + ".log", ["--letters", "off"])
        defer { child.end() }
        #expect(try !String(contentsOfFile: state + ".log", encoding: .utf8).contains("letters"))
        #expect(!Files.exists(state + "/letters"))
    }

    @Test func `offers no letters on a machine without fonts, and says why`() throws {
        let state = NSTemporaryDirectory() + "clave-letters-fontless-" + UUID().uuidString
        try Files.makeFolder(state)
        let fonts = state + "/fonts.conf"
        try Files.replace(fonts, with: Array("<fontconfig/>".utf8))
        let arguments = ["serve", "-p", "0", "-s", state]
        let refused = runProgram(
            try program("clave-gateway"), arguments + ["--letters", state + "/mine"],
            environment: ["FONTCONFIG_FILE": fonts])
        #expect(refused.code == 1 && refused.errors.contains("install the package fonts-liberation"), "\(refused)")
        let child = try Child(
            try program("clave-gateway"), arguments, environment: ["FONTCONFIG_FILE": fonts], output: state + ".log")
        defer { child.end() }
        try eventually("the gateway to listen") {
            try String(contentsOfFile: state + ".log", encoding: .utf8).contains("not the state's service")
                || !child.isRunning
        }
        let said = try String(contentsOfFile: state + ".log", encoding: .utf8)
        #expect(said.contains("no letters are printed: This machine has no fonts"), "\(said)")
        #expect(!Files.exists(state + "/letters"))
    }

    @Test(arguments: [["--letters", ""], ["--letters", "off", "--letters-max", "5"], ["--letters-max", "0"]])
    func `explains a wrong use with 64`(arguments: [String]) throws {
        let state = NSTemporaryDirectory() + "clave-letters-wrong-" + UUID().uuidString
        let wrong = runProgram(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state] + arguments, environment: [:])
        #expect(wrong.code == 64, "\(wrong)")
    }
}
