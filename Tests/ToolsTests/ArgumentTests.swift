import TestSupport
import Testing
import Wire

/// Runs a tool without an agent: whatever needs one ends with code 2.
private func run(_ name: String, _ arguments: [String]) throws -> Outcome {
    runProgram(
        try program(name), arguments,
        environment: ["LC_ALL": "C.UTF-8", "CLAVE_AUTH_SOCK": "/nonexistent/socket", "HOME": "/nonexistent"])
}

private let tools = ["clave-add", "clave-register", "clave-pin", "clave-requests", "clave-sign"]

@Suite struct `The arguments of the tools` {
    @Test(arguments: tools) func `A tool prints its help and its version, whatever else is wrong with the line`(
        name: String
    ) throws {
        for arguments in [["-h"], ["--help"], ["--help", "--version"], ["a", "b", "c", "-h"]] {
            let outcome = try run(name, arguments)
            #expect(outcome.code == 0 && outcome.output.hasPrefix("Usage: \(name) "), "\(arguments) \(outcome)")
            #expect(outcome.errors == "")
        }
        for arguments in [["-V"], ["--version"], ["a", "b", "c", "-V"]] {
            let outcome = try run(name, arguments)
            #expect(outcome.code == 0 && outcome.output == "\(name) \(ClaveAgent.version)\n", "\(arguments) \(outcome)")
            #expect(outcome.errors == "")
        }
    }

    @Test(arguments: tools) func `A tool refuses an option that it does not know, with code 64 and a hint`(
        name: String
    ) throws {
        for (argument, message) in [
            ("--no-such-option", "unknown option --no-such-option"), ("-Z", "unknown option -Z"),
            ("--help=yes", "--help takes no value"), ("-hZ", "unknown option -Z"),
        ] {
            let outcome = try run(name, [argument])
            #expect(outcome.code == 64 && outcome.output == "", "\(argument) \(outcome)")
            #expect(outcome.errors == "\(name): \(message)\nTry '\(name) --help'.\n", "\(argument)")
        }
    }

    @Test(arguments: [
        "clave-add -m", "clave-add --gateway", "clave-add --gateway-ca", "clave-add -f", "clave-add -t",
        "clave-add --policy", "clave-add -i", "clave-add --forget", "clave-add --ssh", "clave-add --backup",
        "clave-add --restore", "clave-add --log --since", "clave-add -d", "clave-register -g", "clave-register --phone",
        "clave-register -i", "clave-register --forget", "clave-register --activate", "clave-pin -i", "clave-pin --wait",
        "clave-requests -a", "clave-requests -r", "clave-requests -w", "clave-requests --link", "clave-requests -q",
        "clave-sign -r", "clave-sign -p", "clave-sign -n", "clave-sign --digest", "clave-sign -o", "clave-sign --key",
        "clave-sign -F", "clave-sign --scheme",
    ])
    func `An option that lacks its value is refused`(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let outcome = try run(words[0], Array(words.dropFirst()))
        #expect(outcome.code == 64 && outcome.output == "", "\(outcome)")
        #expect(outcome.errors.hasPrefix("\(words[0]): \(words.last!) needs a value"), "\(outcome)")
    }

    @Test(arguments: [
        ("clave-add -l -s", "one thing at a time: list, status"),
        ("clave-add -l x", "unexpected: x"),
        ("clave-add -l -g https://localhost", "--gateway is for a new identity, and goes with no --list"),
        ("clave-add --local -D", "--local is for a new identity, and goes with no --delete-all"),
        ("clave-add --everywhere", "--everywhere goes with -d"),
        ("clave-add -d --everywhere a b", "unexpected: b"),
        ("clave-add --delete-only-one", "unknown option --delete-only-one"),
        ("clave-add -i x", "-i goes with --policy and --ssh"),
        ("clave-add --diagnose", "--diagnose goes with -m dnie"),
        ("clave-add --policy pin", "--policy takes pin, approve or sign"),
        ("clave-add --policy pin=remember:25h", "--policy takes pin, approve or sign"),
        ("clave-add --ssh maybe", "--ssh takes on or off"),
        ("clave-add --forget some", "--forget takes a number"),
        ("clave-add --log --since yesterday", "--since takes a time"),
        ("clave-add -t soon", "-t takes a time"),
        ("clave-add -f name", "-f takes NAME=VALUE"),
        ("clave-add -f pin=1234", "pin is a secret"),
        ("clave-add -m sms --file x", "--file says nothing to -m sms"),
        ("clave-add --file x --certificate y", "--file and --certificate contradict each other"),
        ("clave-add --local -g https://localhost", "--local means no gateway"),
        ("clave-add --local --document 12345678Z", "--local takes who you are from the certificate"),
        ("clave-add --local -m sms", "--local takes a certificate"),
        ("clave-register --status --resume", "one thing at a time: status, resume"),
        ("clave-register letter call", "unexpected: call"),
        ("clave-register -i x letter", "-i goes with --resume"),
        ("clave-register --status letter", "--status takes no way: letter"),
        ("clave-register post", "no way is called post"),
        ("clave-register call --have-code", "--have-code goes with letter"),
        ("clave-register letter --change-contact", "--change-contact goes with certificate or dnie"),
        ("clave-register letter --no-browser", "--no-browser goes with call"),
        ("clave-register letter --no-wait", "--no-wait goes with call"),
        ("clave-register letter --certificate x", "a certificate says nothing to letter"),
        ("clave-register letter --activate maybe", "--activate takes yes or no"),
        ("clave-pin -w soon", "-w takes"),
        ("clave-requests -n -a x", "one thing at a time"),
        ("clave-requests -n clave-agent:x", "one thing at a time"),
        ("clave-sign -n file -F none", "-F takes raw, sshsig or json"),
        ("clave-sign x", "say what it is for"),
        ("clave-sign -n file -p x -r y", "say what it is for"),
        ("clave-sign -r x", "-r and -p go together"),
        ("clave-sign --opaque -F sshsig", "-F sshsig goes with -n"),
        ("clave-sign -n file -j -F raw", "-j and -F raw contradict each other"),
        ("clave-sign -n file a b", "one file at a time"),
        ("clave-sign -k x", "unexpected: x"),
        ("clave-sign -n file --digest sha1:00", "--digest takes sha256: or sha512:"),
    ])
    func `A line that contradicts itself is refused before an agent is looked for`(line: (String, String)) throws {
        let words = line.0.split(separator: " ").map(String.init)
        let outcome = try run(words[0], Array(words.dropFirst()))
        #expect(outcome.code == 64 && outcome.output == "", "\(outcome)")
        #expect(outcome.errors.hasPrefix("\(words[0]): \(line.1)"), "\(outcome)")
        #expect(outcome.errors.hasSuffix("Try '\(words[0]) --help'.\n"), "\(outcome)")
    }

    @Test(arguments: [
        "clave-add -l", "clave-add -L -j", "clave-add -d 678Z", "clave-add -d --everywhere", "clave-add --leave",
        "clave-add --leave 678Z", "clave-add -d 678Z --everywhere -j", "clave-add -D", "clave-add -u", "clave-add -s",
        "clave-add --vault", "clave-add --remembered", "clave-add --forget all", "clave-add --available -m dnie",
        "clave-add --policy pin=ask -i 678Z", "clave-add --ssh on -i 678Z", "clave-add --rekey",
        "clave-add --local --file x", "clave-add -g https://localhost", "clave-register -s", "clave-register -r",
        "clave-pin -w 0 word", "clave-requests", "clave-requests -n", "clave-sign -n file /etc/hostname",
        "clave-sign -k",
    ])
    func `A line that is well-formed looks for the agent, and ends with code 2 where there is none`(
        line: String
    ) throws {
        let words = line.split(separator: " ").map(String.init)
        let outcome = try run(words[0], Array(words.dropFirst()))
        #expect(outcome.code == 2 && outcome.output == "", "\(outcome)")
        #expect(outcome.errors.contains("The agent does not answer"), "\(outcome)")
    }
}
