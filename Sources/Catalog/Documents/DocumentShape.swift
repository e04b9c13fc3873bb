import Ground

/// Which fields the documents of a table have at the top, and of which kinds they are: wide enough for all of them.
package struct DocumentShape: Sendable {
    /// The kinds of a field's values, without null; none at all where all are null.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Numbers without a fraction that 64 bits hold, and others.
        package static let integer = Kinds(rawValue: 1)
        package static let number = Kinds(rawValue: 2)
        package static let bool = Kinds(rawValue: 4)
        package static let string = Kinds(rawValue: 8)
        package static let time = Kinds(rawValue: 16)
        package static let binary = Kinds(rawValue: 32)
        /// Objects, arrays, and numbers beyond all doubles.
        package static let compound = Kinds(rawValue: 64)
    }

    package private(set) var fields: [String: Kinds] = [:]
    /// Whether there are more fields than are kept.
    package private(set) var isCut = false

    /// More make no table that anybody could read: documents whose names are values, as in `{"ann": 5, "bob": 7}`.
    package static let mostFields = 1600

    package init() {}

    func union(_ other: DocumentShape) -> DocumentShape {
        var all = self
        for (name, kinds) in other.fields { all.note(name, kinds) }
        all.isCut = isCut || other.isCut
        return all
    }

    mutating func note(_ name: String, _ kinds: Kinds) {
        guard fields[name] == nil, fields.count >= Self.mostFields else { return fields[name, default: []].formUnion(kinds) }
        isCut = true
    }

    /// The names in the order of their bytes.
    package var names: [String] { fields.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}

/// Makes the shape of documents, one after the other.
struct ShapeReader {
    private(set) var shape: DocumentShape
    /// Documents of a table mostly have the same fields: those that were last seen at each position, and what they were since.
    private var layout: [(finder: FieldFinder, name: String, kinds: DocumentShape.Kinds)] = []

    init(_ known: DocumentShape = DocumentShape()) { shape = known }

    mutating func add(_ document: Datum) {
        guard document.isStoredDocument else {
            for index in 0..<document.count { shape.note(document.key(at: index), Self.kinds(document[index])) }
            return
        }
        let stored = document.stored
        for index in 0..<stored.fieldCount {
            if index < layout.count, let json = layout[index].finder.json(in: stored, at: index) {
                layout[index].kinds.formUnion(Self.kinds(json))
                continue
            }
            let name = document.key(at: index)
            let place = (FieldFinder(name), name, Self.kinds(document[index]))
            if index < layout.count {
                shape.note(layout[index].name, layout[index].kinds)
                layout[index] = place
            } else {
                layout.append(place)
            }
        }
        withExtendedLifetime(document) {}
    }

    /// The shape of all documents so far.
    mutating func finish() -> DocumentShape {
        for place in layout { shape.note(place.name, place.kinds) }
        layout = []
        return shape
    }

    private static func kinds(_ value: Datum) -> DocumentShape.Kinds {
        switch value.kind {
        case .bool: .bool
        case .number: value.int64 != nil ? .integer : value.number?.isFinite == true ? .number : .compound
        case .string: .string
        case .time: .time
        case .binary: .binary
        case .array, .object: .compound
        case .null, .minval, .maxval: []
        }
    }

    /// Of a value by its canonical JSON.
    @inline(__always) private static func kinds(_ json: Bytes) -> DocumentShape.Kinds {
        guard json.count > 0 else { return [] }
        switch json[0] {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return []
        case UInt8(ascii: "["): return .compound
        // A time, a binary value, or an object.
        case UInt8(ascii: "{"): return kinds(StoredDocument.value(json, owner: nil))
        default:
            if isInteger(json) { return .integer }
            // It may be beyond all doubles.
            return json.count < mostOfDouble && !json.contains(UInt8(ascii: "e")) ? .number : kinds(StoredDocument.value(json, owner: nil))
        }
    }

    /// So many digits are of doubles.
    private static let mostOfDouble = 300

    /// Whether canonical JSON of a number is that of 64 bits.
    private static func isInteger(_ json: Bytes) -> Bool {
        let sign = json.count > 0 && json[0] == UInt8(ascii: "-") ? 1 : 0
        for index in sign..<json.count where !(0x30...0x39 ~= json[index]) { return false }
        return json.count - sign <= 18 || Int64(json.string) != nil
    }
}
