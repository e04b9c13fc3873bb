import Testing

@testable import PandoCommand

@Suite struct LineEditorTests {
    /// Types into an editor and says what became of it; `|` stands for the cursor.
    private struct Typist {
        var editor: LineEditor
        var outcome = LineEditor.Outcome.editing
        var candidates: [String] = []

        init(_ history: [String] = []) { editor = LineEditor(history: History(history)) }

        mutating func press(_ keys: Key...) {
            for key in keys {
                let names = candidates
                outcome = editor.handle(key, isComplete: QueryScanner.isComplete) { buffer in
                    let start = buffer.wordStart
                    let written = String(buffer.characters[start..<buffer.cursor])
                    return Completion(
                        start: start,
                        candidates: names.filter { $0.hasPrefix(written) }.map { Completion.Candidate(text: $0, ending: "(") })
                }
            }
        }

        mutating func type(_ text: String) { for scalar in text.unicodeScalars { press(.text(scalar)) } }

        var shown: String {
            var characters = editor.buffer.characters
            characters.insert("|", at: editor.buffer.cursor)
            return String(characters)
        }
    }

    @Test func movingAndDeleting() {
        var typist = Typist()
        typist.type("one two three")
        typist.press(.control("a"), .wordRight, .right, .delete)
        #expect(typist.shown == "one |wo three")
        typist.press(.end, .metaBackspace, .backspace)
        #expect(typist.shown == "one wo|")
        typist.press(.home, .meta("d"), .control("f"), .control("b"), .left)
        #expect(typist.shown == "| wo")
        typist.press(.control("d"), .right, .control("t"))
        #expect(typist.shown == "ow|")
    }

    @Test func killingAndYanking() {
        var typist = Typist()
        typist.type("one two three")
        typist.press(.control("w"), .control("w"))
        #expect(typist.shown == "one |")
        typist.press(.control("y"))
        #expect(typist.shown == "one two three|", "pieces that are killed together come back together")
        typist.press(.home, .control("k"), .control("y"), .control("y"))
        #expect(typist.shown == "one two threeone two three|")
        typist.press(.control("u"))
        #expect(typist.shown == "|")
    }

    @Test func undoGoesBackByWords() {
        var typist = Typist()
        typist.type("one two")
        typist.press(.control("_"))
        #expect(typist.shown == "one|" || typist.shown == "one |")
        typist.press(.control("_"), .control("_"), .control("_"))
        #expect(typist.shown == "|")
        typist.type("ab")
        typist.press(.control("k"), .control("u"), .control("_"))
        #expect(typist.shown == "ab|")
    }

    @Test func marksBelongToTheirCharacter() {
        var typist = Typist()
        typist.type("e\u{301}👩\u{200D}🚀日")
        #expect(typist.editor.buffer.characters.count == 3)
        typist.press(.left, .backspace)
        #expect(typist.shown == "e\u{301}|日")
    }

    @Test func anOpenBracketGoesOnOnAnotherLine() {
        var typist = Typist()
        typist.type("r.expr({")
        typist.press(.enter)
        #expect(typist.outcome == .editing)
        typist.type("a: 1})")
        #expect(typist.shown == "r.expr({\n  a: 1})|")
        typist.press(.up)
        #expect(typist.shown == "r.expr({|\n  a: 1})")
        typist.press(.home, .down, .metaEnter)
        #expect(typist.shown == "r.expr({\n\n|  a: 1})")
        typist.press(.enter)
        #expect(typist.outcome == .submitted("r.expr({\n\n  a: 1})"), "the cursor need not be at the end")
    }

    @Test func historyComesAndGoes() {
        var typist = Typist(["first", "second\nof two lines"])
        typist.type("draft")
        typist.press(.up)
        #expect(typist.editor.buffer.text == "second\nof two lines")
        typist.press(.up)
        #expect(typist.editor.buffer.text == "second\nof two lines", "first its lines are gone through")
        typist.press(.up, .up)
        #expect(typist.editor.buffer.text == "first", "there is nothing before the first")
        typist.press(.control("n"), .control("n"), .control("n"))
        #expect(typist.editor.buffer.text == "draft")
    }

    @Test func searchFindsOlderEntries() {
        var typist = Typist(["r.table(1)", "other", "R.TABLE(2)", "last"])
        typist.type("x")
        typist.press(.control("r"))
        typist.type("table")
        #expect(typist.editor.buffer.text == "R.TABLE(2)" && typist.editor.search != nil)
        typist.press(.control("r"))
        #expect(typist.editor.buffer.text == "r.table(1)")
        typist.press(.control("g"))
        #expect(typist.editor.buffer.text == "x" && typist.editor.search == nil)
        typist.press(.control("r"))
        typist.type("oth")
        typist.press(.enter)
        #expect(typist.outcome == .submitted("other"))
    }

    @Test func completionGoesAsFarAsItCan() {
        var typist = Typist()
        typist.candidates = ["table", "tableCreate", "take"]
        typist.type("ta")
        typist.press(.tab)
        #expect(typist.editor.notes == ["table", "tableCreate", "take"])
        typist.type("b")
        #expect(typist.editor.notes == [])
        typist.press(.tab)
        #expect(typist.shown == "table|")
        typist.type("C")
        typist.press(.tab)
        #expect(typist.shown == "tableCreate(|")
    }

    @Test func endsAndInterrupts() {
        var typist = Typist()
        typist.press(.control("d"))
        #expect(typist.outcome == .endOfInput)
        typist.type("x")
        typist.press(.control("a"), .control("d"))
        #expect(typist.outcome == .editing && typist.shown == "|")
        typist.press(.control("c"))
        #expect(typist.outcome == .interrupted)
        typist.press(.control("l"))
        #expect(typist.outcome == .clearScreen)
    }

    /// The cursor stays inside the text whatever is pressed.
    @Test func anyKeysAreTaken() {
        let all: [Key] =
            [
                .text("a"), .text(" "), .text("\u{301}"), .text("日"), .paste("x\ny "), .enter, .tab, .backTab, .backspace, .delete, .escape,
                .up,
                .down, .left, .right, .home, .end, .pageUp, .pageDown, .wordLeft, .wordRight, .metaEnter, .metaBackspace, .metaDelete,
                .unknown,
                .meta("b"), .meta("f"), .meta("d"),
            ] + "abdefghklnprtuwy_".map { Key.control($0) }
        var generator = Seeded(7)
        var typist = Typist(["one", "two\nlines", "three"])
        typist.candidates = ["alpha", "alphabet", "xylophone"]
        for step in 0..<3_000 {
            guard let key = all.randomElement(using: &generator) else { continue }
            typist.press(key)
            let buffer = typist.editor.buffer
            #expect((0...buffer.characters.count).contains(buffer.cursor), "step \(step)")
            if buffer.characters.count > 200 { typist.editor.begin() }
            if case .submitted = typist.outcome { typist.editor.begin() }
        }
    }
}
