/// Patterns of names, as ssh_config(5) has them: `*` and `?`.
public enum Pattern {
    /// Whether a whole text fits a pattern; `*` also takes a slash.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
        var (position, place) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                star = (last.place, last.position + 1)
                place = last.place + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Whether a text fits a list of patterns, parted by commas: one of them, and none of those behind a `!`.
    public static func matches(_ text: String, list: String) -> Bool {
        let patterns = list.split(separator: ",").map(String.init)
        if patterns.contains(where: { $0.hasPrefix("!") && matches(text, String($0.dropFirst())) }) { return false }
        return patterns.contains { !$0.hasPrefix("!") && matches(text, $0) }
    }
}
