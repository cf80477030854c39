import WebServer

/// A table whose rows begin with their heading; it scrolls by itself where the page is narrow.
struct Table<Row>: HTMLConvertible {
    /// What a column is called, and what stands in it for a row.
    struct Column {
        let heading: String
        let cell: (Row) -> HTML

        init(_ heading: String, _ cell: @escaping (Row) -> HTML) {
            self.heading = heading
            self.cell = cell
        }
    }

    let caption: String
    let rows: [Row]
    let columns: [Column]

    init(_ caption: String, _ rows: [Row], _ columns: [Column]) {
        self.caption = caption
        self.rows = rows
        self.columns = columns
    }

    var html: HTML {
        let head = HTML(columns.map { "<th scope=\"col\">\($0.heading)</th>" })
        return """
            <div class="wide" role="region" aria-label="\(caption)" tabindex="0">
            <table><caption>\(caption)</caption><thead><tr>\(head)</tr></thead>\
            <tbody>\(HTML(rows.map { line($0) }))</tbody></table></div>
            """
    }

    private func line(_ row: Row) -> HTML {
        let cells = HTML(columns.dropFirst().map { "<td>\($0.cell(row))</td>" })
        return "<tr><th scope=\"row\">\(columns.first?.cell(row))</th>\(cells)</tr>"
    }
}

/// Terms, and what each stands for.
struct DefinitionList: HTMLConvertible {
    var rows: [(term: String, definition: HTML)]

    var html: HTML { "<dl>\(HTML(rows.map { "<dt>\($0.term)</dt><dd>\($0.definition)</dd>" }))</dl>" }
}
