import TestSupport
import Testing

@testable import Catalog

/// Random values against ``ModelValue``. The seed in the failure's arguments brings a run back.
@Suite struct DatumModelTests {
    static let seeds: [UInt64] = [1, 2, 3, 4]

    @Test(arguments: seeds) func orderAndHash(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let models = (0..<150).map { _ in ModelValue.random(&random) }
        let values = try models.map { try $0.datum }
        for (i, a) in values.enumerated() {
            for (j, b) in values.enumerated() {
                let order = Datum.compare(a, b).signum()
                guard order == ModelValue.compare(models[i], models[j]).signum() else {
                    Issue.record("\(a) against \(b): \(order)")
                    continue
                }
                #expect((a == b) == (order == 0))
                if order == 0 { #expect(a.hashValue == b.hashValue) }
                #expect(a.isIdentical(to: b) == (a.description == b.description))
            }
        }
    }

    @Test(arguments: seeds) func jsonComesBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = try ModelValue.random(&random).datum
            let text = value.description
            let back = try Datum(json: text)
            #expect(back == value)
            #expect(back.description == text)
        }
    }

    @Test(arguments: seeds) func storedDocumentsComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<200 {
            let count = round % 40 == 0 ? 300 : random.below(12)
            let fields = ModelValue.randomFields(&random, count: count, depth: 3)
            let value = try ModelValue.object(fields).datum
            let bytes = try Document.encode(value)
            #expect(Document.check(bytes.span) == nil)
            let stored = try #require(Owner(bytes).datum)

            #expect(stored.isStoredDocument && stored.count == value.count)
            for index in 0..<value.count {
                #expect(stored.key(at: index) == value.key(at: index))
                #expect(stored[index] == value[index])
            }
            for (key, field) in fields {
                let expected = try field.datum
                #expect(stored[field: key] == expected)
                #expect(stored[field: key]?.owned.description == expected.description)
                #expect((stored[field: key + "x"] == nil) == (fields[key + "x"] == nil))
            }
            #expect(stored == value && stored.hashValue == value.hashValue)
            #expect(stored.description == value.description)
            #expect(stored.json(binaryLineBreaks: false) == value.json(binaryLineBreaks: false))
            #expect(!stored.owned.isStoredDocument && stored.owned == value)
            #expect(stored.isIdentical(to: value) && stored.isIdentical(to: stored) && stored.owned.isIdentical(to: value))
            #expect(try Document.encode(stored) == bytes)
        }
    }

    /// Parts of values, and values inside others, are copied as ranges of nodes and text.
    @Test(arguments: seeds) func partsCanBePutTogetherAgain(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let a = try ModelValue.random(&random).datum
            let b = try ModelValue.random(&random).datum
            let whole = try Datum.object([("b", b), ("a", try .array([b, a, b])), ("", .array(Array(a.elements)))])
            #expect(whole[field: "b"] == b)
            #expect(whole[field: "a"]?[1] == a)
            #expect(whole[field: ""]?.description == (try Datum.array(a.elements.map { $0.owned })).description)
            let text = whole.description
            #expect(try Datum(json: text).description == text)
            #expect(try Datum.array([whole[field: "a"]!]).description == "[\(whole[field: "a"]!)]")
        }
    }

    @Test(arguments: seeds) func mergingAndChanging(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let fields = ModelValue.randomFields(&random, count: random.below(6), depth: 3)
            let (a, b) = (ModelValue.object(fields), ModelValue.random(&random))
            let value = try a.datum
            #expect(try value.merging(b.datum).description == (try a.merged(with: b).datum).description)

            let key = fields.keys.sorted().randomElement(using: &random) ?? "k"
            var changed = fields
            changed["new"] = b
            changed[key] = nil
            let stored = try #require(Owner(try Document.encode(value)).datum)
            for object in [value, stored] {
                #expect(try object.changing([(key, nil), ("new", b.datum)]) == ModelValue.object(changed).datum)
                #expect(try object.setting(key, to: 5)[field: key] == 5)
                #expect(try object.removing(key)[field: key] == nil)
            }
        }
    }

    @Test(arguments: seeds) func keysAreInTheOrderOfTheirValues(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var values = (0..<400).map { _ in ModelValue.random(&random, depth: 3) }.filter(\.isKey).map { try! $0.datum }
        values += [0.0, -0.0, 1e-300, -1e-300, 5e300, -5e300, [], [[]], ["", [], [0]], "\u{F}", "\u{10}", ""]
        let primary = values.compactMap { value in (try? PrimaryKey.encode(value)).map { (value, $0) } }
        let entries = try values.map { ($0, try #require(try IndexKey.encode(value: $0, primaryKey: "k"))) }
        #expect(primary.count > 100)
        for encoded in [primary, entries] {
            for (a, keyA) in encoded {
                for (b, keyB) in encoded {
                    let order = keyA == keyB ? 0 : keyA.lexicographicallyPrecedes(keyB) ? -1 : 1
                    guard order == Datum.compare(a, b).signum() else {
                        Issue.record("\(a) against \(b): \(keyA.hex), \(keyB.hex)")
                        return
                    }
                }
            }
        }
        for (value, key) in primary { #expect(try PrimaryKey.decode(key) == value) }
        for (value, key) in entries { #expect(try IndexKey.decode(key).value == value) }
    }

    /// A range of index keys holds the entries of exactly the values between its bounds.
    @Test(arguments: seeds) func rangesHoldWhatIsBetweenTheirBounds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<60).map { _ in ModelValue.random(&random, depth: 2) }.filter(\.isKey).map { try! $0.datum }
        let entries = try values.flatMap { value in
            try ["", "a", 7, [true]].map { (value, try #require(try IndexKey.encode(value: value, primaryKey: $0, ordinal: 3))) }
        }
        let bounds = values + [.minval, .maxval, ["a", .minval], ["a", .maxval], [.maxval]]
        for lower in bounds {
            for upper in bounds {
                let (includesLower, includesUpper) = (random.below(2) == 0, random.below(2) == 0)
                let range = try IndexKey.range(
                    lower: lower, lowerInclusive: includesLower, upper: upper, upperInclusive: includesUpper)
                #expect(range.isExact)
                for (value, key) in entries {
                    let isInside = !key.lexicographicallyPrecedes(range.lower) && key.lexicographicallyPrecedes(range.upper)
                    let shouldBe = (includesLower ? value >= lower : value > lower) && (includesUpper ? value <= upper : value < upper)
                    guard isInside == shouldBe else {
                        Issue.record("\(value) in \(lower)..\(upper): \(key.hex) in \(range.lower.hex)..\(range.upper.hex)")
                        return
                    }
                }
            }
        }
    }
}
