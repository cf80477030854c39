import CPango
import Localization

/// A face in a size.
struct Face {
    /// What is wished first; fontconfig takes what the machine has.
    static let text = "Liberation Sans, DejaVu Sans, sans-serif"
    static let code = "Liberation Mono, DejaVu Sans Mono, monospace"

    var family = Face.text
    /// In points.
    var size: Double
    var isBold = false
    /// 0 is black, 1 white.
    var grey = 0.0

    func sized(_ size: Double) -> Face {
        var face = self
        face.size = size
        return face
    }
}

/// Text that is set: it has its size, and can be put in a place.
@safe struct SetText: ~Copyable {
    fileprivate let layout: OpaquePointer
    fileprivate let grey: Double
    /// In points.
    let width: Double
    /// In points.
    let height: Double
    let lines: Int

    deinit { unsafe g_object_unref(UnsafeMutableRawPointer(layout)) }

    /// - Parameters:
    ///   - x: of the paragraph's left edge.
    ///   - y: of its upper edge.
    func put(_ canvas: borrowing Canvas, x: Double, y: Double) {
        canvas.setGrey(grey)
        unsafe cairo_move_to(canvas.context, x, y)
        unsafe pango_cairo_show_layout(canvas.context, layout)
    }
}

/// Sets text with Pango.
@safe struct Typesetter: ~Copyable {
    private let fonts: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    /// From one base line to the next, in heights of a line.
    private static let leading: Float = 1.15

    /// - Throws: ``LetterError/noFonts``.
    init(language: Language) throws(LetterError) {
        guard Self.fontCount > 0, let fonts = unsafe pango_cairo_font_map_new() else { throw .noFonts }
        unsafe self.fonts = fonts
        // A point of text is a point of paper.
        unsafe pango_cairo_font_map_set_resolution(OpaquePointer(fonts), 72)
        unsafe context = pango_font_map_create_context(fonts)
        unsafe pango_context_set_language(context, pango_language_from_string(language.rawValue))
        // On paper nothing is moved to where a screen's pixels would be.
        let options = unsafe cairo_font_options_create()
        unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        unsafe pango_cairo_context_set_font_options(context, options)
        unsafe cairo_font_options_destroy(options)
        unsafe pango_context_set_round_glyph_positions(context, 0)
    }

    deinit {
        unsafe g_object_unref(UnsafeMutableRawPointer(context))
        unsafe g_object_unref(fonts)
    }

    /// - Throws: ``LetterError/noFonts`` where the machine has only fonts without plain letters.
    func requireLetters() throws(LetterError) {
        do throws(LetterError) { _ = try set("Aa1", Face(size: 10)) } catch { throw .noFonts }
    }

    private static var fontCount: Int {
        guard FcInit() != 0, let set = unsafe FcConfigGetFonts(nil, FcSetSystem) else { return 0 }
        return Int(unsafe set.pointee.nfont)
    }

    /// Sets a text.
    ///
    /// - Parameters:
    ///   - width: where lines are broken: between words, and within one that is longer; nil for one line.
    ///   - isRight: whether lines end at the right edge.
    /// - Throws: ``LetterError/noGlyph``: no box stands for a sign.
    func set(
        _ text: String, _ face: Face, width: Double? = nil, isRight: Bool = false
    ) throws(LetterError) -> SetText {
        guard let layout = unsafe pango_layout_new(context) else { throw .drawing("no layout") }
        let description = unsafe pango_font_description_new()
        unsafe pango_font_description_set_family(description, face.family)
        unsafe pango_font_description_set_absolute_size(description, face.size * Double(PANGO_SCALE))
        unsafe pango_font_description_set_weight(description, face.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        unsafe pango_layout_set_font_description(layout, description)
        unsafe pango_font_description_free(description)
        unsafe pango_layout_set_text(layout, text, Int32(clamping: text.utf8.count))
        unsafe pango_layout_set_line_spacing(layout, Self.leading)
        if let width { unsafe pango_layout_set_width(layout, Int32(width * Double(PANGO_SCALE))) }
        unsafe pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        unsafe pango_layout_set_alignment(layout, isRight ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT)
        var size = (width: Int32(0), height: Int32(0))
        unsafe pango_layout_get_size(layout, &size.width, &size.height)
        let height = Double(size.height) / Double(PANGO_SCALE)
        let set = unsafe SetText(
            layout: layout, grey: face.grey, width: Double(size.width) / Double(PANGO_SCALE), height: height,
            lines: Int(pango_layout_get_line_count(layout)))
        guard unsafe pango_layout_get_unknown_glyphs_count(layout) == 0 else { throw .noGlyph }
        return set
    }

    /// The largest size, from the face's down to the floor, in which every text is one line and all fit below each other;
    /// the floor, in broken lines, if there is none.
    ///
    /// - Returns: the size, and how high all are in it.
    /// - Throws: ``LetterError/tooLong(_:)`` if even the floor is higher than the box.
    func fit(
        _ texts: [String], _ face: Face, _ box: Box, floor: Double, named part: String
    ) throws(LetterError) -> (size: Double, height: Double) {
        var size = face.size
        while true {
            var (height, isBroken) = (0.0, false)
            for text in texts {
                let set = try set(text, face.sized(size), width: box.width)
                height += set.height
                isBroken = isBroken || set.lines > 1
            }
            if height <= box.height, !isBroken || size <= floor { return (size, height) }
            guard size > floor else { throw .tooLong(part) }
            size = max(floor, size - 0.5)
        }
    }
}
