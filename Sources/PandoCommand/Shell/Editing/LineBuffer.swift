/// Text that is being edited, of one line or several, with a cursor between its characters.
struct LineBuffer: Equatable {
    private(set) var characters: [Character] = []
    /// 0 to `characters.count`.
    private(set) var cursor = 0

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }
    var isAtEnd: Bool { cursor == characters.count }

    // MARK: Changing

    /// Puts text before the cursor. A mark or a joiner becomes part of the character that it follows.
    mutating func insert(_ text: String) {
        let start = max(cursor - 1, 0)
        let joined = Array(String(characters[start..<cursor]) + text)
        characters.replaceSubrange(start..<cursor, with: joined)
        cursor = start + joined.count
    }

    /// Takes a part out and returns it. A cursor that was in it stands where it was.
    @discardableResult
    mutating func remove(_ range: Range<Int>) -> String {
        let removed = String(characters[range])
        characters.removeSubrange(range)
        if cursor > range.lowerBound { cursor = max(range.lowerBound, cursor - range.count) }
        return removed
    }

    /// Puts text in the place of a part; the cursor stands after it.
    mutating func replace(_ range: Range<Int>, with text: String) {
        remove(range)
        cursor = range.lowerBound
        insert(text)
    }

    /// Exchanges the characters around the cursor, or the last two of a line, and goes on.
    mutating func transpose() {
        let end = cursor == lineEnd ? cursor : cursor + 1
        guard end - 2 >= lineStart else { return }
        characters.swapAt(end - 2, end - 1)
        cursor = end
    }

    // MARK: Places

    mutating func move(to place: Int) { cursor = min(max(place, 0), characters.count) }

    /// Where the cursor's line begins and ends, without its line feed.
    var lineStart: Int { (characters[..<cursor].lastIndex(of: "\n") ?? -1) + 1 }
    var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    /// Where the word before the cursor begins: past what is not a word, then to the beginning of what is one.
    var wordStart: Int {
        var place = cursor
        while place > 0, !characters[place - 1].isWord { place -= 1 }
        while place > 0, characters[place - 1].isWord { place -= 1 }
        return place
    }

    /// Where the word after the cursor ends.
    var wordEnd: Int {
        var place = cursor
        while place < characters.count, !characters[place].isWord { place += 1 }
        while place < characters.count, characters[place].isWord { place += 1 }
        return place
    }

    /// Where what stands between spaces before the cursor begins.
    var spacedWordStart: Int {
        var place = cursor
        while place > 0, characters[place - 1].isWhitespace { place -= 1 }
        while place > 0, !characters[place - 1].isWhitespace { place -= 1 }
        return place
    }

    /// Goes a line up or down, to the same column as far as the line has it. False where there is no such line.
    mutating func moveLine(_ step: Int) -> Bool {
        let column = cursor - lineStart
        if step < 0 {
            guard lineStart > 0 else { return false }
            move(to: lineStart - 1)
        } else {
            guard lineEnd < characters.count else { return false }
            move(to: lineEnd + 1)
        }
        move(to: min(lineStart + column, lineEnd))
        return true
    }
}

extension Character {
    /// Whether it belongs to a name.
    var isWord: Bool { isLetter || isNumber || self == "_" || self == "$" }
}
