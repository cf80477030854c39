import ASN1
import Certificates
import Foundation
import SignedForms
import TestSupport
import Testing

@testable import Signatures

@Suite struct `The outline of a CMS message` {
    @Test func `is counted before OpenSSL decodes it, and too many certificates or signers are too large`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        // What OpenSSL would refuse as no certificate: that it is too large is told before.
        let none = DER.sequence(DER.integer([1]))
        #expect(throws: SignatureFile.Failure.tooLarge) {
            try bench.verify(
                try bench.sign(by: entry, attributes: [], certificates: Array(repeating: none, count: 65)))
        }
        #expect(throws: SignatureFile.Failure.damaged(.cms)) {
            try bench.verify(
                try bench.sign(by: entry, attributes: [], certificates: Array(repeating: none, count: 64)))
        }
        #expect(throws: SignatureFile.Failure.tooLarge) {
            try bench.verify(try bench.sign(by: entry, attributes: [], signers: 17))
        }
        #expect(throws: SignatureFile.Failure.damaged(.cms)) {
            try bench.verify(try bench.sign(by: entry, attributes: [], signers: 0))
        }
    }

    @Test func `has room for 4 MiB beside the content, however large the content is`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        let large = Array(repeating: UInt8(7), count: SignatureFile.longestRest + 1)
        #expect(throws: SignatureFile.Failure.tooLarge) {
            try bench.verify(try bench.sign(by: entry, attributes: [], certificates: [DER.sequence(large)]))
        }
        #expect(try bench.verify(try bench.sign(large, by: entry, .es256, isAttached: true)).isGood)
        // In BER, in parts, its length is not told before.
        try bench.write(large, to: "content")
        try bench.make(
            """
            openssl cms -sign -binary -nodetach -stream -in content -signer person.crt -inkey person.key \\
                -certfile middle.crt -outform DER -out signature
            """)
        let streamed = try bench["signature"]
        #expect(streamed.starts(with: [0x30, 0x80]))
        #expect(try bench.verify(streamed).isGood)
    }

    @Test(
        arguments: [
            [], [0x30], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x02, 0x30, 0x80],
            Array(repeating: [0x30, 0x80], count: 1000).flatMap(\.self),
        ] as [[UInt8]]) func `is nothing of what is cut short or nested without end`(bytes: [UInt8])
    {
        #expect(CMSOutline(bytes) == nil)
    }
}

@Suite struct `A CMS signature in PEM` {
    @Test func `is one block with nothing but blanks around it`() throws {
        let bench = try Bench()
        try bench.make(
            "openssl cms -sign -binary -in content -signer person.crt -inkey person.key -certfile middle.crt -outform PEM -out signature"
        )
        let text = String(decoding: try bench["signature"], as: UTF8.self)
        for good in [
            text, "\n \t" + text + "\r\n \n", String(text.dropLast()),
            text.replacingOccurrences(of: "\n", with: "\r\n"),
        ] {
            #expect(try bench.verify(Array(good.utf8)).isGood)
        }
        let lines = text.split(separator: "\n").map(String.init)
        for bad in [
            text + text, text + "I have signed nothing.", text + "-----BEGIN CMS-----\n",
            ([lines[0], "Comment: I have signed nothing.", ""] + lines.dropFirst()).joined(separator: "\n"),
            text + "I have signed nothing.\n-----END CMS-----\n",
            text.replacingOccurrences(of: "END CMS", with: "END PKCS7"),
            lines[0], "-----BEGIN CMS-----END CMS-----",
        ] {
            #expect(throws: SignatureFile.Failure.damaged(.cms)) { try bench.verify(Array(bad.utf8)) }
        }
        // A text in front of it makes it no PEM at all.
        let report = try? bench.verify(Array(("I have signed nothing.\n" + text).utf8))
        #expect(report?.isGood != true)
    }
}
