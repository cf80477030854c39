import Foundation

/// A folder of a test's own, which goes with it.
final class TestFolder {
    let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
