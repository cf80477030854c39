import AgentProtocol
import Foundation
import Glibc
import Posix
import TestSupport
import Testing
import Wire

/// Runs a line of the shell's with the programs of this build in its path.
func shell(_ line: String, environment extra: [String: String] = [:]) throws -> Outcome {
    let folder = Files.parent(of: try program("clave-pin"))
    let environment = ["PATH": "\(folder):/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]
    return runProgram("/bin/sh", ["-c", line], environment: environment.merging(extra) { $1 })
}

/// Every program that prints a result without an agent.
private let lines = [
    "clave-add --help", "clave-add --version", "clave-pin --help", "clave-requests --version", "clave-sign --help",
    "clave-register --help", "clave-gateway --help", "clave-gateway --version", "clave-dnie-simulator --help",
    "clave-agent --help", "clave-agent --version",
]

@Suite struct `A result that can't be written` {
    @Test(arguments: lines) func `is an error, with the reason`(line: String) throws {
        let full = try shell("\(line) >/dev/full")
        #expect(full.code == 1 && full.errors.contains("No space left on device"), "\(full)")
        let closed = try shell("\(line) >&-")
        #expect(closed.code == 1 && closed.errors.contains("Bad file descriptor"), "\(closed)")
        // The reader has gone before anything is written.
        let ends = try Descriptor.pipe()
        close(ends.0)
        let child = try Child(
            "/bin/sh", ["-c", "exec \(line)"],
            environment: ["PATH": Files.parent(of: try program("clave-pin")), "LC_ALL": "C.UTF-8"],
            descriptors: [1: ends.1])
        close(ends.1)
        #expect(child.exitCode == 1)
    }

    @Test(arguments: ["clave-add --help", "clave-gateway --help", "clave-agent --help"])
    func `at once, for its reader is slow and the pipe does not block, is waited for`(line: String) throws {
        let ends = try Descriptor.pipe()
        let reader = Descriptor(owning: ends.0)
        let writer = Descriptor(owning: ends.1)
        try writer.setNonblocking()
        // F_SETPIPE_SZ: less than the text.
        #expect(fcntl(writer.number, 1031, 4096) == 4096)
        let filler = [UInt8](repeating: 0x20, count: 4096)
        try writer.writeAll(filler)
        let child = try Child(
            "/bin/sh", ["-c", "exec \(line)"],
            environment: ["PATH": Files.parent(of: try program("clave-pin")), "LC_ALL": "C.UTF-8"],
            descriptors: [1: writer.number])
        close(writer.release())
        let said = try Files.read(reader, limit: 1 << 20).dropFirst(filler.count)
        #expect(child.exitCode == 0)
        #expect(String(decoding: said, as: UTF8.self) == (try shell(line)).output)
    }

    @Test func `by the gateway's commands is an error, also as JSON, and its folder has a name of any bytes`() throws {
        let folder = NSTemporaryDirectory() + "clave-state-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try shell(
            """
            cd '\(folder)'; state=$(printf 'st\\361'); clave-gateway seed -s "$state" >/dev/null && test -d "$state" || exit 9
            clave-gateway citizen list -s "$state" | grep '12345678Z' >/dev/null || exit 8
            for option in "" -j; do clave-gateway citizen list $option -s "$state" >/dev/full && exit 7; done
            ls | wc -l
            """)
        #expect(outcome.code == 0 && outcome.output == "1\n", "\(outcome)")
    }

    @Test(arguments: [">/dev/full", ">&-"])
    func `is told before the agent is asked for several signatures, whose names are the result`(output: String) throws {
        let folder = NSTemporaryDirectory() + "clave-batch-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try shell(
            "cd '\(folder)'; echo 1 >x1; echo 2 >x2; clave-sign -n file -c x1 x2 \(output)",
            environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        #expect(outcome.code == 1 && outcome.errors.contains("could not be written"), "\(outcome)")
    }

    @Test func `is told before the agent is asked for it, where its device is full`() throws {
        let outcome = try shell(
            "clave-sign -n file -o /dev/full /etc/hostname", environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        #expect(outcome.code == 1 && outcome.errors.contains("No space left on device"), "\(outcome)")
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root can mount"),
        arguments: ["mount --bind /etc/passwd d/r", "dd if=/dev/zero of=d/x"])
    func `is told before the agent is asked for it, where its disk is full or its file is mounted`(
        line: String
    ) throws {
        let folder = NSTemporaryDirectory() + "clave-disk-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder + "/d")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try shell(
            """
            cd '\(folder)' && echo 1 >x && unshare -m sh -c 'mount -t tmpfs -o size=16k none d && touch d/r || exit 9
            \(line) 2>/dev/null; clave-sign -n file --force -o d/r x; code=$?; ls -A d; exit $code'
            """, environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        let isFull = line.hasPrefix("dd")
        #expect(outcome.code == 1 && outcome.output == (isFull ? "r\nx\n" : "r\n"), "\(outcome)")
        #expect(outcome.errors.contains(isFull ? "No space left" : "busy"), "\(outcome)")
    }

    @Test func `of a verification says so where the signer's certificate has no name to show`() throws {
        let folder = NSTemporaryDirectory() + "clave-nameless-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try shell(
            """
            cd '\(folder)' && echo 1 >x || exit 9
            openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 9 -subj /C=ES -addext \\
                basicConstraints=CA:FALSE 2>/dev/null || exit 8
            openssl cms -sign -binary -nodetach -in x -signer c -inkey k -outform DER -out s || exit 7
            clave-sign --verify --trust c s
            """)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("Signer: a certificate without a name that can be shown\n"), "\(outcome)")
    }

    @Test(arguments: ["--backup", "--restore"])
    func `can't be a backup: a standard stream has none, and is refused`(option: String) throws {
        let outcome = try shell(
            "clave-add \(option) -", environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        #expect(outcome.code == 64 && outcome.errors.contains("\(option) takes a file"), "\(outcome)")
    }

    @Test func `is told before the agent is asked for it`() throws {
        // There is no agent, which would be code 2.
        for line in ["clave-pin -w 0", "clave-sign -n file /etc/hostname", "clave-add -l -j", "clave-requests -j"] {
            let outcome = try shell("\(line) >/dev/full", environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
            #expect(outcome.code == 1 && outcome.errors.contains("could not be written"), "\(outcome)")
        }
    }
}

@Suite struct `Text on standard output` {
    private let folder = NSTemporaryDirectory() + "clave-text-" + UUID().uuidString.prefix(8)

    @Test func `from outside becomes no bytes that steer a terminal, whatever characters it has`() throws {
        try Files.makeFolder(folder + "/state/outbox")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // U+10FE1B carries the byte 1B of a path.
        let text = "To: 600000000\n\nred \u{10FE1B}[31m \u{1B}[0m\n"
        let name = String(format: "%012d", time(nil)) + "000000001-abcd.txt"
        try Files.create("\(folder)/state/outbox/\(name)", with: Array(text.utf8))
        let outcome = try shell("clave-gateway outbox -s '\(folder)/state'")
        #expect(outcome.code == 0 && outcome.output.contains("red ?[31m ?[0m\n"), "\(outcome)")
    }

    @Test func `keeps the bytes of a path that the person named, for a program to read`() throws {
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try shell(
            """
            cd '\(folder)'; name=$(printf 'c\\361'); clave-dnie-simulator init "$name" >told || exit 9
            test "$(head -n 1 told | od -An -c)" = "$(printf 'card: %s\\n' "$name" | od -An -c)"
            """)
        #expect(outcome.code == 0, "\(outcome)")
    }
}

@Suite struct `A program whose standard descriptors are closed` {
    @Test(arguments: ["clave-pin -w 60", "clave-requests -n", "clave-add -s", "clave-sign -k", "clave-register -s"])
    func `sends no words for a person to the agent`(line: String) throws {
        let listener = try Listener()
        for closed in ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">&-"] {
            // Without a locale, the first two have words for the person before they send anything.
            _ = try shell("\(line) \(closed)", environment: ["CLAVE_AUTH_SOCK": listener.path, "LC_ALL": ""])
        }
        #expect(listener.heard.contains { !$0.isEmpty })
        for connection in listener.heard {
            // A frame is longer than no letters; its first byte is the length's highest.
            #expect(connection.first == 0 || connection.isEmpty, "\(String(decoding: connection, as: UTF8.self))")
        }
    }

    @Test func `takes a closed input for no empty one`() throws {
        let outcome = try shell("clave-sign -n file <&-", environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        #expect(outcome.code == 1 && outcome.errors.contains("Bad file descriptor"), "\(outcome)")
    }

    @Test(
        .enabled(
            if: runProgram("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/proc"], environment: [:]).code
                == 0))
    func `knows its arguments without proc`() throws {
        let line = "unshare -m sh -c 'mount -t tmpfs none /proc; clave-sign -n file --detached'"
        let outcome = try shell(line, environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
        #expect(outcome.code == 64 && outcome.errors.contains("--detached goes with -F jws"), "\(outcome)")
    }
}

/// Listens as an agent would, hangs up on each connection once it has said something, and keeps what that was.
private final class Listener: Sendable {
    let path = NSTemporaryDirectory() + "clave-heard-" + UUID().uuidString.prefix(8)
    private let number: Int32
    private let words = Words()

    final class Words: @unchecked Sendable {
        private let lock = NSLock()
        private var all: [[UInt8]] = []
        func add(_ bytes: [UInt8]) { lock.withLock { all.append(bytes) } }
        var heard: [[UInt8]] { lock.withLock { all } }
    }

    init() throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { [path] in $0.copyBytes(from: path.utf8) }
        let outcome = withUnsafePointer(to: &address) { [number] in
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard outcome == 0, listen(number, 8) == 0 else { throw SystemError("listen") }
        Thread.detachNewThread { [number, words] in
            while true {
                let client = accept(number, nil, nil)
                guard client >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = read(client, &buffer, buffer.count)
                words.add(Array(buffer[..<max(0, count)]))
                close(client)
            }
        }
    }

    deinit {
        shutdown(number, Int32(SHUT_RDWR))
        close(number)
        unlink(path)
    }

    var heard: [[UInt8]] { words.heard }
}
