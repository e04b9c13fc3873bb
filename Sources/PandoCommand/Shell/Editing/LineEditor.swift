/// Edits one entry: keys in, text and what is to be done out. Knows no terminal.
struct LineEditor {
    enum Outcome: Equatable {
        case editing
        /// It was entered. It is in ``History`` if it should be.
        case submitted(String)
        /// Ctrl-C: it was given up.
        case interrupted
        /// Ctrl-D on an empty line.
        case endOfInput
        /// Ctrl-L and Ctrl-Z.
        case clearScreen, suspend
    }

    private(set) var buffer = LineBuffer()
    /// Lines to be shown below the text until the next key.
    private(set) var notes: [String] = []
    private(set) var search: Search?
    var history: History

    private var killed = ""
    private var undone: [LineBuffer] = []
    private var last = Last.other

    /// The effect of the last key, for keys that go on with it.
    private enum Last { case typing, killing, other }

    /// A search backwards through the history.
    struct Search: Equatable {
        var part = ""
        /// The entry that was found, nil if there is none.
        var place: Int?
        /// What was there before.
        let before: LineBuffer
    }

    init(history: History) { self.history = history }

    /// Begins a new entry.
    mutating func begin(_ text: String = "") {
        buffer = LineBuffer(text)
        (notes, search, undone, last) = ([], nil, [], .other)
        history.beginAtEnd()
    }

    /// What a key does.
    /// - Parameters:
    ///   - isComplete: whether a text can be entered, or goes on on another line.
    ///   - complete: what a text can go on with.
    mutating func handle(_ key: Key, isComplete: (String) -> Bool, complete: (LineBuffer) -> Completion) -> Outcome {
        notes = []
        if search != nil, let outcome = searched(key) { return outcome }
        let before = buffer
        let previous = last
        last = .other
        defer { remember(before, previous) }
        switch key {
        case .enter:
            let text = buffer.text
            guard isComplete(text) else {
                insertLine()
                return .editing
            }
            buffer.move(to: buffer.characters.count)
            return .submitted(text)
        case .control("c"): return .interrupted
        case .control("d") where buffer.isEmpty: return .endOfInput
        case .control("l"): return .clearScreen
        case .control("z"): return .suspend
        case .control("r"): search = Search(before: buffer)
        case .control("_"): undo()
        case .tab: completed(complete(buffer))
        case .up, .control("p"): if key != .up || !buffer.moveLine(-1) { show(history.older(than: buffer.text)) }
        case .down, .control("n"): if key != .down || !buffer.moveLine(1) { show(history.newer()) }
        default: if !changed(by: key, after: previous) { move(by: key) }
        }
        return .editing
    }

    // MARK: Changing

    /// False for a key that changes nothing.
    private mutating func changed(by key: Key, after previous: Last) -> Bool {
        let cursor = buffer.cursor
        switch key {
        case .text(let scalar):
            buffer.insert(String(Character(scalar)))
            last = .typing
        case .paste(let text): buffer.insert(text)
        case .metaEnter: buffer.insert("\n")
        case .backspace, .control("h"): if cursor > 0 { buffer.remove(cursor - 1..<cursor) }
        case .delete, .control("d"): if !buffer.isAtEnd { buffer.remove(cursor..<cursor + 1) }
        case .control("k"):
            let end = buffer.lineEnd
            kill(cursor..<(end == cursor && !buffer.isAtEnd ? end + 1 : end), forward: true, after: previous)
        case .control("u"): kill(buffer.lineStart..<cursor, forward: false, after: previous)
        case .control("w"): kill(buffer.spacedWordStart..<cursor, forward: false, after: previous)
        case .metaBackspace: kill(buffer.wordStart..<cursor, forward: false, after: previous)
        case .meta("d"), .metaDelete: kill(cursor..<buffer.wordEnd, forward: true, after: previous)
        case .control("y"): buffer.insert(killed)
        case .control("t"): buffer.transpose()
        default: return false
        }
        return true
    }

    /// Goes on on another line, as far in as this one, and further if it opens brackets.
    private mutating func insertLine() {
        let line = Array(buffer.characters[buffer.lineStart..<buffer.cursor])
        let indent = line.prefix { $0 == " " }.count + (QueryScanner.openBrackets(line) > 0 ? 2 : 0)
        buffer.insert("\n" + String(repeating: " ", count: indent))
    }

    /// Pieces that are killed one after the other come back together.
    private mutating func kill(_ range: Range<Int>, forward: Bool, after previous: Last) {
        let text = buffer.remove(range)
        killed = previous != .killing ? text : forward ? killed + text : text + killed
        last = .killing
    }

    private mutating func move(by key: Key) {
        switch key {
        case .left, .control("b"): buffer.move(to: buffer.cursor - 1)
        case .right, .control("f"): buffer.move(to: buffer.cursor + 1)
        case .home, .control("a"): buffer.move(to: buffer.lineStart)
        case .end, .control("e"): buffer.move(to: buffer.lineEnd)
        case .wordLeft, .meta("b"): buffer.move(to: buffer.wordStart)
        case .wordRight, .meta("f"): buffer.move(to: buffer.wordEnd)
        case .meta("<"), .pageUp: buffer.move(to: 0)
        case .meta(">"), .pageDown: buffer.move(to: buffer.characters.count)
        default: break
        }
    }

    private mutating func show(_ entry: String?) {
        if let entry { buffer = LineBuffer(entry) }
    }

    // MARK: Undo

    /// A word that is typed is undone as one.
    private mutating func remember(_ before: LineBuffer, _ previous: Last) {
        guard before.characters != buffer.characters, !isUndoing else {
            isUndoing = false
            return
        }
        if last == .typing, previous == .typing, buffer.characters[buffer.cursor - 1].isWord { return }
        undone.append(before)
        if undone.count > 1000 { undone.removeFirst() }
    }

    private var isUndoing = false

    private mutating func undo() {
        guard let before = undone.popLast() else { return }
        buffer = before
        isUndoing = true
    }

    // MARK: Completion

    private mutating func completed(_ completion: Completion) {
        guard !completion.candidates.isEmpty else { return }
        let written = String(buffer.characters[completion.start..<buffer.cursor])
        let common = commonPrefix(completion.candidates.map(\.text))
        if completion.candidates.count == 1 {
            buffer.replace(completion.start..<buffer.cursor, with: common + completion.candidates[0].ending)
        } else if common.count > written.count {
            buffer.replace(completion.start..<buffer.cursor, with: common)
        } else {
            notes = completion.candidates.map(\.text)
        }
    }

    // MARK: Search

    /// Nil for a key that ends the search and is then handled as always.
    private mutating func searched(_ key: Key) -> Outcome? {
        guard var search else { return nil }
        switch key {
        case .text(let scalar):
            search.part += String(Character(scalar))
            search.place = history.match(search.part, before: (search.place ?? history.entries.count - 1) + 1)
        case .backspace, .control("h"):
            if !search.part.isEmpty { search.part.removeLast() }
            search.place = search.part.isEmpty ? nil : history.match(search.part, before: history.entries.count)
        case .control("r"):
            if let place = search.place, let older = history.match(search.part, before: place) { search.place = older }
        case .control("g"), .control("c"), .escape:
            buffer = search.before
            self.search = nil
            return .editing
        default:
            self.search = nil
            return nil
        }
        self.search = search
        buffer = search.place.map { LineBuffer(history.entries[$0]) } ?? search.before
        return .editing
    }
}

/// What all texts begin with.
func commonPrefix(_ texts: [String]) -> String {
    guard var common = texts.first.map(Array.init) else { return "" }
    for text in texts.dropFirst() {
        common = zip(common, text).prefix { $0 == $1 }.map(\.0)
    }
    return String(common)
}
