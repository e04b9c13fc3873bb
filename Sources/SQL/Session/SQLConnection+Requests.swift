package import Catalog
package import Ground
package import ReQLish

/// A statement with values for its parameters, as doors without PostgreSQL's protocol ask for it.
package struct SQLRequest: Sendable {
    package var text: String
    package var arguments: StatementArguments
    /// Whether the plan is wanted in place of the rows.
    package var isExplained: Bool

    package init(_ text: String, _ arguments: StatementArguments = .none, isExplained: Bool = false) {
        self.text = text
        self.arguments = arguments
        self.isExplained = isExplained
    }

    /// False if its first word says that it writes rows.
    package var mayBeQuery: Bool {
        let word = text.utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.prefix(6)
        return !["insert", "update", "delete"].contains { verb in word.count == 6 && zip(word, verb.utf8).allSatisfy { $0 | 0x20 == $1 } }
    }

    /// Whether it is ROLLBACK TO: what a transaction of several requests takes though it has failed.
    package var goesBack: Bool {
        guard !isExplained, let script = try? Script(text, isOfClient: true, hasNamedParameters: arguments.hasNames, maximumDepth: 32),
            script.statements.count == 1, case .rollbackTo = script.statements[0].statement
        else { return false }
        return true
    }
}

extension SQLConnection {
    /// Has one token stop whatever the session runs.
    package func stop(by cancellation: Cancellation) {
        session.canceller.keep(cancellation)
        session.memory.stop { cancellation.isCancelled }
    }

    /// When all that the session still runs is to be given up.
    package var deadline: MonotonicTime? {
        get { session.limit }
        set { session.limit = newValue }
    }

    /// Begins a statement. A query whose select list is the `*` of one open table, and RETURNING the same, answers documents.
    ///
    /// - Parameters:
    ///   - isAlone: whether it is the only one of its transaction.
    ///   - keepsSession: whether the session goes on, so that statements about it make sense.
    package func begin(_ request: SQLRequest, isAlone: Bool = true, keepsSession: Bool = false) throws(SQLError) -> StatementResult {
        try failing { () throws(SQLError) in
            let (tree, source) = try read(request, maximumDepth: Parser.maximumDepth)
            if !keepsSession, let word = tree.sessionWord(in: session.transaction) {
                throw SQLError(
                    .featureNotSupported, "\(word) is of a session, and a request has none",
                    hint: tree.isOfSavepoint
                        ? "A transaction of several requests has savepoints, and so have the sessions of PostgreSQL's protocol."
                        : "A list of statements is one transaction; PostgreSQL's protocol has sessions.")
            }
            return try session.answering(tree, request.arguments) { (tree, areDocuments) throws(SQLError) in
                let result = try session.run(tree, source, parameterTypes: [], [], isAlone: isAlone)
                result.areDocuments = areDocuments
                return result
            }
        }
    }

    /// A statement that is read and planned, and is over so soon that nobody has to wait for it: it looks at one row. Nil for any other one.
    package func short(_ request: SQLRequest) -> ShortStatement? {
        // A loop's thread has no time for a text that is nested deep.
        guard !request.isExplained, let (tree, source) = try? read(request, maximumDepth: 32), case .query(let query) = tree,
            query.with == nil, query.locks.isEmpty, tree.isBound
        else { return nil }
        let short = try? session.answering(tree, request.arguments) { (tree, areDocuments) throws(SQLError) -> ShortStatement? in
            session.beginStatement()
            let (bound, binder) = try session.bind(tree, source, ParameterTypes([]))
            guard binder.writes.isEmpty, bound.plan.isShort else { return nil }
            return ShortStatement(.read(bound, binder), tree, areDocuments)
        }
        guard let short = short ?? nil else {
            fail()
            return nil
        }
        return short
    }

    /// Statements that are read and planned, and change single rows each; nil if one does anything else, or something is wrong with it.
    package func shortChanges(_ requests: [SQLRequest]) -> [ShortStatement]? {
        var changes: [ShortStatement] = []
        for request in requests {
            guard !request.isExplained, let (tree, source) = try? read(request, maximumDepth: 32), tree.mayBeShortChange else { return nil }
            let arguments = request.arguments
            let change = try? session.answering(tree, arguments) { (tree, areDocuments) throws(SQLError) -> ShortStatement? in
                guard let change = session.change(alone: tree, source), session.shapeOfChange(change) == .shortWrite else { return nil }
                return ShortStatement(.change(change, arguments), tree, areDocuments)
            }
            guard let change = change ?? nil else { return nil }
            changes.append(change)
        }
        return changes
    }

    /// Begins a statement that ``short(_:)`` or ``shortChanges(_:)`` has planned.
    package func begin(_ short: ShortStatement, isAlone: Bool = true) throws(SQLError) -> StatementResult {
        try failing { () throws(SQLError) in
            let result: StatementResult
            switch short.work {
            case .read(let bound, let binder):
                result = try session.start(bound, binder, short.tree, [])
                result.count(by: session)
            case .change(let prepared, let arguments):
                // It is bound anew if something was declared meanwhile.
                session.arguments = arguments
                defer { session.arguments = nil }
                result = try session.run(short.tree, prepared.source, parameterTypes: [], [], isAlone: isAlone, prepared: prepared)
            }
            result.areDocuments = short.areDocuments
            return result
        }
    }

    // MARK: In somebody else's transaction

    /// A session that works in a transaction of another's, until it is closed. Throws `25P01` if that has ended.
    package convenience init(_ pando: Pando, user: String?, database: String, in transaction: OpenTransaction?) throws(SQLError) {
        guard let transaction else {
            throw SQLError(SQLState(rawValue: "25P01"), "the transaction has ended; it is good inside of its closure only")
        }
        try self.init(pando, user: user, database: database)
        session.transaction.join(transaction)
    }

    /// Runs statements of which all happens, with what constraints ask for at the end, or nothing.
    package func inside<Result>(_ body: () throws -> Result) throws -> Result {
        try session.transaction.atomically {
            let result = try body()
            try session.checkDeferredKeys()
            try session.storeTouchedSequences()
            try session.transaction.handOver()
            return result
        }
    }

    private func read(_ request: SQLRequest, maximumDepth: Int) throws(SQLError) -> (Statement, SourceText) {
        let script = try Script(request.text, isOfClient: true, hasNamedParameters: request.arguments.hasNames, maximumDepth: maximumDepth)
        let end = script.source.count
        guard let first = script.statements.first else { throw script.source.error("syntax error", near: end..<end) }
        if script.statements.count > 1 {
            throw script.source.error(
                .syntaxError, "a request has one statement, and this is a second one",
                at: Position(script.statements[1].range.lowerBound))
        }
        var tree = first.statement
        if request.isExplained {
            let position = Position(first.range.lowerBound)
            if case .explain = tree {} else { tree = .explain(tree, options: [.formatJSON(at: position)]) }
        }
        return (tree, script.source)
    }
}

/// A statement that looks at one row, or changes single ones, ready to run.
package final class ShortStatement {
    fileprivate enum Work {
        case read(BoundQuery, Binder)
        case change(PreparedStatement, StatementArguments)
    }

    fileprivate let work: Work
    fileprivate let tree: Statement
    fileprivate let areDocuments: Bool

    fileprivate init(_ work: Work, _ tree: Statement, _ areDocuments: Bool) {
        self.work = work
        self.tree = tree
        self.areDocuments = areDocuments
    }
}

extension Session {
    /// Does something with a statement that has values for its parameters, with the document in place of the `*` of an open table.
    fileprivate func answering<Result>(
        _ statement: Statement, _ arguments: StatementArguments, _ body: (Statement, _ areDocuments: Bool) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        self.arguments = arguments
        defer { self.arguments = nil }
        let documents = try statement.answeringDocuments { (name) throws(SQLError) in
            guard case .table(let table)? = try Definitions(self, try transaction.readState()).relation(name) else { return false }
            return table.config.declaration == nil
        }
        return try body(documents ?? statement, documents != nil)
    }
}

extension Option {
    fileprivate static func formatJSON(at position: Position) -> Option {
        Option(name: Name("format", at: position), value: .word("json"))
    }
}

extension Statement {
    /// What a statement begins with that is about a session, or about what lasts longer than a request; nil for any other one.
    /// - Parameter transaction: of which the request may be a part.
    fileprivate func sessionWord(in transaction: SessionTransaction) -> String? {
        switch self {
        case .lock where transaction.isBorrowed: nil
        case _ where isOfSavepoint && transaction.keepsSavepoints: nil
        case .begin: "BEGIN"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .savepoint: "SAVEPOINT"
        case .release: "RELEASE"
        case .rollbackTo: "ROLLBACK TO"
        case .set, .setTransaction: "SET"
        case .discard: "DISCARD"
        case .use: "USE"
        case .lock: "LOCK"
        case .prepare: "PREPARE"
        case .execute: "EXECUTE"
        case .deallocate: "DEALLOCATE"
        case .declareCursor: "DECLARE"
        case .fetch: "FETCH"
        case .closeCursor: "CLOSE"
        case .listen: "LISTEN"
        case .unlisten: "UNLISTEN"
        case .copy: "COPY"
        default: nil
        }
    }

    fileprivate var isOfSavepoint: Bool {
        switch self {
        case .savepoint, .release, .rollbackTo: true
        default: false
        }
    }
}
