/// Tells the person something that needs no answer, such as to touch a token, for as long as the core keeps the pipe open.
///
/// Only programs in the manner of `ssh-askpass` show it: a pinentry would take the screen and wait for a key, and a
/// terminal may be in use by whoever waits for the signature.
struct Notice {
    let inquiry: Inquiry

    /// Shows it by the first program that starts.
    func show() {
        for way in Ways.notices(inquiry) {
            do throws(WayError) { return try way.tell() } catch {
                guard case .cannotStart = error else { return }
            }
        }
    }
}
