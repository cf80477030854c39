import Foundation
import Glibc
import Posix
import Testing

@testable import PluginHost

@Suite struct `A plugin's file` {
    private func folder() throws -> String {
        let folder = NSTemporaryDirectory() + "clave-plugins-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o755)
        return folder
    }

    private func put(_ name: String, in folder: String, mode: mode_t = 0o644) {
        _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data([1]))
        chmod("\(folder)/\(name)", mode)
    }

    private func failure(_ name: String, _ folders: [String]) -> PluginFile.Failure? {
        do throws(PluginFile.Failure) {
            _ = try PluginFile.open(name, in: folders)
            return nil
        } catch {
            return error
        }
    }

    @Test func `is found by its name, in the first folder that has it`() throws {
        let (first, second) = (try folder(), try folder())
        put("sms.so", in: second)
        #expect(failure("sms", [first, second]) == nil)
        put("libother.so", in: second)
        #expect(failure("other", [first, second]) == nil)
        #expect(failure("none", [first, second]) == .notFound)
    }

    @Test(arguments: ["", "../sms", "a/b", "SMS", "sms.so", String(repeating: "a", count: 33), "s\u{0}"])
    func `is not looked for under a name that no plugin has`(name: String) throws {
        #expect(failure(name, [try folder()]) == .notFound)
    }

    @Test(arguments: [0o666, 0o622, 0o646] as [mode_t])
    func `that others may write is refused`(mode: mode_t) throws {
        let place = try folder()
        put("sms.so", in: place, mode: mode)
        guard case .notAllowed(let reason) = failure("sms", [place]) else {
            Issue.record("it was allowed")
            return
        }
        #expect(reason.contains("writable by others"))
    }

    @Test func `in a folder that others may write is refused`() throws {
        let place = try folder()
        put("sms.so", in: place)
        chmod(place, 0o777)
        #expect(failure("sms", [place]) != nil)
    }

    @Test func `may be a link within its folder, and not out of it`() throws {
        let (place, elsewhere) = (try folder(), try folder())
        put("real.so", in: place)
        symlink("real.so", place + "/sms.so")
        #expect(failure("sms", [place]) == nil)
        put("real.so", in: elsewhere)
        symlink(elsewhere + "/real.so", place + "/far.so")
        #expect(failure("far", [place]) != nil)
    }

    @Test func `is looked for in absolute folders only`() {
        let folders = PluginFile.folders(variable: "relative:/a::/b", programFolder: "/usr/libexec/clave-agent")
        #expect(folders == ["/a", "/b", "/usr/lib/clave-agent/plugins", "/usr/libexec/clave-agent"])
    }

    @Test func `that is no regular file is refused`() throws {
        let place = try folder()
        try FileManager.default.createDirectory(atPath: place + "/dir.so", withIntermediateDirectories: true)
        #expect(failure("dir", [place]) != nil)
    }
}
