import httpd

/// What a statement of SQL answers. Each row is an array of its columns' values, as JSON has them.
final class StatementAnswer {
    struct Column: Equatable {
        var name: String
        var type: String

        var isNumeric: Bool {
            ["smallint", "integer", "bigint", "real", "double precision", "oid"].contains(type) || type.hasPrefix("numeric")
        }
    }

    /// Nil: it has no rows.
    let columns: [Column]?
    /// Of a statement without rows, or after the last one: what was done, and with how many.
    private(set) var command = ""
    private(set) var count = 0
    /// Notices and warnings, as HTTP has them.
    private(set) var notices: [Datum] = []
    private let take: () throws -> Datum?
    private let finish: () throws -> End
    private let letGo: () -> Void

    /// What is known at the end.
    typealias End = (command: String, count: Int, notices: [Datum])

    init(
        columns: [Column]?, next: @escaping () throws -> Datum?, finish: @escaping () throws -> End, close: @escaping () -> Void
    ) {
        self.columns = columns
        take = next
        self.finish = finish
        letGo = close
    }

    /// Whether the rows are documents: the `*` of a table without columns of its own.
    var areDocuments: Bool { columns?.count == 1 && columns?.first?.name == "_doc" }

    /// The next row; nil at the end, when ``command`` and ``count`` are known.
    func next() throws -> Datum? {
        if columns != nil, let row = try take() { return row }
        (command, count, notices) = try finish()
        return nil
    }

    func close() { letGo() }
}

/// Why a statement failed, and where in its text.
struct StatementFailure: Error {
    let message: String
    let state: String
    /// The detail and the hint, a line each.
    var hint = ""
    /// From 1; nil where the error is about no place.
    var line: Int?
    var column: Int?
    var snippet: String?

    /// What a server's problem document says; nil if it is of no statement.
    init?(problem: Datum) {
        // A document that a declaration refuses is of no statement either.
        guard let state = problem[field: "sqlstate"]?.string, problem[field: "code"] != "constraint_violation" else { return nil }
        self.state = state
        message = problem[field: "detail"]?.string ?? "The server refuses."
        hint = problem[field: "hint"]?.string ?? ""
        line = problem[field: "line"]?.integer
        column = problem[field: "column"]?.integer
        snippet = problem[field: "snippet"]?.string
    }

    init(_ error: SQLError, in text: String) {
        message = error.message
        state = error.state.rawValue
        hint = [error.detail, error.hint].compactMap { $0 }.joined(separator: "\n")
        guard let place = QuerySyntaxError(error, in: text) else { return }
        (line, column, snippet) = (place.line, place.column, place.snippet)
    }

    /// - Parameters:
    ///   - lineCount: how many lines stand before the statement, where it is one of a script.
    ///   - source: what the script is; nil where the person sees its lines.
    func error(source: String?, after lineCount: Int) -> CommandError {
        var place = ""
        if let line, let column {
            place = source.map { "\($0), line \(lineCount + line), column \(column): " } ?? "line \(line), column \(column): "
        } else if let source {
            place = "\(source), line \(lineCount + 1): "
        }
        let parts = ["\(place)\(message) (\(state))", snippet ?? "", hint].filter { !$0.isEmpty }
        return .failed(parts.joined(separator: "\n"))
    }
}
