import Testing

@testable import PandoCommand

@Suite struct CSVReaderTests {
    private func read(_ text: String, pieces: Int = .max) throws -> [CSVReader.Record] {
        var reader = CSVReader()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            reader.feed(piece.span)
            rest = rest.dropFirst(piece.count)
        }
        try reader.finish()
        return reader.takeRecords()
    }

    @Test(arguments: [1, 2, 3, .max])
    func cellsQuotesAndLineEnds(pieces: Int) throws {
        let records = try read("a,b\r\n1,\"x, \"\"y\"\"\"\n\n\"two\nlines\",\n,ü", pieces: pieces)
        #expect(
            records == [
                .init(cells: ["a", "b"], line: 1), .init(cells: ["1", "x, \"y\""], line: 2), .init(cells: ["two\nlines", ""], line: 4),
                .init(cells: ["", "ü"], line: 6),
            ])
    }

    @Test func anEmptyTextHasNoRecords() throws {
        #expect(try read("") == [])
        #expect(try read("\n\r\n") == [])
        #expect(try read("\"\"").map(\.cells) == [[""]])
    }

    @Test func mistakesHaveLines() {
        #expect(throws: CSVReader.Malformed(line: 2, message: "a quote is not closed before the end")) { try read("a\n\"b\nc") }
    }

    @Test(arguments: [1, 2, .max])
    func whatCannotBeReadCostsItsLine(pieces: Int) throws {
        let records = try read("a,b\nx\"y,1\n2,\"z\"z,\"\r\n3,4\n", pieces: pieces)
        #expect(records.map(\.line) == [1, 2, 3, 4])
        #expect(records.map(\.cells) == [["a", "b"], [], [], ["3", "4"]])
        #expect(
            records[1].problem?.contains("a quote inside a cell") == true && records[2].problem?.contains("after a closing quote") == true)
        var reader = CSVReader()
        reader.feed(([0x61, 0xFF, 0x2C, 0x62, 0x0A] + Array("c,d".utf8)).span)
        try reader.finish()
        #expect(reader.takeRecords() == [.init(cells: [], line: 1, problem: "not UTF-8"), .init(cells: ["c", "d"], line: 2)])
    }
}

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
        var wide = TextTable(["text"])
        wide.add(["abcdefghijklmnop"])
        #expect(wide.lines(style: style, width: 10).last == "abcdefghi…")
    }
}
