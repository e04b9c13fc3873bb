public import ReQLish
internal import SQL

/// A statement of SQL in which every value that is interpolated is a parameter, and never a part of the text:
///
///     let adults = try await pando.sql("SELECT * FROM users WHERE age >= \(age)", as: [User].self)
///
/// Text that is made at run time takes ``init(unchecked:)``, so that it is seen where somebody trusts it.
public struct SQL: ExpressibleByStringInterpolation, Sendable {
    let text: String
    let values: SQLParameters

    public init(stringLiteral text: String) {
        self.text = text
        values = SQLParameters([])
    }

    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = SQLParameters(stringInterpolation.values)
    }

    /// A statement that this program has put together. Whatever it has of others' making is read as SQL.
    public init(unchecked text: String) {
        self.text = text
        values = SQLParameters([])
    }

    /// Gathers the text and the values.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [any Encodable & Sendable] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// A value: what ``DatumEncoder`` makes of it. Strings are read as what they meet, as constants in quotes are.
        public mutating func appendInterpolation(_ value: some Encodable & Sendable) {
            values.append(value)
            text += "$\(values.count)"
        }

        /// A value, or NULL.
        public mutating func appendInterpolation(_ value: (some Encodable & Sendable)?) {
            values.append(value)
            text += "$\(values.count)"
        }
    }
}

/// Values for the parameters of a statement: `[5, "x"]` for `$1` and `$2`, `["age": 5]` for `:age`.
public struct SQLParameters: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, Sendable {
    /// Or why there is no datum for one of them.
    private let content: Result<StatementArguments, any Error>
    let isEmpty: Bool

    public init(_ values: [any Encodable & Sendable]) {
        isEmpty = values.isEmpty
        content = Result { StatementArguments(try values.map(Self.datum)) }
    }

    public init(_ values: [String: any Encodable & Sendable]) {
        isEmpty = values.isEmpty
        content = Result { StatementArguments(named: try values.map { (name: $0.key, value: try Self.datum($0.value)) }) }
    }

    public init(arrayLiteral elements: any Encodable & Sendable...) { self.init(elements) }

    public init(dictionaryLiteral elements: (String, any Encodable & Sendable)...) {
        self.init(Dictionary(elements) { $1 })
    }

    func arguments() throws -> StatementArguments { try content.get() }

    private static func datum(_ value: any Encodable & Sendable) throws -> Datum { try DatumEncoder().encode(value) }
}

/// What a statement has done.
public struct SQLResult: Sendable {
    /// `SELECT`, `INSERT`, `CREATE TABLE`, …
    public let command: String
    /// How many rows it read, or wrote.
    public let rowCount: Int
    /// The rows: objects by the names of the columns; documents as they are, where `*` of a table without columns of its own was asked for.
    public let rows: [Datum]
}
