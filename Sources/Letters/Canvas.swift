import CPango
import ClaveDomain

/// The sheets of a PDF, with the structure that screen readers follow.
@safe struct Canvas: ~Copyable {
    private let sink = Sink()
    private let surface: OpaquePointer
    let context: OpaquePointer

    /// What cairo writes into.
    private final class Sink {
        var bytes: [UInt8] = []
    }

    /// - Parameter day: written as the day of making, so that the same letter gives the same bytes.
    init(title: String, author: String, day: CivilDate) throws(LetterError) {
        let place = unsafe Unmanaged.passUnretained(sink).toOpaque()
        let made = unsafe cairo_pdf_surface_create_for_stream(
            { place, bytes, count in
                guard let place = unsafe place, let bytes = unsafe bytes else { return CAIRO_STATUS_WRITE_ERROR }
                let part = unsafe UnsafeBufferPointer(start: bytes, count: Int(count))
                unsafe Unmanaged<Sink>.fromOpaque(place).takeUnretainedValue().bytes += part
                return CAIRO_STATUS_SUCCESS
            }, place, LetterPaper.width, LetterPaper.height)
        guard let made = unsafe made else { throw .drawing("no surface") }
        guard let context = unsafe cairo_create(made) else { throw .drawing("no context") }
        unsafe (surface, self.context) = (made, context)
        // The newest version whose table of objects is plain text: PDFUpdate reads it.
        unsafe cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4)
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, author)
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "clave-gateway")
        let parts = day.text.split(separator: "-").reversed().joined(separator: "-")
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, parts + "T00:00:00Z")
    }

    deinit {
        unsafe cairo_destroy(context)
        unsafe cairo_surface_destroy(surface)
    }

    /// Ends the document.
    ///
    /// - Returns: its bytes.
    func finish() throws(LetterError) -> [UInt8] {
        try check(unsafe cairo_status(context))
        unsafe cairo_surface_finish(surface)
        try check(unsafe cairo_surface_status(surface))
        return sink.bytes
    }

    private func check(_ status: cairo_status_t) throws(LetterError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw .drawing(unsafe cairo_status_to_string(status).map { unsafe String(cString: $0) } ?? "unknown status")
    }

    // MARK: Drawing

    func endPage() { unsafe cairo_show_page(context) }

    /// Begins what screen readers hear as one element, of a standard type (ISO 32000-1 section 14.8.4); a tag that is
    /// not ended makes ``finish()`` throw.
    func begin(_ type: String) { unsafe cairo_tag_begin(context, type, nil) }
    func end(_ type: String) { unsafe cairo_tag_end(context, type) }

    /// 0 is black, 1 white.
    func setGrey(_ grey: Double) { unsafe cairo_set_source_rgb(context, grey, grey, grey) }

    func line(fromX left: Double, to right: Double, y: Double, thick: Double, grey: Double) {
        fill([Box(x: left, y: y - thick / 2, width: right - left, height: thick)], grey: grey)
    }

    func frame(_ box: Box, thick: Double, grey: Double) {
        setGrey(grey)
        unsafe cairo_set_line_width(context, thick)
        unsafe cairo_rectangle(context, box.x, box.y, box.width, box.height)
        unsafe cairo_stroke(context)
    }

    /// Fills boxes as one shape, so that those that touch have no seam.
    func fill(_ boxes: [Box], grey: Double) {
        setGrey(grey)
        for box in boxes { unsafe cairo_rectangle(context, box.x, box.y, box.width, box.height) }
        unsafe cairo_fill(context)
    }
}
