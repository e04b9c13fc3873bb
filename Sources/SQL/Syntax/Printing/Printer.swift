/// Writes trees as SQL that parses to equal trees: for the texts of declarations and views, and for EXPLAIN.
///
/// Operands that are not simple stand in parentheses, so nothing depends on how tight operators bind.
struct Printer {
    var text = ""

    static func text(_ expression: Expression) -> String {
        var printer = Printer()
        printer.expression(expression)
        return printer.text
    }

    static func text(_ query: Query) -> String {
        var printer = Printer()
        printer.query(query)
        return printer.text
    }

    static func text(_ type: TypeName) -> String {
        var printer = Printer()
        printer.type(type)
        return printer.text
    }

    // MARK: - Lists

    mutating func list<Elements: Collection>(
        _ elements: Elements, separator: String = ", ", _ print: (inout Printer, Elements.Element) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { text += separator }
            isFirst = false
            print(&self, element)
        }
    }

    mutating func expressions(_ expressions: [Expression]) {
        list(expressions) { $0.expression($1) }
    }

    // MARK: - Names

    mutating func name(_ name: Name) {
        text += Self.identifier(name)
    }

    mutating func names(_ names: [Name]) {
        text += "("
        list(names) { $0.name($1) }
        text += ")"
    }

    mutating func optionalNames(_ columns: [Name]) {
        if !columns.isEmpty { names(columns) }
    }

    mutating func name(_ name: QualifiedName) {
        list(name.parts, separator: ".") { $0.name($1) }
    }

    /// A name as it is read again: with its capitals if it was not quoted, in quotes if it must be.
    static func identifier(_ name: Name) -> String {
        if !name.isQuoted, let written = name.written { return written }
        return name.isQuoted || needsQuotes(name.text) ? quoted(name.text) : name.text
    }

    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func needsQuotes(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first.startsIdentifier, !bytes.contains(where: { $0.isASCIIUppercase || !$0.continuesIdentifier })
        else {
            return true
        }
        let hash = bytes.reduce(UInt32(0)) { KeywordTable.hash($0, adding: $1) }
        let keyword = KeywordTable.shared.keyword(in: bytes, at: 0..<bytes.count, hash: hash)
        return keyword != .notKeyword && (keyword.category != .unreserved || keyword.hasMeaningInNames)
    }

    // MARK: - Constants

    mutating func string(_ value: String) {
        text += "'" + value.replacing("'", with: "''") + "'"
    }

    mutating func literal(_ literal: Literal) {
        switch literal.value {
        case .integer(let number): text += String(number)
        case .decimal(let digits): text += digits
        case .string(let value): string(value)
        case .bits(let digits):
            text += "B"
            string(digits)
        case .hexadecimal(let digits):
            text += "X"
            string(digits)
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "NULL"
        }
    }

    // MARK: - Types

    mutating func type(_ type: TypeName) {
        if type.isSet { text += "SETOF " }
        if type.isBuiltIn {
            builtInType(type)
        } else {
            name(type.name)
            modifiers(type)
        }
        for size in type.dimensions { text += size.map { "[\($0)]" } ?? "[]" }
    }

    private mutating func modifiers(_ type: TypeName) {
        guard !type.modifiers.isEmpty else { return }
        text += "("
        expressions(type.modifiers)
        text += ")"
    }

    private mutating func builtInType(_ type: TypeName) {
        let names = [
            "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision", "bool": "boolean",
            "bpchar": "character", "varchar": "character varying", "varbit": "bit varying", "timetz": "time", "timestamptz": "timestamp",
        ]
        let name = type.name.last
        text += names[name] ?? name
        if let fields = type.intervalFields { text += " " + fields.rawValue }
        modifiers(type)
        if name.hasSuffix("tz") { text += " with time zone" }
    }
}

extension Keyword {
    /// Whether the unreserved word is taken for something else than a name somewhere in an expression or a query.
    fileprivate var hasMeaningInNames: Bool {
        switch self {
        case .partition, .range, .rows, .groups, .cube, .rollup, .unbounded, .current, .double, .operator, .set, .nulls, .over, .filter,
            .within, .year, .month, .day, .hour, .minute, .second, .exclude, .at, .preceding, .following, .without, .varying, .uescape:
            true
        default: false
        }
    }
}
