import CP11Kit
import Foundation
import TestSupport
import Testing

@testable import Cryptoki

@Suite struct `A browser's databases` {
    private let home = NSTemporaryDirectory() + "clave-browsers-" + UUID().uuidString.prefix(8)

    private func make(_ folder: String, _ files: String...) throws {
        try FileManager.default.createDirectory(atPath: "\(home)/\(folder)", withIntermediateDirectories: true)
        for file in files { try writeProgram("", to: "\(home)/\(folder)/\(file)") }
    }

    @Test func `are found where Firefox and Chromium keep them, each with a label of its own`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let long = "a profile whose name is long ñ"
        for folder in [".mozilla/firefox", "snap/firefox/common/.mozilla/firefox"] {
            try make("\(folder)/one", "cert9.db", "key4.db")
            try make("\(folder)/two", "cert9.db", "key4.db")
            try make("\(folder)/old", "cert8.db", "key3.db")
            try make("\(folder)/half", "cert9.db")
            let profiles = ["one", "two", "old", "half", "one"].enumerated().map { number, path in
                "[Profile\(number)]\r\nName=\(long)\r\nIsRelative=1\r\nPath=\(path)\r\n"
            }
            try Data(profiles.joined(separator: "\r\n").utf8).write(
                to: URL(filePath: "\(home)/\(folder)/profiles.ini"))
        }
        try make(".pki/nssdb", "cert9.db", "key4.db")
        let found = BrowserDatabase.all(in: BrowserPlaces(home: home))
        #expect(
            found.map(\.label) == [
                "Firefox (a profile whose name is", "Firefox (a profile whose name~2",
                "Firefox snap (a profile whose na", "Firefox snap (a profile whose~2", "Chromium",
            ])
        #expect(found.map(\.place)[0] == "Firefox (\(long))")
        #expect(found.map(\.folder)[1] == "\(home)/.mozilla/firefox/two")
    }

    @Test(arguments: [
        (".config/mozilla/firefox", "Firefox (p)"), ("snap/firefox/common/.config/mozilla/firefox", "Firefox snap (p)"),
        ("snap/firefox/current/.config/mozilla/firefox", "Firefox snap (p)"),
        (".var/app/org.mozilla.firefox/.mozilla/firefox", "Firefox Flatpak (p)"),
        (".var/app/org.mozilla.firefox/config/mozilla/firefox", "Firefox Flatpak (p)"),
        (".librewolf", "LibreWolf (p)"), (".config/librewolf/librewolf", "LibreWolf (p)"),
        (".var/app/io.gitlab.librewolf-community/.librewolf", "LibreWolf Flatpak (p)"),
        (".thunderbird", "Thunderbird (p)"), ("snap/thunderbird/common/.thunderbird", "Thunderbird snap (p)"),
        (".local/share/pki/nssdb", "Chromium"), ("snap/chromium/current/.pki/nssdb", "Chromium snap"),
        ("snap/chromium/current/.local/share/pki/nssdb", "Chromium snap"),
        (".var/app/org.chromium.Chromium/data/pki/nssdb", "Chromium Flatpak"),
        (".var/app/com.google.Chrome/.pki/nssdb", "Chrome Flatpak"),
        (".var/app/com.brave.Browser/data/pki/nssdb", "Brave Flatpak"),
    ]) func `are found in the newer places of browsers, and in those of snaps and Flatpaks`(
        folder: String, place: String
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let isMozilla = place.hasSuffix("(p)")
        try make(isMozilla ? folder + "/profile" : folder, "cert9.db", "key4.db")
        if isMozilla {
            try Data("[Profile0]\nName=p\nPath=profile\n".utf8).write(
                to: URL(filePath: "\(home)/\(folder)/profiles.ini"))
        }
        let found = BrowserDatabase.all(in: BrowserPlaces(home: home))
        #expect(found.map(\.place) == [place])
    }

    @Test func `are found where the XDG variables say, unless these are relative`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        try make("elsewhere/mozilla/firefox/profile", "cert9.db", "key4.db")
        try Data("[Profile0]\nName=p\nPath=profile\n".utf8).write(
            to: URL(filePath: "\(home)/elsewhere/mozilla/firefox/profiles.ini"))
        try make("data/pki/nssdb", "cert9.db", "key4.db")
        func places(_ configuration: String?, _ data: String?) -> [String] {
            BrowserDatabase.all(in: BrowserPlaces(home: home, configuration: configuration, data: data)).map(\.place)
        }
        #expect(places(home + "/elsewhere", home + "/data") == ["Firefox (p)", "Chromium"])
        #expect(places(nil, nil) == [])
        // Relative to the folder in which this runs, they would be found.
        let up = String(repeating: "../", count: 64)
        #expect(places("\(up)\(home)/elsewhere", "\(up)\(home)/data") == [])
    }

    @Test func `are listed once, however many names lead to one of them`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        for folder in ["one", "two"] { try make(".mozilla/firefox/\(folder)", "cert9.db", "key4.db") }
        try Data(
            "[Profile0]\nName=a\nPath=one\n[Profile1]\nName=b\nPath=../firefox/one\n[Profile2]\nName=c\nPath=two".utf8
        )
        .write(to: URL(filePath: "\(home)/.mozilla/firefox/profiles.ini"))
        try make(".config")
        try FileManager.default.createSymbolicLink(
            atPath: home + "/.config/mozilla", withDestinationPath: home + "/.mozilla")
        try make(".pki/nssdb", "cert9.db", "key4.db")
        try make(".local/share")
        try FileManager.default.createSymbolicLink(
            atPath: home + "/.local/share/pki", withDestinationPath: home + "/.pki")
        let found = BrowserDatabase.all(in: BrowserPlaces(home: home))
        #expect(found.map(\.place) == ["Firefox (a)", "Firefox (c)", "Chromium"])
    }

    @Test func `are listed in a file that is read with limits`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        func count(_ text: String) throws -> Int {
            try make("", "profiles.ini")
            try Data(text.utf8).write(to: URL(filePath: "\(home)/profiles.ini"))
            return FirefoxProfile.all(in: home).count
        }
        let profile = "[Profile1]\nName=a\nPath=b\n"
        #expect(try count(profile) == 1)
        #expect(try count(String(repeating: profile, count: 40)) == 32)
        #expect(try count(profile + "; " + String(repeating: "a", count: 65_536)) == 0)
        #expect(FirefoxProfile.all(in: home + "/nowhere").isEmpty)
        for text in [
            "", "[Install]\nName=a\nPath=b\n", "[Profile0]\nName=a\n", "[Profile0]\nPath=b",
            "[Profile0]\nName=\nPath=b",
            "[Profile0]\nName=a\nPath=b\nIsRelative=0", "Name=a\nPath=b", "[Profile0]\nName=a\u{1}\nPath=b",
            "[Profile0]\nName=\(String(repeating: "a", count: 129))\nPath=b",
        ] { #expect(FirefoxProfile.parse(text, in: "/home").isEmpty, "\(text)") }
        #expect(
            FirefoxProfile.parse("[Profile0]\nName=a\nPath=/b\nIsRelative=0", in: "/home").map(\.folder) == ["/b"])
        #expect(FirefoxProfile.parse("[Profile0]\nName=a\nPath=b\n", in: "/home").map(\.folder) == ["/home/b"])
        // A mark that combines with the sign before it belongs to the name all the same.
        let marked = FirefoxProfile.parse("[Profile0]\r\nName=\u{301}a\r\nPath=\u{20DD}\r\n", in: "/home")
        #expect(marked == [FirefoxProfile.parse("[Profile0]\nName=\u{301}a\nPath=\u{20DD}", in: "/home").first])
        #expect(marked.map(\.folder) == ["/home/\u{20DD}"])
    }
}

@Suite struct `A URI of a certificate` {
    private static func token(_ label: String, serial: String = "17") -> CK_TOKEN_INFO {
        var info = CK_TOKEN_INFO()
        func fill<Field>(_ field: inout Field, _ text: String) {
            withUnsafeMutableBytes(of: &field) { bytes in
                for place in bytes.indices { bytes[place] = 0x20 }
                bytes.copyBytes(from: text.utf8.prefix(bytes.count))
            }
        }
        fill(&info.label, label)
        fill(&info.manufacturerID, "Fábrica Nacional")
        fill(&info.model, "a model")
        fill(&info.serialNumber, serial)
        return info
    }

    private static func certificate(_ identifier: [UInt8], _ label: [UInt8]) -> PersonalCertificate {
        PersonalCertificate(identifier: identifier, label: label, der: [], issuer: [])
    }

    @Test(arguments: [
        Array("María; Nuñez / firma = 100 % ?&".utf8), Array("l'Òscar".utf8), [0xFF, 0xFE, 0x3B], [0x20, 0x41, 0x20],
    ]) func `finds it again, and no other`(label: [UInt8]) throws {
        let (token, certificate) = (Self.token("tarjeta; ñ"), Self.certificate([0, 1, 0xFF], label))
        let text = try #require(TokenURI.text(token, certificate))
        #expect(text.hasPrefix("pkcs11:") && text.hasSuffix(";type=cert"))
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let uri = try TokenURI(text)
        #expect(uri.fits(token) && uri.fits(certificate))
        #expect(!uri.fits(Self.token("tarjeta; ñ", serial: "18")))
        #expect(!uri.fits(Self.token("tarjeta")))
        #expect(!uri.fits(Self.certificate([0, 1], label)))
        #expect(!uri.fits(Self.certificate([0, 1, 0xFF], label + [0x41])))
    }

    @Test func `leaves out a label for which it has no room, and is none if the identifier has none`() throws {
        let long = [UInt8](repeating: 0xFF, count: 500)
        let text = try #require(TokenURI.text(Self.token("card"), Self.certificate([7], long)))
        #expect(!text.contains("object="))
        #expect(try TokenURI(text).fits(Self.certificate([7], long)))
        #expect(TokenURI.text(Self.token("card"), Self.certificate(long, [])) == nil)
    }

    @Test func `ends its attributes at a semicolon, and not at a character that only counts as one`() throws {
        // To Unicode, the Greek question mark is a semicolon in another form, and so it is to a comparison of characters.
        let label = "a\u{37E}clave-sha256=" + String(repeating: "0", count: 64)
        #expect(try TokenURI("pkcs11:object=\(label)").fits(Self.certificate([7], Array(label.utf8))))
        #expect(try !TokenURI("pkcs11:object=\(label)").fits(Self.certificate([7], [0x61])))
        for mark in ["\u{301}", "\u{20DD}"] {
            #expect(throws: InstalledFailure.self) {
                try TokenURI("pkcs11:object=a;clave-sha256=\(mark)" + String(repeating: "0", count: 64))
            }
        }
    }

    @Test func `fits everything that it does not name`() throws {
        let uri = try TokenURI("pkcs11:")
        #expect(uri.fits(Self.token("card")) && uri.fits(Self.certificate([7], [0x41])))
    }
}

@Suite struct `A certificate of an authority` {
    @Test(arguments: [
        ("critical,CA:TRUE", true), ("CA:TRUE", true), ("critical,CA:TRUE,pathlen:0", true), ("CA:FALSE", false),
        ("critical,CA:FALSE", false),
    ]) func `is known by its basic constraints`(constraints: String, isAuthority: Bool) throws {
        let folder = NSTemporaryDirectory() + "clave-authority-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = """
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -subj /CN=x -out request
            echo basicConstraints=\(constraints) >extensions
            openssl x509 -req -in request -signkey key -extfile extensions -outform DER -out certificate
            """
        let made = runProgram(
            "/bin/sh", ["-ec", "cd \(folder)\n" + script], environment: ["PATH": "/usr/bin:/bin", "HOME": folder])
        try #require(made.code == 0, "\(made)")
        let der = Array(try Data(contentsOf: URL(filePath: folder + "/certificate")))
        let certificate = PersonalCertificate(identifier: [1], label: [], der: der, issuer: [])
        #expect(certificate.isAuthority == isAuthority)
    }
}
