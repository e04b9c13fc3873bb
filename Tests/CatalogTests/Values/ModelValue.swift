import TestSupport

@testable import Catalog

/// A value as a plain tree, with ReQL's rules written down once more in the simplest way.
indirect enum ModelValue {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case binary([UInt8])
    case time(Double, Int)
    case array([ModelValue])
    case object([String: ModelValue])

    static func random(_ random: inout SeededGenerator, depth: Int = 4) -> ModelValue {
        switch random.below(depth > 0 ? 12 : 8) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .number(Double(random.below(7) - 3))
        case 3: return .number(randomDouble(&random))
        case 4, 5: return .string(randomString(&random))
        case 6: return .binary((0..<random.below(6)).map { _ in [0, 1, 0x61, 0xFF][random.below(4)] })
        case 7: return .time(Double(random.below(5000) - 2500) / 1000, random.below(3) * 60 - 60)
        case 8, 9: return .array((0..<random.below(5)).map { _ in .random(&random, depth: depth - 1) })
        default: return .object(randomFields(&random, count: random.below(6), depth: depth - 1))
        }
    }

    static func randomFields(_ random: inout SeededGenerator, count: Int, depth: Int) -> [String: ModelValue] {
        var fields: [String: ModelValue] = [:]
        for _ in 0..<count { fields[randomString(&random)] = .random(&random, depth: depth) }
        return fields
    }

    /// Few letters, so that strings are often equal, prefixes of each other, in need of escapes, or of several bytes each.
    static func randomString(_ random: inout SeededGenerator) -> String {
        let letters: [Character] = ["a", "b", "a", "b", "\"", "\\", "\u{0}", "\n", "\u{1F}", "ñ", "😀", "\u{7F}", "z"]
        return String((0..<random.below(random.below(8) == 0 ? 30 : 5)).map { _ in letters[random.below(letters.count)] })
    }

    static func randomDouble(_ random: inout SeededGenerator) -> Double {
        let number = Double(bitPattern: random.next())
        return number.isFinite ? number : -0.0
    }

    var datum: Datum {
        get throws {
            switch self {
            case .null: .null
            case .bool(let value): Datum(value)
            case .number(let value): Datum(value)
            case .string(let value): Datum(value)
            case .binary(let value): .binary(value)
            case .time(let seconds, let offset): .time(epochSeconds: seconds, offsetMinutes: offset)
            case .array(let elements): try .array(elements.map { try $0.datum })
            case .object(let fields): try .object(fields.map { ($0.key, try $0.value.datum) })
            }
        }
    }

    private var rank: Int {
        switch self {
        case .array: 0
        case .bool: 1
        case .null: 2
        case .number: 3
        case .object: 4
        case .binary: 5
        case .time: 6
        case .string: 7
        }
    }

    static func compare(_ a: ModelValue, _ b: ModelValue) -> Int {
        switch (a, b) {
        case (.null, .null): return 0
        case (.bool(let x), .bool(let y)): return x == y ? 0 : x ? 1 : -1
        case (.number(let x), .number(let y)), (.time(let x, _), .time(let y, _)): return x < y ? -1 : x > y ? 1 : 0
        case (.string(let x), .string(let y)): return compare(Array(x.utf8), Array(y.utf8))
        case (.binary(let x), .binary(let y)): return compare(x, y)
        case (.array(let x), .array(let y)):
            for (x, y) in zip(x, y) where compare(x, y) != 0 { return compare(x, y) }
            return x.count - y.count
        case (.object(let x), .object(let y)):
            let sortedX = sorted(x)
            let sortedY = sorted(y)
            for (x, y) in zip(sortedX, sortedY) {
                let keys = compare(Array(x.key.utf8), Array(y.key.utf8))
                if keys != 0 { return keys }
                let values = compare(x.value, y.value)
                if values != 0 { return values }
            }
            return x.count - y.count
        default: return a.rank - b.rank
        }
    }

    private static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        for (x, y) in zip(a, b) where x != y { return Int(x) - Int(y) }
        return a.count - b.count
    }

    private static func sorted(_ fields: [String: ModelValue]) -> [(key: String, value: ModelValue)] {
        fields.sorted { compare(Array($0.key.utf8), Array($1.key.utf8)) < 0 }
    }

    func merged(with other: ModelValue) -> ModelValue {
        guard case .object(let mine) = self, case .object(let theirs) = other else { return other }
        return .object(mine.merging(theirs) { $0.merged(with: $1) })
    }

    /// Whether this can be (part of) a key.
    var isKey: Bool {
        switch self {
        case .null, .object: false
        case .array(let elements): elements.allSatisfy(\.isKey)
        default: true
        }
    }
}
