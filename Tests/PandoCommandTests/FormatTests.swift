import Testing

@testable import PandoCommand

@Suite struct TextTests {
    @Test func numbersForPeople() {
        #expect(grouped(0) == "0")
        #expect(grouped(999) == "999")
        #expect(grouped(1000) == "1,000")
        #expect(grouped(-1_234_567) == "-1,234,567")
        #expect(decimal(3.14159, 2) == "3.14")
        #expect(decimal(0.005, 1) == "0.0")
        #expect(decimal(12, 0) == "12")
        #expect(counted(1, "row") == "1 row")
        #expect(counted(1200, "row") == "1,200 rows")
        #expect(byteSize(1023) == "1023 bytes")
        #expect(byteSize(1536) == "1.5 KiB")
        #expect(byteSize(5 << 30) == "5.0 GiB")
    }

    @Test(arguments: [
        (0.0, "1970-01-01 00:00:00Z"), (951_782_400, "2000-02-29 00:00:00Z"), (-1, "1969-12-31 23:59:59Z"),
        (1_709_210_096.789, "2024-02-29 12:34:56Z"), (4_102_444_799, "2099-12-31 23:59:59Z"),
    ])
    func times(seconds: Double, text: String) {
        #expect(timestamp(seconds) == text)
    }

    @Test func widthsAsATerminalHasThem() {
        #expect(displayWidth("abc") == 3)
        #expect(displayWidth("東京") == 4)
        #expect(displayWidth("Ōta") == 3)
    }

    @Test func tablesAlignAndCut() {
        var table = TextTable(["name", "n"], right: ["n"])
        table.add(["Lima", "7"])
        table.add(["東京\n", "1,234"])
        let style = Style(isTerminal: false)
        #expect(table.lines(style: style) == ["name       n", "─────  ─────", "Lima       7", "東京   1,234"])
        // What a terminal would act on is not sent to it.
        #expect(TextTable(["a\u{1B}b"]).lines(style: style) == ["a b", "───"])
        var wide = TextTable(["text"])
        wide.add(["abcdefghijklmnop"])
        #expect(wide.lines(style: style, width: 10).last == "abcdefghi…")
    }
}
