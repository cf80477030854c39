import ClaveDomain
import Foundation
import Localization
import TestSupport
import Testing

@testable import Letters

/// A letter on paper, and other people's programs to read it with.
final class Desk {
    static let code = try! LetterCode(parsing: "ABCD2345EFGH6789")

    let folder = NSTemporaryDirectory() + "clave-letters-" + UUID().uuidString
    private var path: String { folder + "/letter.pdf" }

    /// Puts the letter on the desk.
    init(_ letter: Letter? = nil) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if let letter { try Data(letter.pdf()).write(to: URL(filePath: path)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A letter like any other, but for what is given.
    static func letter(
        _ t: Localizer = .english, name: String = "NÚRIA NOVA I EXEMPLE",
        address: [String] = ["Carrer de Mostra, 1, 3r 2a", "00001 PROVES"], sender: String = "Sandbox gateway",
        window: EnvelopeWindow = .right
    ) throws -> Letter {
        Letter(
            number: 17, name: name, address: address, code: code, sentOn: try CivilDate(year: 2026, month: 11, day: 26),
            lastDay: try CivilDate(year: 2027, month: 1, day: 24), sender: sender, window: window, t)
    }

    // MARK: Reading

    func run(_ program: String, _ arguments: String...) throws -> String {
        let outcome = runProgram(
            "/usr/bin/\(program)", arguments, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        try #require(outcome.code == 0, "\(program) \(arguments): \(outcome.errors)")
        #expect(!outcome.errors.contains("Syntax Error"), "\(outcome.errors)")
        return outcome.output
    }

    func text() throws -> String { try run("pdftotext", "-layout", path, "-") }
    func facts() throws -> String { try run("pdfinfo", path) }
    func fonts() throws -> [String] { try run("pdffonts", path).split(separator: "\n").dropFirst(2).map(String.init) }
    func structure() throws -> String { try run("pdfinfo", "-struct-text", path) }
    func objects() throws -> String { try run("qpdf", "--json", path) }
    func check() throws -> String { try run("qpdf", "--check", path) }

    /// What the camera of a telephone reads on the first sheet.
    func camera() throws -> String {
        _ = try run("pdftoppm", "-r", "150", "-png", "-singlefile", path, folder + "/photo")
        return try run("zbarimg", "--quiet", "--raw", folder + "/photo.png").trimmingCharacters(in: .newlines)
    }

    /// A sheet as a scanner sees it.
    func scan(sheet: Int = 1) throws -> Scan {
        let arguments = ["-r", "\(Scan.resolution)", "-gray", "-singlefile", "-f", "\(sheet)"]
        let outcome = runProgram("/usr/bin/pdftoppm", arguments + [path, folder + "/scan"], environment: [:])
        try #require(outcome.code == 0, "\(outcome.errors)")
        return try Scan(Array(try Data(contentsOf: URL(filePath: folder + "/scan.pgm"))))
    }

    /// A catalog of the letter's own messages, each made into another.
    func localizer(_ language: Language, _ change: (String) -> String) throws -> Localizer {
        let messages = try Self.messages()
        let quoted = { (text: String) in "\"\(text)\"" }
        let entries = messages.map { "msgid \(quoted($0))\nmsgstr \(quoted(change($0)))\n" }
        let header = "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n"
        try (header + entries.joined(separator: "\n")).write(
            toFile: folder + "/messages.po", atomically: true, encoding: .utf8)
        _ = try run("msgfmt", "--output-file=\(folder)/messages.mo", folder + "/messages.po")
        let bytes = try Data(contentsOf: URL(filePath: folder + "/messages.mo"))
        return Localizer(language: language, catalog: try Catalog(parsing: Array(bytes)))
    }

    /// The English texts of the letter, as its source has them.
    static func messages() throws -> [String] {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/Letters/LetterWords.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        return text.matches(of: /\bt\(\s*"([^"]*)"/).map { String($0.output.1) }
    }
}

/// A scanned sheet: grey values.
struct Scan {
    static let resolution = 100
    let width: Int
    let height: Int
    private let pixels: ArraySlice<UInt8>

    /// Reads a PGM file.
    init(_ bytes: [UInt8]) throws {
        let head = bytes.prefix(64).split(maxSplits: 4, whereSeparator: { $0 == 10 || $0 == 32 })
        let numbers = head.dropFirst().prefix(3).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        try #require(numbers.count == 3 && numbers[2] == 255)
        (width, height) = (numbers[0], numbers[1])
        pixels = bytes.suffix(width * height)
        try #require(pixels.count == width * height)
    }

    /// How many pixels of a rectangle, in millimetres, are not white; a pixel on an edge belongs to neither side.
    func ink(_ left: Double, _ top: Double, to right: Double, _ bottom: Double) -> Int {
        let scale = Double(Self.resolution) / 25.4
        var count = 0
        for y in max(0, Int((top * scale).rounded(.up)))..<min(height, Int(bottom * scale)) {
            for x in max(0, Int((left * scale).rounded(.up)))..<min(width, Int(right * scale)) {
                count += pixels[pixels.startIndex + y * width + x] < 250 ? 1 : 0
            }
        }
        return count
    }
}
