import ReQLish

/// The JSON object of a request's body, read field by field: those that the route knows, each of its type.
struct BodyFields {
    private let object: Datum

    /// - Parameters:
    ///   - thing: what the body is, as messages call it.
    ///   - known: the fields it may have; any other is an error, so that a misspelt one is not silently without effect.
    init(_ object: Datum, of thing: String, known: [String]) throws(Problem) {
        guard object.kind == .object else {
            let example = known.first.map { " with `\($0)`" } ?? ""
            throw .request(400, "The body is an object\(example), found \(object.typeName).")
        }
        for field in object.fields where !known.contains(field.key) {
            let last = known.count > 1 ? " and \(known[known.count - 1])" : ""
            let list = known.dropLast(known.count > 1 ? 1 : 0).joined(separator: ", ") + last
            throw .request(400, "\(thing) has no `\(field.key)` here; it has \(list).")
        }
        self.object = object
    }

    var count: Int { object.count }

    subscript(_ name: String) -> Datum? { object[field: name] }

    /// What a field says; nil if it is not there.
    /// - Parameter expected: how a message goes on after "`name` is".
    func read<Value>(_ name: String, _ expected: String, _ read: (Datum) -> Value?) throws(Problem) -> Value? {
        guard let value = object[field: name] else { return nil }
        guard let value = read(value) else { throw .request(400, "`\(name)` is \(expected).") }
        return value
    }

    /// The same for a field that has to be there.
    func require<Value>(_ name: String, _ expected: String, _ read: (Datum) -> Value?) throws(Problem) -> Value {
        guard let value = try self.read(name, expected, read) else {
            throw .request(400, "The body has no `\(name)`, which is \(expected).")
        }
        return value
    }

    /// Names in an array that is not empty.
    func names(_ name: String) throws(Problem) -> [String]? {
        try read(name, "an array of names") { $0.strings.flatMap { $0.isEmpty ? nil : $0 } }
    }

    func durability() throws(Problem) -> Durability? {
        try read("durability", "\"hard\" or \"soft\"") { $0.string.flatMap(WrittenDurability.init(rawValue:))?.durability }
    }
}

extension Datum {
    /// The elements of an array of strings; nil if this is none.
    var strings: [String]? {
        guard kind == .array else { return nil }
        let strings = elements.compactMap(\.string)
        return strings.count == count ? strings : nil
    }
}
