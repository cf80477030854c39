import Foundation
import Glibc
import Localization
import Posix
import SmartCard

@testable import CardDiagnosis
@testable import DNIe
@testable import SmartCard

/// Hears what a diagnosis of a made-up computer says.
final class Listener {
    let machine: FakeMachine
    private(set) var findings: [Finding] = []

    init(_ machine: FakeMachine? = nil) throws { self.machine = try machine ?? FakeMachine() }

    func diagnosis(_ settings: DNIeSettings = DNIeSettings()) -> Diagnosis {
        Diagnosis(machine.machine, .english, settings: settings) { self.findings.append($0) }
    }

    /// Of each finding, what it is about and how it is.
    var verdicts: [String] { findings.map { "\($0.subject) \($0.verdict)" } }

    /// The only finding about something.
    func text(_ subject: String) -> String? {
        let found = findings.filter { $0.subject == subject }
        return found.count == 1 ? found[0].text : nil
    }
}

/// A folder that is some other computer's `/`.
final class FakeMachine {
    let root = NSTemporaryDirectory() + "clave-machine-" + UUID().uuidString.prefix(8)

    /// - Parameter files: what there is, and in it nothing.
    init(_ files: [String] = []) throws {
        try Files.makeFolder(root)
        for file in files { try put(file) }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var machine: Machine { Machine(root: root, socket: nil) }

    func put(_ file: String, _ text: String = "") throws {
        try Files.makeFolder(Files.parent(of: "\(root)/\(file)"))
        try Files.replace("\(root)/\(file)", with: Array(text.utf8))
    }

    /// Plugs in a device of USB, by the class of an interface of its own.
    func plug(_ name: String, interfaceClass: String) throws {
        try put("sys/bus/usb/devices/\(name)/bInterfaceClass", interfaceClass + "\n")
    }
}

extension CardReader {
    /// A reader as the card service tells of it.
    init(_ name: String, _ state: Int, _ atr: String = "") {
        let digits = atr.compactMap { $0.hexDigitValue.map { UInt8($0) } }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        self.init(name: name, state: UInt(state), atr: bytes)
    }
}

/// States of readers, as PC/SC numbers them.
enum ReaderState {
    static let unavailable = 0x08
    static let empty = 0x10
    static let present = 0x20
    static let mute = 0x220
}
