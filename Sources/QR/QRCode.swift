import CQREncode

/// A QR code (ISO/IEC 18004): a square of dark and light modules, made by libqrencode.
public struct QRCode: Sendable {
    /// How much of a code may be lost before it can't be read.
    public enum Correction: Sendable {
        /// About 15 %: for screens.
        case medium
        /// About 25 %: for paper that is folded and carried about.
        case quartile
    }

    /// Modules that stay light on each side, or readers don't find the code (ISO/IEC 18004 section 5.3.8).
    public static let quietZone = 4

    /// Modules of a side.
    public let width: Int
    /// Row by row.
    private let modules: [Bool]

    /// The smallest code of a text; nil for an empty text, one with a zero byte, and one that no QR code holds.
    public init?(_ text: String, correction: Correction = .medium) {
        guard !text.utf8.contains(0) else { return nil }
        let level = correction == .medium ? QR_ECLEVEL_M : QR_ECLEVEL_Q
        // Capital letters and digits get the mode of their own, which is denser; all else is bytes.
        guard let code = unsafe QRcode_encodeString(text, 0, level, QR_MODE_8, 1) else { return nil }
        defer { unsafe QRcode_free(code) }
        width = Int(unsafe code.pointee.width)
        modules = (0..<width * width).map { unsafe code.pointee.data[$0] & 1 == 1 }
    }

    /// Whether a module is dark.
    public func isDark(row: Int, column: Int) -> Bool { modules[row * width + column] }

    /// The dark modules that lie side by side in a row, as ranges of columns.
    public func runs(row: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for column in 0..<width where isDark(row: row, column: column) {
            if let last = runs.last, last.upperBound == column {
                runs[runs.count - 1] = last.lowerBound..<column + 1
            } else {
                runs.append(column..<column + 1)
            }
        }
        return runs
    }
}
