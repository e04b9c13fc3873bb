/// PostgreSQL's `synchronous_standby_names`: for how many standbys a commit waits, and which these may be.
///
/// `ANY 1 (a, b)`, `FIRST 2 (a, b, c)`, `2 (a, b, c)`, and `a, b` for the first of them.
struct SynchronousStandbys: Equatable {
    private(set) var count = 0
    /// Without `*`, which is anyone.
    private(set) var names: [String] = []

    init(_ text: String) {
        var words: [(text: String, isQuoted: Bool)] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "\"" {
                var name = ""
                rest.removeFirst()
                while let next = rest.popFirst() {
                    if next == "\"" {
                        guard rest.first == "\"" else { break }
                        rest.removeFirst()
                    }
                    name.append(next)
                }
                words.append((name, true))
            } else if first.isWhitespace {
                rest.removeFirst()
            } else if "(),".contains(first) {
                words.append((String(rest.removeFirst()), false))
            } else {
                let word = rest.prefix { !$0.isWhitespace && !"(),\"".contains($0) }
                words.append((String(word), false))
                rest = rest.dropFirst(word.count)
            }
        }
        guard !words.isEmpty else { return }
        count = 1
        if let open = words.firstIndex(where: { $0.text == "(" && !$0.isQuoted }) {
            count = words[..<open].last.flatMap { Int($0.text) } ?? 1
            words.removeSubrange(...open)
        }
        names = words.filter { $0.isQuoted || !["(", ")", ",", "*"].contains($0.text) }.map(\.text)
    }
}
