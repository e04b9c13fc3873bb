import TestSupport
import Testing

@testable import Catalog

/// The stored form is the file's format: a change here is a change of the format.
@Suite struct DocumentFormTests {
    static let golden: [(Datum, String, String)] = [
        ([:], "{}", "00" + "00"),
        (["id": 1], #"{"id":1}"#, "01" + "01" + "00"),
        (["name": "Ada", "id": "u1"], #"{"id":"u1","name":"Ada"}"#, "010b" + "02" + "00"),
        (["b": .binary([1, 2]), "a\n": -0.0], #"{"a\n":-0.0,"b":{"$reql_type$":"BINARY","data":"AQI="}}"#, "010c" + "02" + "04"),
        (
            ["id": 7, "t": .time(epochSeconds: 1.5, offsetMinutes: 90)],
            #"{"id":7,"t":{"$reql_type$":"TIME","epoch_time":1.5,"timezone":"+01:30"}}"#, "0108" + "02" + "00"
        ),
    ]

    @Test(arguments: golden) func form(document: Datum, json: String, trailer: String) throws {
        let bytes = try Document.encode(document)
        #expect(bytes == Array(json.utf8) + [UInt8](hex: trailer))
        #expect(try #require(Owner(bytes).datum) == document)
    }

    @Test func offsetsAreAsWideAsTheyHaveToBe() throws {
        for (length, width) in [(241, 1), (242, 2), (65_521, 2), (65_522, 4), (100_000, 4)] {
            let document: Datum = ["b": 1, "a": Datum(String(repeating: "x", count: length))]
            let bytes = try Document.encode(document)
            let json = document.json()
            #expect(json.count == length + 14)
            #expect(bytes.count == json.count + 3 * width + 1 && Int(bytes.last!) == width / 2)
            let stored = try #require(Owner(bytes).datum)
            #expect(stored[field: "b"] == 1 && stored[field: "a"]?.utf8Count == length && stored == document)
        }
    }

    @Test func whatIsNoDocumentIsRefused() {
        for value: Datum in [.null, [1], "x", 5, ["a": .minval], ["a": [1, ["b": .maxval]]]] {
            #expect(throws: DatumError.self) { try Document.encode(value) }
        }
        let point = #"{"$reql_type$":"GEOMETRY","coordinates":[1,2],"type":"Point"}"#
        for text in [
            #"{"a":[{"$reql_type$":"LITERAL"}]}"#, #"{"a":{"$reql_type$":5}}"#, #"{"a":{"$reql_type$":"GEOMETRY","b":1}}"#, point,
        ] {
            #expect(throws: DatumError.self) {
                try Document.encode(Datum(json: text, options: JSONOptions(pseudoTypes: false)))
            }
        }
        #expect(throws: Never.self) { try Document.encode(["a": "$reql_type$"]) }
        #expect(throws: Never.self) { try Document.encode(["a": Datum(json: point)]) }
    }

    /// A stored string without escapes is a view of the page; it keeps the page's owner.
    @Test func aViewKeepsItsOwner() throws {
        weak var watched: Owner?
        var name: Datum?
        do {
            let owner = Owner(try Document.encode(["name": "Ada", "n": 5, "list": ["x"]]))
            watched = owner
            let stored = try #require(owner.datum)
            name = stored[field: "name"]
            #expect(stored[field: "n"]?.owner == nil)
        }
        #expect(watched != nil)
        #expect(name?.string == "Ada")
        let copy = name?.owned
        name = nil
        #expect(watched == nil)
        #expect(copy == "Ada")
    }

    /// Whatever the bytes are, nothing outside them is read, and `check` sees that they are wrong.
    @Test func damagedBytesAreNoTrouble() throws {
        let document: Datum = [
            "id": "u1", "a\n\"": [1, ["x": .binary([1, 2, 3])]], "n": -1.5e-9, "t": .time(epochSeconds: 5, offsetMinutes: 0), "zz": "é\n",
        ]
        let bytes = try Document.encode(document)
        func visit(_ bytes: [UInt8]) {
            guard let stored = Owner(bytes).datum else {
                #expect(Document.check(bytes.span) != nil)
                return
            }
            if Document.check(bytes.span) == nil {
                #expect((try? Document.encode(stored.owned)) == bytes)
            }
            for index in 0..<stored.count { _ = (stored.key(at: index), stored[index].owned) }
            for key in ["id", "a\n\"", "n", "zz", "", "q"] { _ = stored[field: key]?.description }
            _ = (stored.description, stored.owned, stored.hashValue)
        }
        for end in bytes.indices { visit(Array(bytes[..<end])) }
        for index in bytes.indices {
            for byte: UInt8 in [0, 1, 2, 0x22, 0x5C, 0x7D, 0x7F, 0xFF] {
                var damaged = bytes
                damaged[index] = byte
                visit(damaged)
            }
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 { visit((0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }) }
    }
}
