/// Rows under headings, with columns as wide as their widest cell.
struct TextTable {
    private let headings: [String]
    /// Which columns are numbers, and stand at the right.
    private let alignsRight: [Bool]
    private var rows: [[String]] = []

    init(_ headings: [String], right: Set<String> = []) {
        self.headings = headings.map(Self.onOneLine)
        alignsRight = headings.map(right.contains)
    }

    /// - Precondition: as many cells as there are headings.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == headings.count)
        rows.append(cells.map(Self.onOneLine))
    }

    /// The lines of the table. Cells are cut so that it fits `width`, but none below 8 columns.
    func lines(style: Style, width: Int? = nil) -> [String] {
        let cells = [headings] + rows
        var widths = headings.indices.map { column in cells.map { displayWidth($0[column]) }.max() ?? 0 }
        if let width {
            while widths.reduce(0, +) + 2 * (widths.count - 1) > width, let widest = widths.max(), widest > 8 {
                widths[widths.firstIndex(of: widest) ?? 0] -= 1
            }
        }
        var lines = [style.bold(line(headings, widths))]
        lines.append(style.faint(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")))
        lines += rows.map { line($0, widths) }
        return lines
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let shown = cut(cell, to: widths[column])
            let padding = String(repeating: " ", count: widths[column] - displayWidth(shown))
            if column > 0 { text += "  " }
            text += alignsRight[column] ? padding + shown : shown + padding
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func onOneLine(_ text: String) -> String {
        text.contains(where: { $0.isNewline || $0 == "\t" || $0.isControl })
            ? String(text.map { $0.isNewline || $0 == "\t" || $0.isControl ? " " : $0 }) : text
    }
}

extension Character {
    /// Whether a terminal would act on it.
    fileprivate var isControl: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}

/// As much of a text as fits, with a mark where something is left out.
func cut(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    var shown = ""
    var used = 1
    for character in text {
        used += displayWidth(of: character)
        if used > width { break }
        shown.append(character)
    }
    return shown + "…"
}

/// Columns that a terminal gives to a text.
func displayWidth(_ text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + displayWidth(of: $1) }
}

/// Two columns for East Asian wide characters and emoji, none for a lone mark, else one.
private func displayWidth(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default:
        return [.nonspacingMark, .enclosingMark, .format].contains(scalar.properties.generalCategory) ? 0 : 1
    }
}
