import Ground
import ReQLish
import SQL

/// The rows of a statement on their way to a client, a batch at a time. What fails after the status is out is told as in a ``RowStream``.
///
/// Why this is safe: as every stream it is used by one thread at a time, which the connection's session asks for.
final class StatementAnswer: ResponseStream, @unchecked Sendable {
    private let connection: SQLConnection
    private let result: StatementResult
    private let text: String
    private let body: StatementBody
    private let type: MediaType
    private let rows: JSONRows?
    private let login: Login
    private let batchBytes: Int
    private let memory: QueryMemory
    private var isFirst = true

    init(
        _ connection: SQLConnection, _ result: StatementResult, _ request: SQLRequest, _ body: StatementBody, as type: MediaType,
        batchBytes: Int, _ login: Login, _ memory: QueryMemory
    ) throws(Problem) {
        self.connection = connection
        self.result = result
        text = request.text
        self.body = body
        self.type = type
        self.batchBytes = batchBytes
        self.login = login
        self.memory = memory
        rows = try result.columns.map { columns throws(Problem) in
            try JSONRows(columns, Self.shape(result, columns, body, type), connection.functions)
        }
    }

    private static func shape(
        _ result: StatementResult, _ columns: [ResultColumn], _ body: StatementBody, _ type: MediaType
    ) throws(Problem) -> JSONRows.Shape {
        if result.areDocuments, !body.rowsAreArrays || type == .csv { return .documents }
        if type == .csv { return .arrays }
        // A document alone stays one.
        if body.rowsAreArrays { return body.rowsAreTexts && columns.map(\.name) != ["_doc"] ? .texts : .arrays }
        var names: Set<String> = []
        for column in columns where !names.insert(column.name).inserted {
            var problem = Problem(
                422, .queryLogic,
                "Two columns of the result are named `\(column.name)`, and an object has each name once: name one of them with AS.")
            problem.sqlState = "42701"
            throw problem
        }
        return .objects
    }

    // MARK: Writing

    /// Writes rows until the batch is full.
    func write(into part: inout ByteBuffer) throws(Problem) -> StreamStep {
        do throws(SQLError) {
            return try QueryMemory.ofThread.with(memory) { () throws(SQLError) in try writeRows(into: &part) }
        } catch {
            throw Problem(sql: error, text)
        }
    }

    private func writeRows(into part: inout ByteBuffer) throws(SQLError) -> StreamStep {
        if isFirst { begin(&part) }
        if let rows {
            while part.count < batchBytes {
                guard let row = try result.next() else { return try end(&part) }
                switch type {
                case .csv: part.append(csvRecord: try rows.cells(row))
                case .rows:
                    try rows.append(row, to: &part)
                    part.append(UInt8.lineFeed)
                default:
                    if !isFirst { part.append(UInt8(ascii: ",")) }
                    try rows.append(row, to: &part)
                }
                isFirst = false
            }
            return .more
        }
        return try end(&part)
    }

    private func begin(_ part: inout ByteBuffer) {
        switch type {
        case .csv:
            if let columns = result.columns { part.append(csvRecord: columns.map(\.name)) }
        case .rows:
            guard body.showsTypes, let description else { return }
            part.append("{\"columns\":")
            description.writeJSON(into: &part)
            part.append("}\n")
        default:
            guard !body.isBare else {
                if rows != nil { part.append(UInt8(ascii: "[")) }
                return
            }
            part.append(UInt8(ascii: "{"))
            if body.showsTypes {
                part.append("\"columns\":")
                (description ?? .emptyArray).writeJSON(into: &part)
                part.append(UInt8(ascii: ","))
            }
            part.append("\"result\":[")
        }
    }

    private var description: Datum? { result.columns.map { JSONRows.description(of: $0, connection.functions) } }

    private func end(_ part: inout ByteBuffer) throws(SQLError) -> StreamStep {
        // What was only read is over now; what wrote has been committed before.
        if !body.isList, !result.isComplete { try connection.sync() }
        let tag = CommandTag(result, connection.takeNotices())
        switch type {
        case .csv:
            if rows == nil {
                part.append(csvRecord: ["command", "rows"])
                part.append(csvRecord: [tag.command, String(tag.rows)])
            }
        case .rows: if rows == nil || body.showsTypes { part.append(tag.json + "\n") }
        default:
            if body.isBare {
                part.append(rows == nil ? tag.json + "\n" : "]\n")
            } else {
                part.append("],\(tag.fields)}")
                if !body.isList { part.append(UInt8.lineFeed) }
            }
        }
        return .end
    }

    // MARK: As a stream

    func produce(into part: inout ByteBuffer) -> StreamStep {
        do {
            try login.check()
            return try write(into: &part)
        } catch {
            if type == .rows {
                (["error": Problem(error).datum] as Datum).writeJSON(into: &part)
                part.append(UInt8.lineFeed)
            }
            return .cut
        }
    }

    func close() {
        result.close()
        connection.close()
    }
}

/// `INSERT 0 3` taken apart, and what there is to tell beside it.
private struct CommandTag {
    let command: String
    let rows: Int
    let notices: [SQLNotice]

    init(_ result: StatementResult, _ notices: [SQLNotice]) {
        self.notices = notices
        let tag = result.tag()
        let isNumber = { (word: Substring.UTF8View) in Int(Substring(word)) != nil }
        // `UPDATE 3`, `INSERT 0 3`, `CREATE TABLE`.
        let words = tag.utf8.split(separator: UInt8(ascii: " "))
        rows = words.last.flatMap { Int(Substring($0)) } ?? result.rowCount
        command = words.firstIndex(where: isNumber).map { String(tag[..<words[$0].startIndex].dropLast()) } ?? tag
    }

    var json: String { "{\(fields)}" }

    var fields: String {
        let told = notices.isEmpty ? "" : ",\"notices\":\(Datum(elements: notices.map(\.datum)))"
        return "\"command\":\"\(command)\",\"rows\":\(rows)\(told)"
    }
}
