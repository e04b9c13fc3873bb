package import Catalog

/// Values for the parameters of one statement, `$1`, `$2`, … or `:name`, from doors whose values have no types of SQL: HTTP, Swift, the command.
///
/// They stand in the statement's tree as constants would, and are never a part of its text. A string is read as what it meets, as a constant in
/// quotes is; a whole number is int8, any other numeric; objects and arrays are jsonb, times timestamptz, binary values bytea.
package struct StatementArguments: Sendable {
    struct Argument: Sendable {
        var value: SQLValue
        var type: SQLType
    }

    private var list: [Argument]
    /// Where the value of a name stands; nil if they have numbers.
    private let places: [String: Int]?

    package static let none = StatementArguments([])

    package init(_ values: [Datum]) {
        list = values.map(Self.argument)
        places = nil
    }

    package init(named values: [(name: String, value: Datum)]) {
        list = values.map { Self.argument($0.value) }
        places = Dictionary(values.enumerated().map { ($0.element.name, $0.offset) }) { $1 }
    }

    package var hasNames: Bool { places != nil }
    /// How many there are, if they have numbers.
    var count: Int? { places == nil ? list.count : nil }

    subscript(number: Int) -> Argument? { places == nil && list.indices.contains(number - 1) ? list[number - 1] : nil }
    subscript(name: String) -> Argument? { places?[name].map { list[$0] } }

    /// The same with int4 in place of int8 where that is enough, as constants have it; nil if there is no such number. Many functions take
    /// int4 only.
    var narrowed: StatementArguments? {
        var arguments = self
        var hasChanged = false
        for (index, argument) in list.enumerated() where argument.type == .int8 {
            guard case .int(let number) = argument.value, Int32(exactly: number) != nil else { continue }
            arguments.list[index].type = .int4
            hasChanged = true
        }
        return hasChanged ? arguments : nil
    }

    private static func argument(_ datum: Datum) -> Argument {
        switch datum.kind {
        case .null, .minval, .maxval: return Argument(value: .null, type: .unknown)
        case .bool: return Argument(value: .bool(datum.bool ?? false), type: .bool)
        case .number:
            if let number = datum.int64 { return Argument(value: .int(number), type: .int8) }
            return Argument(value: .numeric(Numeric(json: datum)), type: .numeric)
        case .string: return Argument(value: .text(datum.string ?? ""), type: .unknown)
        case .time: return Argument(value: StoredForm.value(datum, .timestamptz, .timestamptz), type: .timestamptz)
        case .binary: return Argument(value: .bytes(datum.binary ?? []), type: .bytea)
        case .array, .object: return Argument(value: .json(datum), type: .jsonb)
        }
    }
}
