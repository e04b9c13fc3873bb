import Ground
import ReQLish

/// The reason why a request failed, as RFC 9457 has it: the body of every error answer, `application/problem+json`.
struct Problem: Error, Sendable {
    var status: HTTPStatus
    /// RethinkDB's class of the error, in snake case.
    var code: String
    /// What was wrong, where, and what to do.
    var detail: String
    /// The way from the root of the query to the term that failed.
    var frames: [ReQLError.Frame] = []
    /// Where a text is wrong, from 1.
    var line: Int?
    var column: Int?
    /// The line with a caret below the place.
    var snippet: String?
    /// Of a statement of SQL: PostgreSQL's code of the error, the character that it is about, from 1, and what there is to know besides.
    var sqlState: String?
    var position: Int?
    var hint = ""
    /// What a declaration of SQL refuses a value for.
    var subject: (table: String?, column: String?, constraint: String?)
    /// Further header fields, as `Allow` with 405.
    var fields: [(name: String, value: String)] = []

    init(_ status: HTTPStatus, _ kind: ReQLError.Kind, _ detail: String) {
        self.status = status
        code = kind.code
        self.detail = detail
    }

    /// A request that no route can take: its form is wrong, not its data.
    static func request(_ status: HTTPStatus, _ detail: String) -> Problem {
        Problem(status, .client, detail)
    }

    func with(_ name: String, _ value: String) -> Problem {
        var problem = self
        problem.fields.append((name, value))
        return problem
    }
}

extension Problem {
    /// The object of RFC 9457.
    var datum: Datum {
        let steps = frames.map { frame -> Datum in
            switch frame {
            case .argument(let position): Datum(position)
            case .optional(let name): Datum(name)
            }
        }
        var fields: [(String, Datum)] = [
            ("type", "about:blank"), ("title", Datum(status.phrase)), ("status", Datum(status.code)), ("code", Datum(code)),
            ("detail", Datum(detail)), ("frames", Datum(elements: steps)),
        ]
        if let line, let column { fields += [("line", Datum(line)), ("column", Datum(column))] }
        if let snippet { fields.append(("snippet", Datum(snippet))) }
        if let sqlState { fields.append(("sqlstate", Datum(sqlState))) }
        if let position { fields.append(("position", Datum(position))) }
        if !hint.isEmpty { fields.append(("hint", Datum(hint))) }
        // No place in a text is told beside a column's name.
        let column = line == nil ? subject.column : nil
        for (name, value) in [("table", subject.table), ("column", column), ("constraint", subject.constraint)] {
            if let value { fields.append((name, Datum(value))) }
        }
        return Datum(fields: fields)
    }

    /// Makes a response of it, whatever the response was before.
    func write(to response: inout HTTPResponse) {
        response.reset()
        response.status = status
        response.addTrusted("Content-Type", "application/problem+json")
        for field in fields { response.add(field.name, field.value) }
        if status == 503 || status == 429, !fields.contains(where: { $0.name == "Retry-After" }) { response.addTrusted("Retry-After", "1") }
        datum.writeJSON(into: &response.body)
        response.body.append("\n")
    }
}
