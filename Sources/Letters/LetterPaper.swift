/// A place on the sheet, in points (1/72 inch) from its upper left corner.
struct Box: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }

    init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Edges in millimetres.
    init(mm left: Double, _ top: Double, to right: Double, _ bottom: Double) {
        self.init(x: left.mm, y: top.mm, width: (right - left).mm, height: (bottom - top).mm)
    }
}

extension Double {
    /// So many millimetres, in points.
    var mm: Double { self * 72 / 25.4 }
}

/// The sheet: A4, folded in three for an envelope of 110 mm.
enum LetterPaper {
    /// Millimetres (ISO 216).
    static let (widthMM, heightMM) = (210.0, 297.0)
    static let width = widthMM.mm
    static let height = heightMM.mm
    /// A third of the sheet: what lies behind the window.
    static let foldMM = 99.0

    /// Text and pictures stay within these edges.
    static let (leftMM, rightMM) = (20.0, 190.0)
    static let head = Box(mm: leftMM, 13, to: rightMM, 31)
    /// Below the first fold, which the window's part ends above.
    static let bodyTopMM = 103.0
    static let continuationTopMM = 20.0
    static let bodyBottomMM = 273.0
    static let foot = Box(mm: leftMM, 278, to: rightMM, 287)
    /// Of the marks by which the sheet is folded: in the margin, where printers reach.
    static let foldMark = (fromMM: 5.0, toMM: 9.0)
}

/// An envelope with a window, and what of the folded sheet shows through it. Lengths are in millimetres.
///
/// The sheet is smaller than the envelope and slides in it. So the address stands where every position shows it, and
/// nothing else stands where any position does.
public struct EnvelopeWindow: Equatable, Sendable {
    /// Of the envelope's inside.
    let width: Double
    let height: Double
    /// From the envelope's left edge to the window's.
    let left: Double
    /// From the envelope's upper edge to the window's.
    let top: Double
    let windowWidth: Double
    let windowHeight: Double

    /// The *sobre americano con ventana derecha* that Spanish offices buy: 110 × 220, window 45 × 100, 20 from the right
    /// edge and 20 from the lower one. No standard binds Spanish makers; this is the size that the trade has in common.
    public static let right = EnvelopeWindow(
        width: 220, height: 110, left: 100, top: 45, windowWidth: 100, windowHeight: 45)

    /// Of DIN 680, as most of Europe has it: 110 × 220, window 45 × 90, 20 from the left edge and 15 from the lower one.
    public static let left = EnvelopeWindow(
        width: 220, height: 110, left: 20, top: 50, windowWidth: 90, windowHeight: 45)

    /// How far the folded sheet can slide.
    private var play: (x: Double, y: Double) { (width - LetterPaper.widthMM, height - LetterPaper.foldMM) }

    /// The part of the sheet that always shows: the address's place. Inside it, 1 mm stays free for the window's frame.
    var shows: Box {
        Box(
            mm: left + 1, top + 1, to: min(left - play.x + windowWidth, LetterPaper.rightMM + 1) - 1,
            top - play.y + windowHeight - 1)
    }

    /// The part of the sheet that may show: nothing but the address stands there.
    var mayShow: Box {
        Box(mm: left - play.x, top - play.y, to: left + windowWidth, top + windowHeight)
    }

    /// Beside the window, as high as the address: for date and number.
    var beside: Box {
        let gap = 4.0
        return left - play.x > LetterPaper.widthMM - left - windowWidth
            ? Box(mm: LetterPaper.leftMM, top, to: left - play.x - gap, top + windowHeight)
            : Box(mm: left + windowWidth + gap, top, to: LetterPaper.rightMM, top + windowHeight)
    }
}
