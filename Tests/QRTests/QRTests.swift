import Foundation
import QR
import TestSupport
import Testing

@Suite struct `A QR code` {
    /// What zbarimg reads in the code, drawn as a picture of 4 pixels a module.
    private func read(_ code: QRCode) throws -> String {
        let (scale, quiet) = (4, QRCode.quietZone)
        let size = (code.width + 2 * quiet) * scale
        var picture = "P1\n\(size) \(size)\n"
        for y in 0..<size {
            for x in 0..<size {
                let (row, column) = (y / scale - quiet, x / scale - quiet)
                let isInside = (0..<code.width).contains(row) && (0..<code.width).contains(column)
                picture += isInside && code.isDark(row: row, column: column) ? "1 " : "0 "
            }
            picture += "\n"
        }
        let file = NSTemporaryDirectory() + "clave-qr-" + UUID().uuidString + ".pbm"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try picture.write(toFile: file, atomically: true, encoding: .utf8)
        let outcome = runProgram(
            "/usr/bin/zbarimg", ["--quiet", "--raw", file], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    @Test(
        arguments: [
            "ABCD2345EFGH6789", "clave-agent://mobile?gateway=https://localhost:8443&token=AAAA", "1",
            String(repeating: "x", count: 600),
        ], [QRCode.Correction.medium, .quartile])
    func `is read back by another's program`(text: String, correction: QRCode.Correction) throws {
        #expect(try read(try #require(QRCode(text, correction: correction))) == text)
    }

    @Test func `is the smallest there is for a letter's code, also with the better correction`() {
        #expect(QRCode("ABCD2345EFGH6789", correction: .quartile)?.width == 21)
    }

    @Test func `has runs that cover its dark modules, each once`() throws {
        let code = try #require(QRCode("ABCD2345EFGH6789"))
        for row in 0..<code.width {
            let covered = code.runs(row: row).flatMap(Array.init)
            #expect(covered == (0..<code.width).filter { code.isDark(row: row, column: $0) })
        }
    }

    @Test func `is not made of what none holds`() {
        #expect(QRCode("") == nil)
        #expect(QRCode("a\0b") == nil)
        #expect(QRCode(String(repeating: "x", count: 3000)) == nil)
    }
}
