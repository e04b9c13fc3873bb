/// A name, folded unless it was quoted, and where it stands.
struct Name: Hashable, Sendable {
    var text: String
    /// The name with its capitals, if folding took them away: a field of a document is looked for as it was written.
    var written: String?
    /// Whether it was written in quotes.
    var isQuoted = false
    var position: Position

    init(_ text: String, at position: Position) {
        self.text = text
        self.position = position
    }

    static func == (left: Name, right: Name) -> Bool { left.text == right.text && left.written == right.written }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// A name with what it is in before it: `name`, `schema.name`, `database.schema.name`. In FROM it may be a path of any length.
struct QualifiedName: Hashable, Sendable {
    var parts: [Name]

    init(_ parts: [Name]) {
        self.parts = parts
    }

    /// `schema.name` of a text, as casts to regclass read it.
    init(written text: String) {
        var parts: [Name] = []
        var current = ""
        var isQuoted = false
        var wasQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
                wasQuoted = true
            } else if character == ".", !isQuoted {
                parts.append(Name(wasQuoted ? current : current.lowercased(), at: Position(0)))
                current = ""
                wasQuoted = false
            } else {
                current.append(character)
            }
        }
        parts.append(Name(wasQuoted ? current : current.lowercased(), at: Position(0)))
        self.init(parts)
    }

    var position: Position { parts.first?.position ?? Position(0) }
    var last: String { parts.last?.text ?? "" }
}

/// An operator.
struct OperatorName: Hashable, Sendable {
    var symbol: String
    /// Whether it was written `OPERATOR(schema.+)`, which binds as other operators do, whatever the symbol.
    var isSpelled = false
    var schema: [Name] = []
    var position: Position
}

/// A constant, as it was written.
struct Literal: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        /// int4 or int8, by its size.
        case integer(Int64)
        /// Digits that are no int8, or have a point or an exponent: numeric.
        case decimal(String)
        /// A text whose type is still unknown.
        case string(String)
        /// The digits of B'…' and X'…'.
        case bits(String), hexadecimal(String)
        case bool(Bool)
        case null
    }

    var value: Value
    var position: Position
}

/// A type, as it was written.
struct TypeName: Hashable, Sendable {
    /// The field names after INTERVAL.
    enum IntervalFields: String, Hashable, Sendable {
        case year, month, day, hour, minute, second
        case yearToMonth = "year to month"
        case dayToHour = "day to hour"
        case dayToMinute = "day to minute"
        case dayToSecond = "day to second"
        case hourToMinute = "hour to minute"
        case hourToSecond = "hour to second"
        case minuteToSecond = "minute to second"

        var hasSeconds: Bool { self == .second || self == .dayToSecond || self == .hourToSecond || self == .minuteToSecond }
    }

    var name: QualifiedName
    /// Whether the grammar named it, `integer` or `time with time zone`: the name is then the one in `pg_catalog`, `int4` or `timetz`.
    var isBuiltIn = false
    var modifiers: [Expression] = []
    var intervalFields: IntervalFields?
    /// One entry a dimension: its size, if it was given.
    var dimensions: [Int?] = []
    var isSet = false
    var position: Position

    /// A type of the grammar's own.
    static func builtIn(_ name: String, _ modifiers: [Expression] = [], at position: Position) -> TypeName {
        TypeName(name: QualifiedName([Name(name, at: position)]), isBuiltIn: true, modifiers: modifiers, position: position)
    }
}
