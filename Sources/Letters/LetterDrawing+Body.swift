import ClaveDomain
import QR

// The letter's body: blocks one below the other, on as many sheets as they need.
extension LetterDrawing {
    /// A part of the body that is not divided between sheets.
    enum Block {
        case title(String)
        case heading(String)
        case paragraph(String)
        case code
        case item(LetterWords.Item)

        /// Space above, in sizes of the text.
        var gap: Double {
            switch self {
            case .title: 0
            case .heading: 1.5
            case .paragraph: 0.8
            case .code: 1.4
            case .item: 0.5
            }
        }
    }

    /// A block and its upper edge.
    typealias Placed = (block: Block, y: Double)

    private static let side = (x: LetterPaper.leftMM.mm, width: (LetterPaper.rightMM - LetterPaper.leftMM).mm)
    /// A module of the QR: telephones read a third of it.
    private static let module = 1.3.mm

    private var blocks: [Block] {
        [.title(words.subject), .paragraph(words.purpose), .code, .heading(words.stepsTitle)]
            + words.steps.map(Block.item) + [.heading(words.cautionsTitle)] + words.cautions.map(Block.item)
    }

    // MARK: Arranging

    /// The blocks of each sheet, and the size of their text.
    func arrange() throws(LetterError) -> (sheets: [[Placed]], size: Double) {
        var smallest: (sheets: [[Placed]], size: Double) = ([], Self.sizes[0])
        for size in Self.sizes {
            smallest = (try arrange(size), size)
            if smallest.sheets.count == 1 { break }
        }
        return smallest
    }

    private func arrange(_ size: Double) throws(LetterError) -> [[Placed]] {
        var sheets: [[Placed]] = [[]]
        var y = LetterPaper.bodyTopMM.mm
        let all = blocks
        for (index, block) in all.enumerated() {
            let height = try height(block, size)
            var needed = height
            // A heading stays with what it is the heading of.
            if case .heading = block, index + 1 < all.count {
                needed += all[index + 1].gap * size + (try self.height(all[index + 1], size))
            }
            let isFirst = sheets[sheets.count - 1].isEmpty
            if !isFirst { y += block.gap * size }
            if y + needed > LetterPaper.bodyBottomMM.mm, !isFirst {
                sheets.append([])
                y = LetterPaper.continuationTopMM.mm
            }
            guard y + height <= LetterPaper.bodyBottomMM.mm else { throw .tooLong("text") }
            sheets[sheets.count - 1].append((block, y))
            y += height
        }
        return sheets
    }

    private func height(_ block: Block, _ size: Double) throws(LetterError) -> Double {
        switch block {
        case .title(let text): try setter.set(text, Self.title(size), width: Self.side.width).height
        case .heading(let text): try setter.set(text, Self.heading(size), width: Self.side.width).height
        case .paragraph(let text): try setter.set(text, Face(size: size), width: Self.side.width).height
        case .code: try max(codeTexts(size).height, qr().side) + 2 * Self.padding
        case .item(let item): try itemHeight(item, size)
        }
    }

    private static func title(_ size: Double) -> Face { Face(size: size + 4.5, isBold: true) }
    private static func heading(_ size: Double) -> Face { Face(size: size + 1, isBold: true) }

    // MARK: Drawing

    /// Draws a sheet's blocks; items that follow each other are a list.
    func drawBody(_ blocks: [Placed], _ size: Double) throws(LetterError) {
        var isInList = false
        for (block, y) in blocks {
            if case .item = block, !isInList {
                canvas.begin("L")
                isInList = true
            } else if isInList, !block.isItem {
                canvas.end("L")
                isInList = false
            }
            try draw(block, y, size)
        }
        if isInList { canvas.end("L") }
    }

    private func draw(_ block: Block, _ y: Double, _ size: Double) throws(LetterError) {
        switch block {
        case .title(let text): try draw(text, Self.title(size), "H1", y)
        case .heading(let text): try draw(text, Self.heading(size), "H2", y)
        case .paragraph(let text): try draw(text, Face(size: size), "P", y)
        case .code: try drawCode(y, size)
        case .item(let item): try draw(item, y, size)
        }
    }

    private func draw(_ text: String, _ face: Face, _ element: String, _ y: Double) throws(LetterError) {
        canvas.begin(element)
        try setter.set(text, face, width: Self.side.width).put(canvas, x: Self.side.x, y: y)
        canvas.end(element)
    }

    // MARK: Items

    private static let indent = 6.0.mm

    private func itemHeight(_ item: LetterWords.Item, _ size: Double) throws(LetterError) -> Double {
        let width = Self.side.width - Self.indent
        let height = try setter.set(item.text, Face(size: size), width: width).height
        guard let command = item.command else { return height }
        return height + size * 0.3 + (try setter.set(command, Self.command(size), width: width).height)
    }

    private func draw(_ item: LetterWords.Item, _ y: Double, _ size: Double) throws(LetterError) {
        let (x, width) = (Self.side.x + Self.indent, Self.side.width - Self.indent)
        let text = try setter.set(item.text, Face(size: size), width: width)
        canvas.begin("LI")
        canvas.begin("Lbl")
        try setter.set(item.label, Face(size: size)).put(canvas, x: Self.side.x + 1.0.mm, y: y)
        canvas.end("Lbl")
        canvas.begin("LBody")
        text.put(canvas, x: x, y: y)
        if let command = item.command {
            try setter.set(command, Self.command(size), width: width).put(
                canvas, x: x, y: y + text.height + size * 0.3)
        }
        canvas.end("LBody")
        canvas.end("LI")
    }

    private static func command(_ size: Double) -> Face { Face(family: Face.code, size: size, isBold: true) }

    // MARK: The code

    private static let padding = 4.0.mm

    private func qr() throws(LetterError) -> (code: QRCode, side: Double) {
        guard let code = QRCode(letter.code.text, correction: .quartile) else { throw .drawing("no QR code") }
        return (code, Double(code.width) * Self.module)
    }

    /// What stands beside the QR: each with the space above it, and the height of all.
    private func codeTexts(
        _ size: Double
    ) throws(LetterError) -> (texts: [(text: String, face: Face, gap: Double)], width: Double, height: Double) {
        let quiet = Double(QRCode.quietZone) * Self.module
        let width = Self.side.width - Self.padding - (try qr().side) - 2 * quiet
        let code = Face(family: Face.code, size: Self.code.size, isBold: true)
        let box = Box(x: 0, y: 0, width: width, height: code.size * 3)
        let fitting = try setter.fit([letter.code.grouped], code, box, floor: Self.code.floor, named: "code").size
        let texts = [
            (words.codeLabel, Face(size: size - 1, grey: Self.soft), 0),
            (letter.code.grouped, code.sized(fitting), size * 0.2),
            ("\(words.lastDayLabel) \(words.lastDay)", Face(size: size, isBold: true), size * 0.5),
            (words.pictureNote, Face(size: size - 1, grey: Self.soft), size * 0.6),
        ]
        var height = 0.0
        for (text, face, gap) in texts { height += gap + (try setter.set(text, face, width: width).height) }
        return (texts, width, height)
    }

    private func drawCode(_ top: Double, _ size: Double) throws(LetterError) {
        let (qr, side) = try qr()
        let (texts, width, height) = try codeTexts(size)
        let inner = max(height, side)
        canvas.frame(
            Box(x: Self.side.x, y: top, width: Self.side.width, height: inner + 2 * Self.padding), thick: 0.75,
            grey: Self.soft)
        var y = top + Self.padding + (inner - height) / 2
        for (text, face, gap) in texts {
            canvas.begin("P")
            let set = try setter.set(text, face, width: width)
            set.put(canvas, x: Self.side.x + Self.padding, y: y + gap)
            y += gap + set.height
            canvas.end("P")
        }
        let quiet = Double(QRCode.quietZone) * Self.module
        drawQR(qr, x: Self.side.x + Self.side.width - quiet - side, y: top + Self.padding + (inner - side) / 2)
    }

    private func drawQR(_ code: QRCode, x: Double, y: Double) {
        // Rows overlap a little: two shapes that only touch leave a pale line in some programs.
        let overlap = Self.module * 0.02
        let boxes = (0..<code.width).flatMap { row in
            code.runs(row: row).map { run in
                Box(
                    x: x + Double(run.lowerBound) * Self.module, y: y + Double(row) * Self.module,
                    width: Double(run.count) * Self.module, height: Self.module + overlap)
            }
        }
        canvas.begin("Figure")
        canvas.fill(boxes, grey: 0)
        canvas.end("Figure")
    }
}

extension LetterDrawing.Block {
    fileprivate var isItem: Bool { if case .item = self { true } else { false } }
}
