import GatewayStore
import Localization
import WebServer

/// The frame that every page has: language, landmarks, the notice of what this is.
struct Page {
    let t: Localizer
    var title: String
    var body: HTML
    var status: UInt32 = 200
    /// Asks for the state by script, and by reloading where there is none.
    var waits = false
    /// Whether camera and microphone may be used, and films be shown.
    var usesCamera = false
    var path: String

    /// The whole response.
    func response() -> HTTPResponse {
        var response = HTTPResponse(
            status: status, type: "text/html; charset=utf-8", document.bytes)
        response.headers += usesCamera ? Self.safety(media: "'self' blob:", devices: "(self)") : Self.safety
        return response
    }

    static let safety = safety(media: "'none'", devices: "()")

    private static func safety(media: String, devices: String) -> [(name: String, value: String)] {
        [
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "media-src \(media); form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            ), ("permissions-policy", "camera=\(devices), microphone=\(devices), geolocation=()"),
            ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store"),
            ("x-frame-options", "DENY"), ("cross-origin-opener-policy", "same-origin"),
        ]
    }

    /// What is said when the store fails.
    static func failure(_ t: Localizer, _ error: StoreError) -> HTTPResponse {
        let words =
            error.isFull
            ? t("The gateway's disk is full. Nothing was changed; try again later.")
            : t("The gateway failed. Nothing was changed; try again later.")
        return Page(t: t, title: t("Not now"), body: "<p>\(words)</p>", status: 503, path: "/").response()
    }

    private var document: HTML {
        """
        <!DOCTYPE html>
        <html lang="\(t.language.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        \("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>", if: waits)
        <title>\(title) – \(t("Sandbox gateway"))</title>
        <link rel="stylesheet" href="/assets/style.css">
        <script src="/assets/\(usesCamera ? "call.js" : "wait.js")" defer></script>
        </head>
        <body data-wait="\(waits ? "yes" : "no")">
        <a class="skip" href="#content">\(t("Skip to the content"))</a>
        <header>
        <p><strong>\(t("Sandbox gateway"))</strong></p>
        <nav aria-label="\(t("Language"))"><ul>\(languages)</ul></nav>
        </header>
        <main id="content">
        <h1>\(title)</h1>
        \(body)
        </main>
        <footer>
        <p>\(t("This is a local sandbox for developers. It is not the state's service, and nobody here is a real person."))</p>
        </footer>
        </body>
        </html>
        """
    }

    private var languages: HTML {
        HTML(
            Language.allCases.map { language in
                let isThis = language == t.language
                return """
                    <li><a lang="\(language.rawValue)" hreflang="\(language.rawValue)" \
                    href="\(path)?lang=\(language.rawValue)"\(" aria-current=\"true\"", if: isThis)>\
                    \(language.endonym)</a></li>
                    """
            })
    }
}
