import Catalog

/// What a path comes upon.
struct JSONPathItem {
    enum Value {
        case json(Datum)
        case time(JSONPathTime)
    }

    var value: Value
    /// The value that it is a part of, by number, and where it would stand in it as PostgreSQL stores it: `.keyvalue()` tells objects by that.
    var base = 0
    var offset = 0

    init(_ value: Value, base: Int = 0, offset: Int = 0) {
        self.value = value
        self.base = base
        self.offset = offset
    }

    init(_ datum: Datum) { value = .json(datum) }

    var datum: Datum? { if case .json(let datum) = value { datum } else { nil } }
    var array: Datum? { datum.flatMap { $0.kind == .array ? $0 : nil } }
    var object: Datum? { datum.flatMap { $0.kind == .object ? $0 : nil } }
    var number: Numeric? { datum.flatMap { $0.kind == .number ? Numeric(json: $0) : nil } }

    var typeName: String {
        switch value {
        case .json(let datum): JSONText.typeName(datum)
        case .time(let time): TypeTable.entry(time.type.oid)?.displayName ?? ""
        }
    }
}

/// What ends the following of a path.
enum JSONPathFault: Error {
    /// What a caller may ask to be kept silent about, and what a condition takes for unknown.
    case suppressible(SQLError)
    case other(SQLError)

    var error: SQLError {
        switch self {
        case .suppressible(let error), .other(let error): error
        }
    }

    init(_ state: String, _ message: String) { self = .suppressible(SQLError(SQLState(rawValue: state), message)) }
}
