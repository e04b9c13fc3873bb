import Testing

@testable import Catalog

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

    /// Also where the first cell stands in quotes, and in whatever pieces it comes.
    @Test(arguments: [1, 2, 3, .max])
    func theMarkAtTheBeginningIsNoText(pieces: Int) throws {
        #expect(try read("\u{FEFF}\"id\",b\n1,\u{FEFF}2", pieces: pieces).map(\.cells) == [["id", "b"], ["1", "\u{FEFF}2"]])
        #expect(try read("\u{FF21},b\n", pieces: pieces).map(\.cells) == [["\u{FF21}", "b"]])
        #expect(try read("\u{FEFF}", pieces: pieces) == [])
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
