import TestSupport
import Testing

@testable import Catalog

/// An array of stored documents is the array of their values, whatever is asked of it.
@Suite struct DocumentListTests {
    private let texts = [#"{"id":1,"tags":["a","b"],"at":{"x":1}}"#, "{}", #"{"id":"two","n":-0.0}"#]

    private var list: Datum {
        get throws {
            var reader = DocumentReader()
            return try .documents(try texts.map { try reader.read(Array($0.utf8).span) })
        }
    }

    private var array: Datum { get throws { try Datum(json: "[" + texts.joined(separator: ",") + "]") } }

    @Test func isTheArray() throws {
        let list = try list
        let array = try array
        #expect(list.documentList != nil && array.documentList == nil)
        #expect(list == array && array == list && list.isIdentical(to: array) && array.isIdentical(to: list) && list.isIdentical(to: list))
        #expect(Datum.compare(list, array) == 0 && list.hashValue == array.hashValue)
        #expect(list.kind == .array && list.count == 3 && list.typeName == "ARRAY" && !list.isStoredDocument)
        #expect(Array(list.elements) == Array(array.elements) && list[1].isStoredDocument)
        #expect(list.json() == array.json() && list.description == array.description)
        #expect(
            list.longestArrayCount == 3 && list.longestArrayBound >= 3 && list.heldByteCount > 100 && list.approximateJSONByteCount >= 60)
        #expect(list.decoded.isIdentical(to: array) && list.owned.isIdentical(to: array))
        #expect(try Datum.array([list, 1]) == Datum.array([array, 1]))
        #expect(try Datum.object([("a", list)]) == Datum.object([("a", array)]))
        #expect(try list < Datum.array([["id": 2]]) && list[field: "id"] == nil)
        #expect(throws: DatumError.self) { try Document.encode(list) }
    }

    @Test func whatIsNotStoredMakesAnArray() throws {
        var reader = DocumentReader()
        let stored = try reader.read(Array(texts[0].utf8).span)
        for documents: [Datum] in [[], [stored, 1], [["a": 1]], [["a": 1], stored]] {
            let list = try Datum.documents(documents)
            let array = try Datum.array(documents)
            #expect(list.documentList == nil && list == array)
        }
    }
}
