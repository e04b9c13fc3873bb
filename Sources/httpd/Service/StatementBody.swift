import Ground
import ReQLish
import SQL

/// What a request says that is to be answered with SQL.
struct StatementBody: Sendable {
    var requests: [SQLRequest]
    /// Whether they came as a list, and are answered so.
    var isList = false
    /// Whether rows and counts stand alone, as `…/_query` answers them.
    var isBare = false
    var database: String
    var durability: Durability?
    var isReadOnly = false
    var timeLimit: Duration?
    var rowsAreArrays = false
    /// Whether their values are what PostgreSQL's clients show.
    var rowsAreTexts = false
    var showsTypes = false
    /// The server's request is over soon, whatever comes of it.
    private static let longestTime = 86_400.0

    // MARK: POST /_sql

    /// - Parameter database: that of a request that names none.
    init(_ body: Datum, database: String) throws(Problem) {
        let fields = try BodyFields(
            body, of: "A request",
            known: ["query", "params", "statements", "db", "rows", "types", "read_only", "durability", "timeout", "explain"])
        self.database = try fields.read("db", "the name of a database", \.string) ?? database
        let rows = try fields.read("rows", "\"objects\", \"arrays\" or \"texts\"") { rows in
            rows.string.flatMap { ["objects", "arrays", "texts"].contains($0) ? $0 : nil }
        }
        rowsAreTexts = rows == "texts"
        rowsAreArrays = rowsAreTexts || rows == "arrays"
        showsTypes = try fields.read("types", "true or false", \.bool) ?? false
        isReadOnly = try fields.read("read_only", "true or false", \.bool) ?? false
        durability = try fields.durability()
        timeLimit = try fields.read("timeout", "a number of seconds, at most 86,400") { (time) -> Duration? in
            guard let seconds = time.number, seconds > 0, seconds <= Self.longestTime else { return nil }
            return .milliseconds(Int64((seconds * 1000).rounded(.up)))
        }
        let isExplained = try fields.read("explain", "true or false", \.bool) ?? false
        guard let list = try fields.read("statements", "an array of objects with `query`", { $0.kind == .array ? $0 : nil }) else {
            requests = [try Self.request(fields, isExplained: isExplained)]
            return
        }
        isList = true
        requests = []
        for name in ["query", "params", "explain"] where fields[name] != nil {
            throw .request(400, "`\(name)` and `statements` don't go together.")
        }
        for element in list.elements {
            let fields = try BodyFields(element, of: "A statement", known: ["query", "params"])
            requests.append(try Self.request(fields, isExplained: false))
        }
    }

    // MARK: POST …/_query

    /// The text alone.
    init(text: String, database: String) {
        requests = [SQLRequest(text)]
        isBare = true
        self.database = database
    }

    /// Nil if the body is of ReQL.
    init?(queryOfTable body: Datum, database: String) throws(Problem) {
        guard body.kind == .object, let text = body[field: "query"]?.string else { return nil }
        switch body[field: "language"] {
        case nil: guard Self.isSQL(text) else { return nil }
        case let word?:
            guard let word = word.string, word == "sql" || word == "reql" else {
                throw .request(400, "`language` is \"sql\" or \"reql\".")
            }
            guard word == "sql" else { return nil }
        }
        let fields = try BodyFields(body, of: "A query in SQL", known: ["query", "params", "language", "durability", "explain"])
        requests = [try Self.request(fields, isExplained: try fields.read("explain", "true or false", \.bool) ?? false)]
        durability = try fields.durability()
        isBare = true
        self.database = database
    }

    private static func request(_ fields: BodyFields, isExplained: Bool) throws(Problem) -> SQLRequest {
        let text = try fields.require("query", "a text such as \"SELECT 1\"", \.string)
        let arguments = try fields.read("params", "an array, or an object with the values of names such as :name") { params in
            switch params.kind {
            case .array: StatementArguments(Array(params.elements))
            case .object: StatementArguments(named: params.fields.map { (name: $0.key, value: $0.value) })
            default: nil as StatementArguments?
            }
        }
        return SQLRequest(text, arguments ?? .none, isExplained: isExplained)
    }

    /// Whether a text is SQL by its first word, behind blanks, comments and parentheses. A word that is a term of ReQL too is one with a
    /// parenthesis behind it.
    static func isSQL(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var place = 0
        func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
        while place < bytes.count {
            switch (byte(place), byte(place + 1)) {
            case (0x20, _), (0x09...0x0D, _), (UInt8(ascii: "("), _): place += 1
            case (UInt8(ascii: "-"), UInt8(ascii: "-")): while place < bytes.count, bytes[place] != 0x0A { place += 1 }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                place += 2
                while place < bytes.count, !(byte(place) == UInt8(ascii: "*") && byte(place + 1) == UInt8(ascii: "/")) { place += 1 }
                place += 2
            default:
                let start = place
                while (byte(place) | 0x20) >= UInt8(ascii: "a"), (byte(place) | 0x20) <= UInt8(ascii: "z") { place += 1 }
                let word = String(decoding: bytes[start..<place], as: UTF8.self).uppercased()
                if byte(place) == UInt8(ascii: "_") || 0x30...0x39 ~= byte(place) { return false }
                if word == "SELECT" || word == "WITH" { return true }
                guard ["INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "EXPLAIN"].contains(word) else { return false }
                while byte(place) == 0x20 || 0x09...0x0D ~= byte(place) { place += 1 }
                return byte(place) != UInt8(ascii: "(")
            }
        }
        return false
    }
}
