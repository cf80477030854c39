import Foundation
import Glibc
import TestSupport
import Testing

/// The first core is a copy of its supervisor, and must have nothing of it but memory.
@Suite struct `The core` {
    private func core(of world: World) throws -> pid_t {
        try #require(childNamed("clave-core", of: world.agentPID))
    }

    /// A field of `/proc/PID/status`.
    private func status(_ field: String, _ pid: pid_t) throws -> String {
        let text = try kernelText("/proc/\(pid)/status")
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(field):") })
        return line.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
    }

    @Test func `has fresh signals, a session of its own, no privileges to gain, and its own name`() throws {
        let world = try World(gateway: false)
        let core = try core(of: world)
        #expect(try status("SigBlk", core) == "0000000000000000")
        // What a write may bring, and nothing else, of those that are not the C library's own (32 and 33).
        let ignored = try #require(UInt64(try status("SigIgn", core), radix: 16))
        #expect(ignored & 0x7FFF_FFFF == 1 << (SIGPIPE - 1) | 1 << (SIGXFSZ - 1))
        #expect(try status("NoNewPrivs", core) == "1")
        #expect(getsid(core) == core)
        let line = try kernelText("/proc/\(core)/cmdline")
        #expect(line.trimmingCharacters(in: ["\0"]) == "clave-core")
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to look into a process that can't be traced"))
    func `has no descriptor but its own, whatever the agent has inherited`() throws {
        let world = try World(gateway: false, agent: false)
        let script = """
            exec 8</dev/null 9</dev/null
            clave-agent -D -a "$HOME/socket" >/dev/null & agent=$!
            until SSH_AUTH_SOCK=$HOME/socket ssh-add -l; [ $? -lt 2 ]; do sleep 0.05; done >/dev/null 2>&1
            core=$(pgrep -P $agent -x clave-core)
            for each in /proc/$core/fd/*; do echo "${each##*/} $(readlink $each | sed 's/:.*//')"; done
            tr -d '\\000' </proc/$core/environ | wc -c
            ls -l /proc/$core/exe | sed 's/.*-> //'
            kill $agent
            """
        let lines = world.run("/bin/sh", ["-c", script]).output.split(separator: "\n").map(String.init)
        #expect(lines.prefix(5) == ["0 /dev/null", "1 /dev/null", "2 /dev/null", "3 socket", "4 socket"])
        #expect(lines.dropFirst(5).dropLast(2).allSatisfy { $0.hasSuffix("anon_inode") }, "\(lines)")
        #expect(lines.dropLast().last == "0", "bytes of the agent's environment are left")
        #expect(lines.last?.hasSuffix("/clave-agent") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to look into a process that can't be traced"))
    func `that takes a crashed one's place is a program of its own, with another layout`() throws {
        let world = try World(gateway: false)
        let first = try core(of: world)
        let agent = try world.wait("the agent's runtime") { try? layout(world.agentPID) }
        let before = try world.wait("the core's runtime") { try? layout(first) }
        #expect(agent == before)
        kill(first, SIGKILL)
        let second = try world.wait("the core to come back") {
            childNamed("clave-core", of: world.agentPID).flatMap { $0 == first ? nil : $0 }
        }
        try world.wait("the core to listen") { world.run("clave-add", ["-s"]).code == 0 ? true : nil }
        #expect(readlink(second).hasSuffix("/clave-core"))
        #expect(try world.wait("its runtime") { try? layout(second) } != before)
    }

    @Test func `of an agent for a command is a copy too, and leaves the command as free as it was`() throws {
        let world = try World(gateway: false, agent: false)
        let script = """
            import ctypes, os
            children = f"/proc/{os.environ['CLAVE_AGENT_PID']}/task/{os.environ['CLAVE_AGENT_PID']}/children"
            for each in open(children).read().split(): print(open(f"/proc/{each}/cmdline").read().strip(chr(0)))
            # PR_GET_DUMPABLE
            print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
            print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")])
            """
        let said = world.run("clave-agent", ["/usr/bin/python3", "-c", script])
        #expect(said.output == "clave-core\n1\n0\n", "\(said)")
    }

    /// Where the runtime lies.
    private func layout(_ pid: pid_t) throws -> String {
        let maps = try kernelText("/proc/\(pid)/maps")
        guard let line = maps.split(separator: "\n").first(where: { $0.hasSuffix("libswiftCore.so") }) else {
            throw WaitedInVain(what: "the runtime of \(pid)")
        }
        return String(line.prefix { $0 != "-" })
    }

    private func readlink(_ pid: pid_t) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) ?? ""
    }
}
