import QR
import WebServer

extension QRCode {
    /// A QR code as an SVG image with a title for screen readers; nil for a text that no QR code holds.
    static func svg(_ text: String, title: String) -> HTML? {
        guard let code = QRCode(text) else { return nil }
        let (width, quiet) = (code.width, QRCode.quietZone)
        let path = (0..<width).map { row in
            code.runs(row: row).map { "M\($0.lowerBound) \(row)h\($0.count)v1h-\($0.count)z" }.joined()
        }.joined()
        let size = width + 2 * quiet
        return """
            <svg class="qr" role="img" aria-labelledby="qr-title" viewBox="-\(quiet) -\(quiet) \(size) \(size)" \
            xmlns="http://www.w3.org/2000/svg" shape-rendering="crispEdges"><title id="qr-title">\(title)</title>\
            <rect x="-\(quiet)" y="-\(quiet)" width="\(size)" height="\(size)" fill="#fff"/>\
            <path d="\(path)" fill="#000"/></svg>
            """
    }
}
