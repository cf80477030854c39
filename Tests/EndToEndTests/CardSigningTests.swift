import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `The keys of a DNIe` {
    /// A world with an active identity whose card is there.
    private func cards(_ generation: Int = 4, overTheAir: Bool = false) throws -> CardWorld {
        let cards = try CardWorld(generation)
        try cards.insert(overTheAir ? ["--contactless"] : [])
        let said = cards.activate()
        try #require(said.code == 0, "\(said)")
        return cards
    }

    @Test(arguments: [(2, false), (3, false), (4, true)])
    func `sign several documents at once under one yes and one PIN`(
        kind: (generation: Int, overTheAir: Bool)
    ) throws {
        let cards = try cards(kind.generation, overTheAir: kind.overTheAir)
        let world = cards.world
        let names = ["one.txt", "two.txt", "three.txt"]
        for name in names {
            try "\(name)\n".write(toFile: world.folder + "/" + name, atomically: true, encoding: .utf8)
        }
        let paths = names.map { world.folder + "/" + $0 }
        world.forgetAsked()
        let signed = world.run("clave-sign", ["-F", "cades"] + paths)
        #expect(signed.code == 0 && signed.output == paths.map { $0 + ".p7s\n" }.joined(), "\(signed)")
        #expect(signed.errors.contains("Signed: 3 of 3"))
        #expect(!world.asked.contains("binds you"))
        #expect(world.asked.contains("May the program below have 3 signatures of yours, all at once?"))
        for (number, name) in names.enumerated() {
            #expect(world.asked.contains("\(number + 1). \"\(name)\" sha256:"), "\(world.asked)")
        }
        #expect(world.asked.components(separatedBy: "Tries left: 3.").count == 2, "\(world.asked)")
        for name in names {
            let subject = try cards.verify(name)
            #expect(subject.contains("AUTENTICACIÓN"), "\(subject)")
        }
        // Nobody is asked for what could not be kept.
        world.forgetAsked()
        let again = world.run("clave-sign", ["-F", "cades"] + paths)
        #expect(again.code != 0 && again.errors.contains("one.txt.p7s is there already"), "\(again)")
        let nowhere = world.run("clave-sign", ["-F", "cades", "-o", world.folder + "/nowhere"] + paths)
        #expect(nowhere.code != 0 && nowhere.errors.contains("is no folder to which you may write"), "\(nowhere)")
        #expect(world.asked.isEmpty && cards.triesLeft == 3)
    }

    @Test func `sign without any gateway for who has taken the card in to sign with`() throws {
        let cards = try CardWorld(4)
        cards.world.killGateway()
        try cards.insert()
        let said = cards.world.run("clave-add", ["-m", "dnie", "--local"])
        #expect(said.code == 0 && said.errors.contains("This identity signs only"), "\(said)")
        // Nothing was proved to anybody, so no PIN was asked for.
        #expect(!cards.world.asked.contains("Tries left"))
        for (name, key) in [("note", "authentication"), ("contract", "signature")] {
            let path = cards.world.folder + "/" + name
            try "agreed\n".write(toFile: path, atomically: true, encoding: .utf8)
            let signed = cards.world.run("clave-sign", ["-F", "cades", "--key", key, "-o", path + ".p7s", path])
            #expect(signed.code == 0, "\(signed)")
            let trust = cards.card + "/trust"
            let verified = cards.world.run("clave-sign", ["--verify", "--trust", trust, path + ".p7s"])
            #expect(verified.code == 0 && verified.output.contains("Signer: AINA PROVA (****5678Z)"), "\(verified)")
        }
        #expect(cards.triesLeft == 3)
    }

    @Test(arguments: [(2, false), (3, true), (4, false)])
    func `sign by the signature key one document at a time, with a warning`(
        kind: (generation: Int, overTheAir: Bool)
    ) throws {
        let cards = try cards(kind.generation, overTheAir: kind.overTheAir)
        let world = cards.world
        let path = world.folder + "/contract"
        try "agreed\n".write(toFile: path, atomically: true, encoding: .utf8)
        let arguments = ["-F", "cades", "--key", "signature", "-o", path + ".p7s", path]
        world.forgetAsked()
        let signed = world.run("clave-sign", arguments)
        #expect(signed.code == 0, "\(signed)")
        #expect(world.asked.contains("This signature binds you as one by hand does."))
        let subject = try cards.verify("contract")
        #expect(subject.contains("FIRMA"), "\(subject)")
        world.forgetAsked()
        let both = world.run("clave-sign", ["-F", "cades", "--key", "signature", path, world.folder + "/answers"])
        #expect(both.code == 64 && both.errors.contains("one file at a time") && world.asked.isEmpty, "\(both)")
    }

    @Test func `sign by the authentication key where nothing else is said, without that warning`() throws {
        let cards = try cards()
        let world = cards.world
        world.forgetAsked()
        try cards.sign()
        #expect(!world.asked.contains("binds you") && world.asked.contains("have it at the reader"))
        let shown = world.run("clave-sign", ["--print-certificates", "--key", "signature"])
        let ours = world.run("clave-sign", ["--print-certificates"])
        #expect(shown.code == 0 && ours.code == 0 && shown.output != ours.output)
        let listed = world.run("clave-add", ["-L"]).output
        #expect(listed.contains("/signature, "), "\(listed)")
    }

    @Test func `sign nothing when the person says no, and no PIN is asked for then`() throws {
        let cards = try cards()
        let world = cards.world
        try world.answer("no")
        world.forgetAsked()
        let signed = world.run(
            "clave-sign", ["-F", "cades", "--key", "signature", "-o", "/dev/null", world.folder + "/answers"])
        #expect(signed.code != 0 && !world.asked.contains("PIN of the DNIe"), "\(signed)")
    }

    @Test(arguments: [30, 45, 60]) func `taken away in the middle of a batch leave no signature`(place: Int) throws {
        let cards = try cards()
        let world = cards.world
        cards.remove()
        try cards.insert(["--fault", "remove@\(place)"])
        let paths = (1...4).map { world.folder + "/file\($0)" }
        for path in paths { try path.write(toFile: path, atomically: true, encoding: .utf8) }
        let signed = world.run("clave-sign", ["-F", "cms"] + paths)
        if signed.code == 0 { return #expect(paths.allSatisfy { access($0 + ".p7s", F_OK) == 0 }) }
        #expect(signed.errors.contains("was taken away"), "\(signed)")
        #expect(paths.allSatisfy { access($0 + ".p7s", F_OK) != 0 })
        #expect(cards.triesLeft == 3)
    }

    @Test func `let the person in by ssh once they want that, from this machine alone`() throws {
        let cards = try cards()
        let world = cards.world
        let shell = Shell(world)
        #expect(shell.listed == 0)
        let told = world.run("clave-add", ["--ssh", "on"])
        #expect(told.code == 0 && told.output.hasPrefix("ssh-rsa "), "\(told)")
        #expect(world.asked.contains("May ssh see the key of your certificate"))
        // It is written after the answer.
        try eventually("the log to tell it") {
            world.run("clave-add", ["--log"]).output.contains("ssh sees an identity's key")
        }
        try told.output.write(toFile: world.folder + "/card.pub", atomically: true, encoding: .utf8)
        #expect(shell.run("ssh-add -L").output == told.output)
        let host = try LoginHost("host", shell)
        world.forgetAsked()
        let login = shell.run(host.line("echo inside"))
        #expect(login.output == "inside\n", "\(login)")
        #expect(world.asked.contains("To log in by ssh as") && world.asked.contains("By the key of your certificate"))
        #expect(world.asked.contains("Host's key: SHA256:") && world.asked.contains("PIN of the DNIe"))
        // The host at the other end of a forwarding learns nothing of it.
        let forwarded = shell.run(host.line("ssh-add -l", forwarding: true))
        #expect(forwarded.output.contains("no identities"), "\(forwarded)")
        let signed = shell.run("echo text >file; ssh-keygen -Y sign -n git -f card.pub file")
        #expect(signed.code == 0, "\(signed)")
        let verified = shell.run(
            "(printf 'me '; cat card.pub) >allowed; ssh-keygen -Y verify -n git -f allowed -I me -s file.sig <file")
        #expect(verified.output.contains("Good \"git\" signature"), "\(verified)")
        // A random text is neither.
        #expect(shell.run("ssh-add -T card.pub").code != 0)
        world.stopAgent()
        try world.startAgent(environment: cards.service.environment)
        #expect(shell.listed == 0)
        #expect(world.run("clave-add", ["-l"]).code == 0)
        #expect(shell.listed == 1)
        #expect(world.run("clave-add", ["--ssh", "off"]).code == 0)
        #expect(shell.listed == 0)
    }

    @Test func `leave no signature of a batch where one could not be written`() throws {
        let cards = try cards()
        let world = cards.world
        let names = ["one", "two"]
        for name in names { try name.write(toFile: world.folder + "/" + name, atomically: true, encoding: .utf8) }
        // The second one's name is too long for its folder once it ends in .p7s.
        let long = String(repeating: "x", count: 252)
        try long.write(toFile: world.folder + "/" + long, atomically: true, encoding: .utf8)
        let signed = world.run("clave-sign", ["-F", "cms"] + ["one", long].map { world.folder + "/" + $0 })
        #expect(signed.code != 0 && access(world.folder + "/one.p7s", F_OK) != 0, "\(signed)")
    }
}
