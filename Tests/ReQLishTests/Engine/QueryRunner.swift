import Testing

@testable import ReQLish

/// A database in memory with what tests of the evaluator ask of it, each query given as text.
struct QueryRunner {
    let pando: Pando

    init(_ pando: Pando) {
        self.pando = pando
    }

    /// - Parameter table: Made in the database `test`, if it is not nil.
    init(table: String? = "t", _ documents: Datum = .emptyArray) throws {
        pando = try Pando.inMemory()
        _ = try value("r.dbCreate('test')")
        guard let table else { return }
        _ = try value("r.tableCreate('\(table)')")
        if documents.count > 0 { _ = try value("r.table('\(table)').insert(\(documents))") }
    }

    func result(_ text: String, _ options: QueryOptions = QueryOptions()) throws -> QueryResult {
        try pando.start(TermTree(text: text), options: options)
    }

    /// What the query answers, rows as an array.
    func value(_ text: String, _ options: QueryOptions = QueryOptions()) throws -> Datum {
        try result(text, options).collected()
    }

    /// The rows of a query that answers a sequence.
    func cursor(_ text: String, _ options: QueryOptions = QueryOptions()) throws -> ResultCursor {
        guard case .sequence(let cursor) = try result(text, options) else {
            throw ReQLError(.internal, "\(text) answers a value, not a sequence")
        }
        return cursor
    }

    /// The error of a query that must fail, when it starts or while its rows are read.
    func error(_ text: String, _ options: QueryOptions = QueryOptions(), sourceLocation: SourceLocation = #_sourceLocation) -> ReQLError {
        do {
            let value = try value(text, options)
            Issue.record("\(text) answered \(value)", sourceLocation: sourceLocation)
            return ReQLError(.internal, "no error")
        } catch let error as ReQLError {
            return error
        } catch {
            Issue.record("\(text) failed with \(error)", sourceLocation: sourceLocation)
            return ReQLError(.internal, "\(error)")
        }
    }

    /// Expects a query to answer this JSON.
    func expect(
        _ text: String, _ json: String, _ options: QueryOptions = QueryOptions(), sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            let value = try value(text, options)
            let wanted = try Datum(json: json)
            #expect(value == wanted, "\(text)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(text): \(error)", sourceLocation: sourceLocation)
        }
    }

    /// Expects a query to fail with this class.
    func expect(_ text: String, fails kind: ReQLError.Kind, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = error(text, sourceLocation: sourceLocation)
        #expect(error.kind == kind, "\(text): \(error.message)", sourceLocation: sourceLocation)
    }
}
