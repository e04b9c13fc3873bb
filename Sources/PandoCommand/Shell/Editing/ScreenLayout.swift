/// The view that the terminal is to show while an entry is edited.
struct EditorView: Equatable {
    /// Before the first line, and before every other.
    var prompt: String
    var continuation: String
    var characters: [Character]
    /// A style for each character; empty for none at all.
    var styles: [TextStyle]
    /// The place of the cursor among the characters.
    var cursor: Int
    /// Shown below.
    var notes: [String] = []
}

/// A view laid out in rows of a width.
struct ScreenLayout {
    /// Text with what switches styles.
    private(set) var rows: [String] = [""]
    /// The columns that each character of a row takes.
    private(set) var widths: [[Int]] = [[]]
    private(set) var cursor = (row: 0, column: 0)
    private var column = 0
    private let width: Int
    private var style = TextStyle.plain

    init(_ view: EditorView, width: Int) {
        self.width = max(width, 2)
        add(view.prompt)
        for (place, character) in view.characters.enumerated() {
            if place == view.cursor { noteCursor() }
            if character == "\n" {
                setStyle(.plain)
                beginRow()
                add(view.continuation)
                continue
            }
            setStyle(view.styles.isEmpty ? .plain : view.styles[place])
            add(Self.shown(character))
        }
        setStyle(.plain)
        if view.cursor >= view.characters.count { noteCursor() }
        for line in Self.columns(view.notes, width: self.width) {
            beginRow()
            rows[rows.count - 1] = line
            widths[rows.count - 1] = line.map { displayWidth(String($0)) }
        }
    }

    private mutating func noteCursor() {
        // At the right edge there is no place for it: it stands where the next character will.
        if column >= width { beginRow() }
        cursor = (rows.count - 1, column)
    }

    private mutating func beginRow() {
        rows.append("")
        widths.append([])
        column = 0
    }

    private mutating func setStyle(_ new: TextStyle) {
        guard new != style else { return }
        if style != .plain { rows[rows.count - 1] += "\u{1B}[0m" }
        if new != .plain { rows[rows.count - 1] += "\u{1B}[\(new.rawValue)m" }
        style = new
    }

    /// Adds text that has no line feeds; what does not fit goes on in the next row.
    private mutating func add(_ text: String) {
        for character in text {
            let columns = displayWidth(String(character))
            if column + columns > width { beginRow() }
            rows[rows.count - 1].append(character)
            widths[rows.count - 1].append(columns)
            column += columns
        }
    }

    /// What stands for a character: a terminal would act on some.
    private static func shown(_ character: Character) -> String {
        if character == "\t" { return "    " }
        guard let scalar = character.unicodeScalars.first, scalar.properties.generalCategory == .control else { return String(character) }
        return scalar.value < 0x20 ? "^" + String(Unicode.Scalar(UInt8(scalar.value + 0x40))) : "?"
    }

    /// Words side by side, down the columns.
    static func columns(_ words: [String], width: Int) -> [String] {
        guard let widest = words.map(displayWidth).max() else { return [] }
        let count = max(1, (width - 1) / (widest + 2))
        let height = (words.count + count - 1) / count
        return (0..<height).map { row in
            var line = ""
            for place in stride(from: row, to: words.count, by: height) {
                let word = words[place]
                line += word + String(repeating: " ", count: widest + 2 - displayWidth(word))
            }
            while line.last == " " { line.removeLast() }
            return cut(line, to: width)
        }
    }
}

/// A writer that keeps the terminal's rows as a view wants them: what is to be written for each.
struct ScreenWriter {
    var width: Int
    var height: Int
    private var shown: EditorView?
    /// How far the terminal's cursor stands below the first row that was drawn.
    private var cursorRow = 0
    private var cursorColumn = 0
    /// The columns of the characters in each row down to the cursor's, as they were drawn.
    private var rowsToCursor: [[Int]] = []

    init(width: Int, height: Int) {
        self.width = max(width, 2)
        self.height = max(height, 2)
    }

    /// Text that shows a view in place of the last one. A view higher than the screen is shown around its cursor.
    /// - Parameter final: it is going to stay on the screen.
    mutating func draw(_ view: EditorView, final: Bool = false) -> String {
        let layout = ScreenLayout(view, width: width)
        var text = toTop()
        var first = 0
        if layout.rows.count > height - 1 {
            first = min(max(0, layout.cursor.row - height / 2), layout.rows.count - (height - 1))
        }
        var rows = Array(layout.rows[first..<min(layout.rows.count, first + height - 1)])
        cursorRow = layout.cursor.row - first
        cursorColumn = layout.cursor.column
        rowsToCursor = Array(layout.widths[first...layout.cursor.row])
        if !final, rowsToCursor[cursorRow].reduce(0, +) == cursorColumn {
            // Where the cursor stands is something, so that it is known where that goes when the terminal wraps its rows anew.
            rows[cursorRow] += " "
            rowsToCursor[cursorRow].append(1)
        }
        // A row is cleared before it is written: at the right edge there is nothing to clear, and a terminal may clear its last column.
        for (number, row) in rows.enumerated() {
            text += (number > 0 ? "\r\n" : "") + (number == rows.count - 1 ? "\u{1B}[J" : "\u{1B}[K") + row
        }
        let below = rows.count - 1 - cursorRow
        if below > 0 { text += "\u{1B}[\(below)A" }
        text += "\r" + (cursorColumn > 0 ? "\u{1B}[\(cursorColumn)C" : "")
        shown = view
        return text
    }

    /// Text that leaves what was shown where it is and goes on below it.
    mutating func finish() -> String {
        guard let view = shown else { return "" }
        let layout = ScreenLayout(view, width: width)
        let below = min(layout.rows.count - 1 - layout.cursor.row, height)
        cursorRow = 0
        shown = nil
        return (below > 0 ? "\u{1B}[\(below)B" : "") + "\r\n"
    }

    /// Text that clears the screen; the view has to be drawn again.
    mutating func clear() -> String {
        cursorRow = 0
        rowsToCursor = []
        return "\u{1B}[H\u{1B}[2J"
    }

    /// The terminal has another size now, and has wrapped each row anew that is longer than it is wide.
    mutating func resize(width: Int, height: Int) {
        self.width = max(width, 2)
        self.height = max(height, 2)
        guard shown != nil, let last = rowsToCursor.last else { return }
        let above = rowsToCursor.dropLast().reduce(0) { $0 + wrapped($1) }
        cursorRow = min(above + wrapped(last, to: cursorColumn) - 1, self.height - 1)
    }

    /// How many rows of the present width a row takes, as far as a column of it.
    private func wrapped(_ row: [Int], to end: Int = .max) -> Int {
        var (rows, column, place) = (1, 0, 0)
        for columns in row {
            if column + columns > width { (rows, column) = (rows + 1, 0) }
            if place >= end { break }
            place += columns
            column += columns
        }
        return rows
    }

    private func toTop() -> String { (cursorRow > 0 ? "\u{1B}[\(cursorRow)A" : "") + "\r" }
}
