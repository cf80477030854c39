/// Puts a letter on its sheets.
struct LetterDrawing: ~Copyable {
    let letter: Letter
    let words: LetterWords
    let canvas: Canvas
    let setter: Typesetter

    /// Of the body's text, in points: the largest in which the letter is one sheet, else the smallest.
    static let sizes = [11, 10.5, 10, 9.5, 9, 8.5]
    static let address = (size: 11.0, floor: 8.0)
    static let sender = (size: 15.0, floor: 10.0)
    static let notice = (size: 9.5, floor: 7.5)
    static let foot = (size: 8.0, floor: 6.5)
    static let code = (size: 24.0, floor: 18.0)
    /// Grey of what is read second.
    static let soft = 0.35

    init(_ letter: Letter, _ words: LetterWords, _ canvas: consuming Canvas, _ setter: consuming Typesetter) {
        self.letter = letter
        self.words = words
        self.canvas = canvas
        self.setter = setter
    }

    /// Draws all sheets.
    func draw() throws(LetterError) {
        try setter.requireLetters()
        let (sheets, size) = try arrange()
        canvas.begin("Document")
        for (index, blocks) in sheets.enumerated() {
            if index == 0 {
                try drawHead()
                try drawBeside(drawAddress(), size)
            }
            try drawBody(blocks, size)
            try drawFoot(page: index + 1, of: sheets.count)
            drawFoldMarks()
            if index == sheets.count - 1 { canvas.end("Document") }
            canvas.endPage()
        }
    }

    // MARK: Parts that have their place

    /// Who writes, and that it is a sandbox.
    private func drawHead() throws(LetterError) {
        let box = LetterPaper.head
        let name = Face(size: Self.sender.size, isBold: true)
        let notice = Face(size: Self.notice.size)
        let (size, height) = try setter.fit([words.notice], notice, box, floor: Self.notice.floor, named: "notice")
        var (upper, lower) = (box, box)
        upper.height = box.height - height - 3
        (lower.y, lower.height) = (box.bottom - height, height)
        try put(letter.sender, name, Self.sender.floor, upper, named: "sender", isBelow: true)
        try put(words.notice, notice.sized(size), size, lower, named: "notice")
        canvas.line(fromX: box.x, to: box.right, y: box.bottom + 3, thick: 0.5, grey: 0.6)
    }

    /// Name and address, in the middle of what shows through the window.
    ///
    /// - Returns: its upper edge.
    private func drawAddress() throws(LetterError) -> Double {
        let box = letter.window.shows
        let texts = [letter.name] + letter.address
        let face = Face(size: Self.address.size)
        let (size, height) = try setter.fit(texts, face, box, floor: Self.address.floor, named: "address")
        // Lines stand apart as far as there is room.
        let gap = min(size * 0.2, (box.height - height) / Double(texts.count))
        let top = box.y + (box.height - height - gap * Double(texts.count - 1)) / 2
        var y = top
        for text in texts {
            let line = try setter.set(text, face.sized(size), width: box.width)
            canvas.begin("P")
            line.put(canvas, x: box.x, y: y)
            canvas.end("P")
            y += line.height + gap
        }
        return top
    }

    /// Date and number, beside the window.
    private func drawBeside(_ top: Double, _ size: Double) throws(LetterError) {
        var box = letter.window.beside
        box.height -= top - box.y
        box.y = top
        let label = Face(size: size - 2, grey: Self.soft)
        for (name, value) in [(words.dateLabel, words.date), (words.numberLabel, words.number)] {
            for (text, face, gap) in [(name, label, 1.0), (value, Face(size: size), 8.0)] {
                let set = try setter.set(text, face, width: box.width)
                guard set.height <= box.height else { throw .tooLong("date or number") }
                canvas.begin("P")
                set.put(canvas, x: box.x, y: box.y)
                canvas.end("P")
                box.y += set.height + gap
                box.height -= set.height + gap
            }
        }
    }

    private func drawFoot(page: Int, of pages: Int) throws(LetterError) {
        let face = Face(size: Self.foot.size, grey: Self.soft)
        var (left, right) = (LetterPaper.foot, LetterPaper.foot)
        left.width *= 0.55
        right.width *= 0.42
        right.x = LetterPaper.foot.right - right.width
        canvas.line(fromX: left.x, to: right.right, y: left.y - 4, thick: 0.5, grey: 0.6)
        try put(words.footNotice, face, Self.foot.floor, left, named: "foot")
        try put(words.foot(page: page, of: pages), face, Self.foot.floor, right, named: "foot", isRight: true)
    }

    /// Two short lines in the margin: where the sheet is folded in three.
    private func drawFoldMarks() {
        for fold in [1.0, 2.0] {
            canvas.line(
                fromX: LetterPaper.foldMark.fromMM.mm, to: LetterPaper.foldMark.toMM.mm,
                y: (LetterPaper.foldMM * fold).mm, thick: 0.5, grey: 0.5)
        }
    }

    /// Puts a paragraph into a box, as large as it can be.
    ///
    /// - Parameter isBelow: whether it stands at the box's lower edge.
    private func put(
        _ text: String, _ face: Face, _ floor: Double, _ box: Box, named part: String, isRight: Bool = false,
        isBelow: Bool = false
    ) throws(LetterError) {
        let size = try setter.fit([text], face, box, floor: floor, named: part).size
        let set = try setter.set(text, face.sized(size), width: box.width, isRight: isRight)
        canvas.begin("P")
        set.put(canvas, x: box.x, y: isBelow ? box.bottom - set.height : box.y)
        canvas.end("P")
    }
}
