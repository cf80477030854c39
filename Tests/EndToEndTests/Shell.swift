import Foundation
import Glibc
import TestSupport

/// OpenSSH's own tools, which know nothing of Cl@ve, with the agent as theirs.
struct Shell {
    let world: World

    init(_ world: World) { self.world = world }

    init(answers: String = "yes") throws { self.init(try World(gateway: false, answers: answers)) }

    var folder: String { world.folder }

    /// Runs a tool with the agent in `SSH_AUTH_SOCK`, in the test's folder.
    @discardableResult
    func run(_ line: String, environment: [String: String] = [:]) -> Outcome {
        var all = environment
        all["SSH_AUTH_SOCK"] = "\(folder)/run/clave-agent/agent.sock"
        return world.run("/bin/sh", ["-c", "cd \"$HOME\" && \(line)"], environment: all)
    }

    func makeKey(_ type: String, _ name: String) {
        run("ssh-keygen -q -t \(type) -N '' -C 'comment of \(name)' -f \(name)")
    }

    /// ssh-add asks by this program, which prints a text.
    func asking(_ text: String) throws -> [String: String] {
        try writeProgram("#!/bin/sh\necho '\(text)'\n", to: folder + "/say")
        return ["SSH_ASKPASS": folder + "/say", "SSH_ASKPASS_REQUIRE": "force"]
    }

    var listed: Int { run("ssh-add -l").output.split(separator: "\n").count { $0.contains("SHA256:") } }
}

/// An sshd on loopback that lets the test's keys in.
final class LoginHost {
    let name: String
    private let process: Child
    private let options: String

    init(_ name: String, _ shell: Shell) throws {
        self.name = name
        let folder = shell.folder
        let port = Int.random(in: 20_000..<32_000)
        shell.run("ssh-keygen -q -t ed25519 -N '' -f host-\(name); cat *.pub >authorized")
        let user = String(cString: getpwuid(geteuid()).pointee.pw_name)
        try """
        ListenAddress 127.0.0.1
        Port \(port)
        HostKey \(folder)/host-\(name)
        AuthorizedKeysFile \(folder)/authorized
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        PidFile none
        AllowAgentForwarding yes
        PermitRootLogin yes
        """.write(toFile: "\(folder)/sshd-\(name)", atomically: true, encoding: .utf8)
        shell.run("echo \"\(name) $(cut -d' ' -f1-2 host-\(name).pub)\" >>known; mkdir -p /run/sshd")
        process = try shell.world.begin("/usr/sbin/sshd", ["-D", "-e", "-f", "\(folder)/sshd-\(name)"])
        options = """
            -F none -p \(port) -o HostKeyAlias=\(name) -o UserKnownHostsFile="$HOME/known" -o IdentityFile=none \
            -o StrictHostKeyChecking=yes -o PreferredAuthentications=publickey -o BatchMode=yes \(user)@127.0.0.1
            """
        try eventually("sshd to listen") { shell.run("ssh-keyscan -p \(port) 127.0.0.1").output.contains("ssh-") }
    }

    deinit { process.end() }

    /// The line that runs a command there.
    func line(_ command: String, forwarding: Bool = false) -> String {
        "ssh \(forwarding ? "-A" : "-a") \(options) '\(command)'"
    }
}
