import ReQLish
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct DatumCodingTests {
    private struct Everything: Codable, Equatable {
        enum Colour: String, Codable { case red, green }
        enum Shape: Codable, Equatable { case circle(radius: Double), square(Int) }
        struct Inner: Codable, Equatable { var x: Int8 = -5 }

        var bool = true
        var int = -3
        var wide: UInt64 = 9_007_199_254_740_992
        var small: UInt8 = 255
        var double = 0.1
        var float: Float = 1.5
        var string = "grüße \u{0} 😀"
        var date = Date(timeIntervalSince1970: 1_700_000_000.125)
        var data = Data([0, 1, 255])
        var url = URL(string: "https://example.org/a?b")!
        var missing: Int?
        var there: Int? = 4
        var list = [[1, 2], [], [3]]
        var optionals: [String?] = ["a", nil]
        var byName = ["a": Inner(), "b": Inner(x: 7)]
        var byNumber = [3: "three"]
        var colour = Colour.green
        var shapes = [Shape.circle(radius: 2), .square(3)]
        var any: Datum = ["x": [1, .null]]
        var time: Datum = .time(epochSeconds: 5, offsetMinutes: 60)
    }

    @Test func everyKindOfValueComesBack() throws {
        let value = Everything()
        let datum = try DatumEncoder().encode(value)
        let back = try DatumDecoder().decode(Everything.self, from: datum)
        #expect(try DatumEncoder().encode(back) == datum)
        #expect(back == value)
        #expect(datum[field: "date"] == .time(epochSeconds: 1_700_000_000.125, offsetMinutes: 0))
        #expect(datum[field: "data"] == .binary([0, 1, 255]))
        #expect(datum[field: "url"] == "https://example.org/a?b")
        #expect(datum[field: "missing"] == nil)
        #expect(datum[field: "optionals"] == ["a", .null])
        #expect(datum[field: "byNumber"] == ["3": "three"])
        #expect(datum[field: "colour"] == "green")
        #expect(datum[field: "shapes"] == [["circle": ["radius": 2]], ["square": ["_0": 3]]])
        #expect(datum[field: "time"]?.time?.offsetMinutes == 60)
    }

    @Test func scalarsAndArraysAreWholeValues() throws {
        #expect(try DatumEncoder().encode(5) == 5)
        #expect(try DatumEncoder().encode([1, 2]) == [1, 2])
        #expect(try DatumEncoder().encode(Int?.none) == .null)
        #expect(try DatumEncoder().encode(Date(timeIntervalSince1970: 1)) == .time(epochSeconds: 1, offsetMinutes: 0))
        #expect(try DatumDecoder().decode([Int].self, from: [1, 2]) == [1, 2])
        #expect(try DatumDecoder().decode(Int?.self, from: .null) == nil)
        #expect(try DatumDecoder().decode(Data.self, from: .binary([1])) == Data([1]))
        struct Empty: Codable {}
        #expect(try DatumEncoder().encode(Empty()) == .emptyObject)
    }

    // MARK: Containers by hand

    private class Animal: Codable {
        var name = "cat"
        init() {}
    }

    private final class Pet: Animal {
        var owner = "Ada"
        var sizes = [1, 2]

        enum Keys: CodingKey { case owner, sizes, nested, list }
        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            owner = try container.decode(String.self, forKey: .owner)
            var list = try container.nestedUnkeyedContainer(forKey: .sizes)
            sizes = []
            while !list.isAtEnd { sizes.append(try list.decode(Int.self)) }
            _ = try container.nestedContainer(keyedBy: Keys.self, forKey: .nested).decode(String.self, forKey: .owner)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            // The containers are filled in turn, as the rules of Codable allow.
            var list = container.nestedUnkeyedContainer(forKey: .sizes)
            try list.encode(sizes[0])
            var nested = container.nestedContainer(keyedBy: Keys.self, forKey: .nested)
            try container.encode(owner, forKey: .owner)
            try list.encode(sizes[1])
            try nested.encode("inside", forKey: .owner)
            try super.encode(to: container.superEncoder())
        }
    }

    @Test func nestedAndSuperContainers() throws {
        let datum = try DatumEncoder().encode(Pet())
        #expect(datum == ["owner": "Ada", "sizes": [1, 2], "nested": ["owner": "inside"], "super": ["name": "cat"]])
        let pet = try DatumDecoder().decode(Pet.self, from: datum)
        #expect(pet.name == "cat" && pet.owner == "Ada" && pet.sizes == [1, 2])
    }

    // MARK: Mistakes

    private struct Numbers: Codable {
        var byte: UInt8 = 0
        var list: [Int] = []
        var date: Date?
    }

    @Test func valuesThatDoNotFitAreErrorsWithTheirPath() {
        func path(_ datum: Datum) -> (String, String) {
            do {
                _ = try DatumDecoder().decode([String: Numbers].self, from: datum)
                return ("", "")
            } catch let error as DecodingError {
                switch error {
                case .typeMismatch(_, let context): return ("type", context.codingPath.map(\.stringValue).joined(separator: "."))
                case .valueNotFound(_, let context): return ("value", context.codingPath.map(\.stringValue).joined(separator: "."))
                case .keyNotFound(let key, let context):
                    return ("key", (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: "."))
                case .dataCorrupted(let context): return ("data", context.codingPath.map(\.stringValue).joined(separator: "."))
                @unknown default: return ("", "")
                }
            } catch { return ("other", "") }
        }
        #expect(path(["a": ["byte": 300, "list": []]]) == ("data", "a.byte"))
        #expect(path(["a": ["byte": 1.5, "list": []]]) == ("data", "a.byte"))
        #expect(path(["a": ["byte": "1", "list": []]]) == ("type", "a.byte"))
        #expect(path(["a": ["byte": .null, "list": []]]) == ("value", "a.byte"))
        #expect(path(["a": ["list": []]]) == ("key", "a.byte"))
        #expect(path(["a": ["byte": 1, "list": [1, 2, "x"]]]) == ("type", "a.list.2"))
        #expect(path(["a": ["byte": 1, "list": [], "date": 5]]) == ("type", "a.date"))
        #expect(path(["a": 5]) == ("type", "a"))
        #expect(path([1]) == ("type", ""))
        #expect(path(["a": ["byte": 255, "list": []]]) == ("", ""))
    }

    @Test func integersKeepAllTheirDigits() throws {
        let integers: [UInt64] = [0, 1 << 53, (1 << 53) + 1, UInt64(Int64.max), .max]
        #expect(try DatumDecoder().decode([UInt64].self, from: DatumEncoder().encode(integers)) == integers)
        #expect(try DatumDecoder().decode(Int.self, from: DatumEncoder().encode(Int.min)) == Int.min)
        #expect(try DatumEncoder().encode([UInt64.max]).description == "[18446744073709551615]")
    }

    @Test func numbersThatReQLCannotHoldAreErrors() {
        #expect(throws: EncodingError.self) { try DatumEncoder().encode(Double.nan) }
        #expect(throws: EncodingError.self) { try DatumEncoder().encode(["a": Float.infinity]) }
        #expect(throws: DecodingError.self) { try DatumDecoder().decode(Int.self, from: DatumEncoder().encode(UInt64.max)) }
        #expect(throws: DecodingError.self) { try DatumDecoder().decode(Float.self, from: 1e300) }
        #expect(throws: Never.self) { try DatumEncoder().encode(-(1 << 53)) }
    }

    @Test func depthIsBounded() {
        final class Link: Codable {
            var next: Link?
        }
        let first = Link()
        var last = first
        for _ in 0..<1_500 {
            last.next = Link()
            last = last.next!
        }
        #expect(throws: EncodingError.self) { try DatumEncoder().encode(first) }
    }

    @Test func aDatumGoesThroughOtherCoders() throws {
        let value: Datum = ["a": [1, 2.5, "x", .null, true], "b": ["c": false], "t": .time(epochSeconds: 1, offsetMinutes: 0)]
        let json = try JSONEncoder().encode(value)
        #expect(String(decoding: json, as: UTF8.self).contains("epoch_time"))
        let decoded = try JSONDecoder().decode(Datum.self, from: json)
        #expect(decoded == value)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode([Datum.minval]) }
        let wrong = Data(#"{"$reql_type$": "TIME"}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Datum.self, from: wrong) }
    }
}
