/// The entries of before, oldest first, and where a person is among them.
struct History {
    static let maximumCount = 10_000

    private(set) var entries: [String]
    /// What is shown; `entries.count` is the line that is being written.
    private var position: Int
    /// The line that was being written when the way back began.
    private var draft = ""

    init(_ entries: [String] = []) {
        self.entries = Array(entries.suffix(Self.maximumCount))
        position = self.entries.count
    }

    /// Takes a line in, unless it is the same as the last, and begins at the end again. Returns whether it was taken.
    @discardableResult
    mutating func add(_ line: String) -> Bool {
        defer { position = entries.count }
        guard !line.allSatisfy(\.isWhitespace), entries.last != line else { return false }
        entries.append(line)
        if entries.count > Self.maximumCount { entries.removeFirst(entries.count - Self.maximumCount) }
        return true
    }

    /// The entry before the one that is shown.
    mutating func older(than line: String) -> String? {
        guard position > 0 else { return nil }
        if position == entries.count { draft = line }
        position -= 1
        return entries[position]
    }

    /// The entry after the one that is shown; behind the last the line that was being written.
    mutating func newer() -> String? {
        guard position < entries.count else { return nil }
        position += 1
        return position == entries.count ? draft : entries[position]
    }

    mutating func beginAtEnd() { position = entries.count }

    /// The newest entry before `end` that has `part` in it, in capitals or not.
    func match(_ part: String, before end: Int) -> Int? {
        let part = part.lowercased()
        return entries[..<min(max(end, 0), entries.count)].lastIndex { $0.lowercased().containsPart(part) }
    }
}

extension String {
    /// Whether the bytes of another stand in it.
    func containsPart(_ part: String) -> Bool {
        let (text, part) = (Array(utf8), Array(part.utf8))
        guard let first = part.first else { return true }
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { text[$0] == first && text[$0...].starts(with: part) }
    }
}
