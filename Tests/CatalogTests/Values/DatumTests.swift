import Ground
import Testing

@testable import Catalog

@Suite struct DatumTests {
    @Test func scalarsKeepWhatTheyAreGiven() {
        #expect(Datum(1.5).number == 1.5)
        #expect(Datum(true).bool == true)
        #expect(Datum("añb").string == "añb")
        #expect(Datum("añb").utf8Count == 4)
        #expect(Datum.binary([0, 255]).binary == [0, 255])
        #expect(Datum.time(epochSeconds: 1.0006, offsetMinutes: -90).time! == (1.001, -90))
        #expect(Datum(3).integer == 3)
        #expect(Datum(3.5).integer == nil)
        #expect(Datum(9_007_199_254_740_994.0).integer == nil)
        #expect(Datum.null.isNull && !Datum.null.isTruthy && Datum(0).isTruthy)
        #expect(MemoryLayout<Datum>.size == 24)
        #expect(MemoryLayout<DatumNode>.size == 16)
    }

    @Test func objectsAreInKeyOrder() throws {
        let object: Datum = ["b": 1, "a": [1, .null, "x", ["y": 2.5]], "": true]
        #expect(object.count == 3)
        #expect(object.key(at: 0) == "")
        #expect(object[field: "a"]?[3][field: "y"] == 2.5)
        #expect(object[field: "c"] == nil)
        #expect(object.description == #"{"":true,"a":[1,null,"x",{"y":2.5}],"b":1}"#)
        #expect(try Datum(json: object.description) == object)
    }

    @Test func storedDocumentsReadLikeOthers() throws {
        let object: Datum = ["id": "u1", "n\n\"": 2, "tags": ["a", "b"], "t": .time(epochSeconds: 5, offsetMinutes: 120), "z": "q\n"]
        let bytes = Owner(try Document.encode(object))
        let stored = try #require(bytes.datum)
        #expect(stored == object)
        for (key, value) in object.fields { #expect(stored[field: key] == value) }
        #expect(stored[field: "nope"] == nil)
        #expect(Array(stored.fields.map(\.key)) == Array(object.fields.map(\.key)))
        #expect(stored.description == object.description)
    }
}

/// Keeps the bytes of a stored document alive, as a snapshot does.
final class Owner: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var datum: Datum? {
        unsafe bytes.withUnsafeBytes { unsafe Datum(storedDocument: Bytes($0), owner: self) }
    }
}
