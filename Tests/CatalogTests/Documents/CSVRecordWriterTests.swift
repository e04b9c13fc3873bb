import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct CSVRecordWriterTests {
    private func lines(_ rows: [Datum], _ columns: [String]) -> String {
        var records = CSVRecordWriter(columns: columns)
        var output = ByteBuffer()
        for row in rows { records.write(row, into: &output) }
        return output.string
    }

    private func stored(_ document: Datum) throws -> Datum {
        let bytes = try Document.encode(document)
        return try #require(bytes.span.withBytes { Datum(copyOfStoredDocument: $0) })
    }

    @Test func cells() throws {
        let document: Datum = [
            "id": 1, "a\"b": "x", "n": .null, "t": "two\nlines", "q": "say \"so\", \"now\"\"", "l": [1, "a,b"], "f": -0.5,
        ]
        let columns = ["id", "t", "q", "n", "none", "l", "f", "a\"b"]
        let expected = "1,\"two\nlines\",\"say \"\"so\"\", \"\"now\"\"\"\"\",,,\"[1,\"\"a,b\"\"]\",-0.5,x\r\n"
        #expect(lines([document], columns) == expected)
        #expect(try lines([stored(document)], columns) == expected)
        // An empty cell alone would be no record.
        #expect(try lines([stored(document), "x", .null], ["value"]) == "\"\"\r\nx\r\n\"\"\r\n")
        #expect(lines([2, ["value": 3]], ["id", "value"]) == ",2\r\n,3\r\n")
        var head = ByteBuffer()
        head.append(csvRecord: ["a", "b,c", "", "\"", "0123456\r"])
        #expect(head.string == "a,\"b,c\",,\"\"\"\",\"0123456\r\"\r\n")
    }

    @Test(arguments: ["12", "-0.5", "1e5", "0", "true", "false", "null", "", " x", "7 ", "null\t"])
    func textsThatReadAsElseHaveQuotes(text: String) throws {
        let document: Datum = ["id": 1, "t": Datum(text)]
        #expect(try lines([stored(document), document], ["id", "t"]) == "1,\"\(text)\"\r\n1,\"\(text)\"\r\n")
    }

    @Test(arguments: ["007", "1-2", "+1", "1.", ".5", "truer", "nul", "x", "-", "2026-01-02", "1e"])
    func othersHaveNone(text: String) throws {
        #expect(try lines([stored(["id": 1, "t": Datum(text)])], ["id", "t"]) == "1,\(text)\r\n")
    }

    /// What is written of stored documents is what is written of their values, and a reader finds the same texts.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func randomDocuments(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<40 {
            var names: [String] = []
            var documents: [Datum] = []
            for _ in 0..<10 {
                let fields = ModelValue.randomFields(&random, count: random.below(12), depth: 2)
                names += fields.keys
                // Some documents have the fields of others.
                documents.append(try ModelValue.object(fields).datum)
            }
            let rows = try documents.map(stored)
            var fields = FieldNames()
            for row in rows + rows { fields.add(row) }
            #expect(fields.names == Set(names), "seed \(seed), round \(round)")
            let columns = fields.columns(primaryKey: "id")
            #expect(columns.first == "id" && columns.dropFirst().elementsEqual(Set(names).subtracting(["id"]).sorted()))

            let text = lines(rows, columns)
            #expect(text == lines(documents, columns), "seed \(seed), round \(round)")
            var reader = CSVReader()
            reader.feed(Array(text.utf8).span)
            try reader.finish()
            let expected = documents.map { row in
                columns.map { name -> String in
                    guard let value = row[field: name], !value.isNull else { return "" }
                    return value.string ?? value.description
                }
            }
            #expect(reader.takeRecords().map(\.cells) == expected, "seed \(seed), round \(round)")
        }
    }
}
