import Testing

@testable import PandoCommand

@Suite struct ScreenTests {
    private func view(_ text: String, cursor: Int? = nil, notes: [String] = []) -> EditorView {
        let characters = Array(text)
        return EditorView(
            prompt: "> ", continuation: "| ", characters: characters, styles: [], cursor: cursor ?? characters.count, notes: notes)
    }

    @Test func linesWrapAndGoOn() {
        let layout = ScreenLayout(view("abcdef\ngh"), width: 5)
        #expect(layout.rows == ["> abc", "def", "| gh"])
        #expect(layout.cursor == (2, 4))
    }

    @Test func wideCharactersAreNotCutInTwo() {
        let layout = ScreenLayout(view("a日本"), width: 6)
        #expect(layout.rows == ["> a日", "本"])
        #expect(layout.cursor == (1, 2))
    }

    @Test func aCursorAtTheEdgeStandsOnTheNextRow() {
        #expect(ScreenLayout(view("abc"), width: 5).cursor == (1, 0))
        #expect(ScreenLayout(view("abcd", cursor: 3), width: 5).cursor == (1, 0))
    }

    @Test func controlCharactersAreShown() {
        #expect(ScreenLayout(view("a\u{1B}\tb"), width: 40).rows == ["> a^[    b"])
    }

    @Test func notesStandInColumns() {
        #expect(ScreenLayout.columns(["a", "bb", "c", "d", "e"], width: 13) == ["a   c   e", "bb  d"])
        #expect(ScreenLayout(view("x", notes: ["one", "two"]), width: 30).rows == ["> x", "one  two"])
    }

    @Test func stylesAreSwitchedWhereTheyChange() {
        var styled = view("ab")
        styled.styles = [.term, .plain]
        #expect(ScreenLayout(styled, width: 30).rows == ["> \u{1B}[36ma\u{1B}[0mb"])
    }

    /// What a terminal shows after everything that is written, by a model of the few sequences that are used.
    private struct Screen {
        var cells: [[Character]]
        var (row, column) = (0, 0)
        let width: Int

        init(width: Int, height: Int) {
            self.width = width
            cells = Array(repeating: Array(repeating: " ", count: width), count: height)
        }

        mutating func write(_ text: String) {
            var rest = Substring(text.unicodeScalars.reduce(into: "") { $0.unicodeScalars.append($1) })
            while let character = rest.popFirst() {
                switch character {
                case "\r\n":
                    (row, column) = (row + 1, 0)
                case "\r": column = 0
                case "\n": row += 1
                case "\u{1B}":
                    _ = rest.popFirst()
                    let digits = rest.prefix { $0.isNumber }
                    rest = rest.dropFirst(digits.count)
                    let count = Int(digits) ?? 1
                    switch rest.popFirst() {
                    case "A": row -= count
                    case "B": row += count
                    case "C": column += count
                    case "K": for place in min(column, width)..<width { cells[row][place] = " " }
                    case "J":
                        for place in min(column, width)..<width { cells[row][place] = " " }
                        for below in (row + 1)..<cells.count { cells[below] = Array(repeating: " ", count: width) }
                    default: Issue.record("an unknown sequence")
                    }
                default:
                    cells[row][column] = character
                    column += 1
                }
            }
        }

        /// The same at another width, below some lines.
        func wrapped(to width: Int, above: [String]) -> Screen {
            var result = Screen(width: width, height: 0)
            result.cells = above.map { Array($0.prefix(width)) + Array(repeating: " ", count: max(0, width - $0.count)) }
            for (number, line) in cells.enumerated() {
                // Written blanks count as far as the cursor's place.
                let used = max(line.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0, number == row ? min(column + 1, line.count) : 0)
                if number == row { (result.row, result.column) = (result.cells.count + column / width, column % width) }
                for start in stride(from: 0, to: max(used, 1), by: width) {
                    let part = line[start..<min(start + width, line.count)].prefix(used - start)
                    result.cells.append(part + Array(repeating: " ", count: width - part.count))
                }
            }
            return result
        }

        mutating func forget(_ count: Int) {
            cells.removeFirst(count)
            row -= count
        }

        var lines: [String] {
            cells.map { String(String($0).reversed().drop { $0 == " " }.reversed()) }
        }
    }

    @Test func whatIsShownIsWhatTheViewSays() {
        var generator = Seeded(3)
        for _ in 0..<200 {
            let width = Int.random(in: 4...20, using: &generator)
            var screen = Screen(width: width, height: 60)
            var writer = ScreenWriter(width: width, height: 60)
            for _ in 0..<6 {
                let text = String(
                    (0..<Int.random(in: 0...60, using: &generator)).map { _ in "abc \n".randomElement(using: &generator) ?? "a" })
                let shown = view(text, cursor: Int.random(in: 0...text.count, using: &generator))
                screen.write(writer.draw(shown))
                let layout = ScreenLayout(shown, width: width)
                let expected = layout.rows.map { String($0.reversed().drop { $0 == " " }.reversed()) }
                #expect(Array(screen.lines.prefix(expected.count)) == expected)
                #expect(!screen.lines.dropFirst(expected.count).contains { $0 != "" })
                #expect(screen.row == layout.cursor.row && screen.column == layout.cursor.column)
            }
        }
    }

    /// A terminal that gets another width wraps each row that is too long, and keeps its cursor on the character where it stood. What is
    /// drawn then takes the place of all rows that were drawn before, and of no other.
    @Test func aTerminalThatWrapsItsRowsAnew() {
        var generator = Seeded(4)
        for _ in 0..<500 {
            var width = Int.random(in: 6...30, using: &generator)
            var writer = ScreenWriter(width: width, height: 200)
            let text = String((0..<Int.random(in: 0...90, using: &generator)).map { _ in "abcd\n".randomElement(using: &generator) ?? "a" })
            let shown = view(text, cursor: Int.random(in: 0...text.count, using: &generator))
            var screen = Screen(width: width, height: 200)
            screen.write(writer.draw(shown))
            for _ in 0..<3 {
                width = Int.random(in: 6...30, using: &generator)
                screen = screen.wrapped(to: width, above: ["what", "was", "there"])
                writer.resize(width: width, height: 200)
                screen.write(writer.draw(shown))
                let layout = ScreenLayout(shown, width: width)
                let expected = ["what", "was", "there"] + layout.rows.map { String($0.reversed().drop { $0 == " " }.reversed()) }
                #expect(Array(screen.lines.prefix(expected.count)) == expected)
                #expect(!screen.lines.dropFirst(expected.count).contains { $0 != "" })
                #expect(screen.row == layout.cursor.row + 3 && screen.column == layout.cursor.column)
                screen.forget(3)
            }
        }
    }

    @Test func aViewHigherThanTheScreenIsShownAroundItsCursor() {
        let text = (0..<50).map(String.init).joined(separator: "\n")
        var writer = ScreenWriter(width: 20, height: 10)
        var screen = Screen(width: 20, height: 10)
        screen.write(writer.draw(view(text, cursor: 0)))
        #expect(screen.lines.first == "> 0" && screen.row == 0)
        screen.write(writer.draw(view(text)))
        #expect(screen.lines.contains("| 49") && !screen.lines.contains("> 0"))
        #expect(screen.row < 9)
    }
}
