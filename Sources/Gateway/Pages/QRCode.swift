import CQREncode

/// A QR code as an SVG image, made by libqrencode.
enum QRCode {
    /// The image with a title for screen readers; nil for a text that no QR code holds.
    static func svg(_ text: String, title: String) -> HTML? {
        guard let code = unsafe QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { unsafe QRcode_free(code) }
        let width = Int(unsafe code.pointee.width)
        var path = ""
        for row in 0..<width {
            for column in 0..<width where unsafe code.pointee.data[row * width + column] & 1 == 1 {
                path += "M\(column) \(row)h1v1h-1z"
            }
        }
        return """
            <svg class="qr" role="img" aria-labelledby="qr-title" viewBox="-4 -4 \(width + 8) \(width + 8)" \
            xmlns="http://www.w3.org/2000/svg" shape-rendering="crispEdges"><title id="qr-title">\(title)</title>\
            <rect x="-4" y="-4" width="\(width + 8)" height="\(width + 8)" fill="#fff"/>\
            <path d="\(path)" fill="#000"/></svg>
            """
    }
}
