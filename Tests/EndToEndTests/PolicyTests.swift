import Foundation
import Glibc
import TestSupport
import Testing

/// One identity whose owner decides how they are asked.
private struct Scene {
    let world: World

    init(_ policy: String? = nil) throws {
        world = try World()
        world.activate()
        try "content".write(toFile: world.folder + "/content", atomically: true, encoding: .utf8)
        if let policy { #expect(set(policy).code == 0) }
    }

    func set(_ policy: String) -> Outcome { world.run("clave-add", ["--policy", policy]) }

    /// Signs by a program, or refuses.
    @discardableResult
    func sign(_ program: String = "clave-sign", _ purpose: [String] = ["-n", "file"]) -> Outcome {
        world.run(program, purpose + ["-j", world.folder + "/content"])
    }

    /// Questions so far about a signature.
    var questions: Int { world.asked.components(separatedBy: "May the program below have this signature").count - 1 }

    var remembered: [Substring] { world.run("clave-add", ["--remembered"]).output.split(separator: "\n") }
}

@Suite(.serialized) struct `How the person is asked` {
    @Test func `is each time, unless they say otherwise with their passphrase`() throws {
        let scene = try Scene()
        for count in 1...2 {
            #expect(scene.sign().code == 0)
            #expect(scene.questions == count)
        }
        try scene.world.answer("yes", passphrase: "not the passphrase")
        let refused = scene.set("sign=remember:1h")
        #expect(refused.code == 1 && refused.errors.contains("passphrase is not right"))
        #expect(scene.world.asked.contains("Wrong passphrases so far: 2."))
        #expect(scene.world.run("clave-add", ["-L"]).output.contains("pin=ask, approve=ask, sign=ask"))
        let log = scene.world.run("clave-add", ["--log", "-j"]).output
        #expect(log.components(separatedBy: "\"answer\":\"wrong_passphrase\"").count == 4)
    }

    @Test func `can be for the passphrase, also after a new start`() throws {
        let scene = try Scene("sign=passphrase")
        for _ in 0..<2 {
            #expect(scene.sign().code == 0)
            #expect(scene.world.asked.contains("To agree, type the passphrase of the agent's vault."))
            try scene.world.answer("yes", passphrase: "not the passphrase")
            #expect(scene.sign().code == 1)
            try scene.world.answer("yes")
            scene.world.stopAgent()
            try scene.world.startAgent()
        }
        #expect(scene.world.run("clave-add", ["-l", "-j"]).output.contains("\"policy_sign\":\"passphrase\""))
    }

    @Test func `can be once for a time, for one file of a program and one operation`() throws {
        let scene = try Scene("sign=remember:1h")
        for _ in 0..<3 { #expect(scene.sign().code == 0) }
        #expect(scene.questions == 1)
        #expect(scene.world.asked.contains("A yes holds for 60:00"))
        #expect(scene.remembered.count == 1 && scene.remembered[0].hasSuffix("/clave-sign"))
        // The same bytes in another file are another program, and so is what takes a file's place.
        let copy = scene.world.folder + "/clave-sign"
        let original = try program("clave-sign")
        for count in 2...3 {
            try? FileManager.default.removeItem(atPath: copy)
            #expect(scene.world.run("/bin/cp", [original, copy]).code == 0)
            for _ in 0..<2 { #expect(scene.sign(copy).code == 0) }
            #expect(scene.questions == count)
        }
        // Opaque bytes are asked about each time, and so is another operation.
        for count in 4...5 {
            #expect(scene.sign("clave-sign", ["--opaque"]).code == 0)
            #expect(scene.questions == count)
        }
        Citizen(scene.world).askPIN()
        #expect(scene.world.run("clave-pin", ["-w", "60"]).code == 0)
        #expect(scene.world.asked.contains("May the program below have this Cl@ve PIN?"))
        let log = scene.world.run("clave-add", ["--log"]).output
        #expect(log.contains("asked to sign") && log.contains("remembered yes"))
    }

    @Test func `is as before once an answer is taken back, has run out, or the agent was locked`() throws {
        let scene = try Scene("sign=remember:1h")
        scene.sign()
        let number = try #require(scene.remembered.first?.split(separator: " ").first)
        #expect(scene.world.run("clave-add", ["--forget", "999"]).code == 1)
        #expect(scene.world.run("clave-add", ["--forget", String(number)]).code == 0)
        #expect(scene.remembered.isEmpty)
        scene.sign()
        #expect(scene.questions == 2)
        kill(scene.world.agentPID, SIGHUP)
        try scene.world.wait("the keys to go") { scene.remembered.isEmpty ? true : nil }
        scene.sign()
        #expect(scene.questions == 3)
        #expect(scene.set("sign=remember:1").code == 0)
        #expect(scene.remembered.isEmpty)
        scene.sign()
        try scene.world.wait("the second to pass") { scene.remembered.isEmpty ? true : nil }
        scene.sign()
        #expect(scene.questions == 5)
    }

    @Test func `can't be once for approvals, nor in a way that is none`() throws {
        let scene = try Scene()
        let refused = scene.set("approve=remember:1m")
        #expect(refused.code == 1 && refused.errors.contains("its code is to be compared"))
        for policy in [
            "sign", "sign=", "sign=never", "sign=remember:", "sign=remember:25h", "login=ask", "pin=remember:0",
        ] {
            #expect(scene.set(policy).code == 64)
        }
    }

    @Test func `names the tool that asks, also where nobody is root`() throws {
        let folder = NSTemporaryDirectory() + "clave-named-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        chmod(folder, 0o777)
        let tool = try program("clave-add")
        let copying = runProgram("/usr/bin/install", ["-m", "755", tool, folder + "/tool"], environment: [:])
        #expect(copying.code == 0)
        // A socket that never answers keeps the tool where it can be looked at.
        let script = """
            import os, socket, subprocess, sys
            os.chdir(sys.argv[1])
            if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)
            listener = socket.socket(socket.AF_UNIX); listener.bind('socket'); listener.listen(1)
            tool = subprocess.Popen(['./tool', '-s'], env={'CLAVE_AUTH_SOCK': 'socket'})
            connection, _ = listener.accept()
            print(os.readlink(f'/proc/{tool.pid}/exe'))
            tool.kill(); tool.wait()
            """
        let outcome = runProgram("/usr/bin/python3", ["-c", script, folder], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.output.hasSuffix("/tool\n"), "\(outcome)")
    }
}
