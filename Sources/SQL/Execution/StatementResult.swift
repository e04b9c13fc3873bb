import Catalog
import Ground

/// What a statement answers.
package final class StatementResult {
    /// Nil: it has no rows.
    package let columns: [ResultColumn]?
    /// COPY: what is to be sent or taken; there are no other rows then.
    package let copy: CopyExchange?
    /// Whether the one column is the document of an open table, which was asked for with `*`.
    package internal(set) var areDocuments = false
    /// Whether its rows are sent in binary form: those of a BINARY cursor.
    package internal(set) var isBinary = false
    private var rows: (() throws(SQLError) -> [[SQLValue]]?)?
    private var batch: [[SQLValue]] = []
    /// Who pays for large values that are made while rows are read.
    var memory: QueryMemory?
    private var position = 0
    private let finishedTag: (Int) -> String
    /// Whether an error that is met while rows are read fails the session's transaction.
    private let failsTransaction: Bool
    /// What it is read from; it lives as long as this.
    let run: Run?
    /// What its rows come from, or what has changed rows, where there is such a plan.
    let plan: Plan?
    /// Of a statement that is noted if it takes too long, while its rows are read.
    private var watch: StatementWatch?
    /// Of a statement that is counted when its rows were read: its session, and when it began.
    private var counted: (by: Session, start: Int64)?
    /// Whether all of it has been done, whatever of its rows is read.
    package let isComplete: Bool
    /// Rows that were read.
    package private(set) var rowCount = 0

    /// - Parameter batch: the rows before those of `rows`.
    init(
        columns: [ResultColumn]? = nil, copy: CopyExchange? = nil, tag: @escaping (Int) -> String, failsTransaction: Bool = false,
        batch: [[SQLValue]] = [], rows: (() throws(SQLError) -> [[SQLValue]]?)? = nil, isComplete: Bool? = nil, run: Run? = nil,
        plan: Plan? = nil
    ) {
        self.plan = plan
        self.run = run
        run?.isHeld = true
        self.isComplete = isComplete ?? (rows == nil && copy == nil)
        self.columns = columns
        self.copy = copy
        finishedTag = tag
        self.failsTransaction = failsTransaction
        self.batch = batch
        self.rows = rows
    }

    /// The next row; nil at the end, and again whenever it is asked then.
    package func next() throws(SQLError) -> [SQLValue]? {
        while position == batch.count {
            guard let rows else { return nil }
            let begun = watch == nil ? nil : MonotonicTime.now
            do throws(SQLError) {
                let more = if let memory { try QueryMemory.ofThread.with(memory, rows) } else { try rows() }
                if let begun { watch?.add(.now - begun) }
                guard let next = more else {
                    close()
                    return nil
                }
                batch = next
                position = 0
            } catch {
                if let begun { watch?.add(.now - begun) }
                close()
                if failsTransaction { run?.session.transaction.fail() }
                throw run?.session.explained(error) ?? error
            }
        }
        defer { position += 1 }
        rowCount += 1
        return batch[position]
    }

    deinit {
        counted?.by.countStatement(since: counted?.start)
        run?.end()
    }

    /// The command tag. Of a statement whose rows were read in parts, `rows` are those of the last part.
    package func tag(rows: Int? = nil) -> String { finishedTag(rows ?? rowCount) }

    /// Has it noted if it turns out to be slow: at once if it is over, otherwise when its rows are.
    func watch(by watch: StatementWatch) {
        guard rows == nil, batch.isEmpty else { return self.watch = watch }
        // Of a change, the number that its tag ends with.
        watch.end(rowCount: copy == nil ? tag().split(separator: " ").last.flatMap { Int($0) } : nil)
    }

    /// Has it counted: at once if it is over, otherwise when its rows are.
    func count(by session: Session) {
        guard rows == nil, copy == nil else { return counted = (session, session.statementTime) }
        session.countStatement()
    }

    /// Lets go of the rows that are left.
    package func close() {
        rows = nil
        if let counted = counted.take() { counted.by.countStatement(since: counted.start) }
        watch.take()?.end(rowCount: rowCount)
        run?.end()
        memory?.forgetExpected()
        batch = []
        position = 0
    }
}

/// A column of a result.
package struct ResultColumn: Sendable, Hashable {
    package var name: String
    package var type: SQLType
    /// The table whose column it is and nothing else, and its number there; 0 otherwise.
    package var tableOID: UInt32 = 0
    package var columnNumber: Int16 = 0
}

/// A column that a query gives.
struct OutputColumn {
    var name: String
    var type: SQLType
    var tableOID: UInt32 = 0
    var number: Int16 = 0
    /// Of a record: its columns, where they are known.
    var fields: [SQLRecord.Field]?
    /// Where the text says what it is, in the query that it is bound for.
    var position: Position?
    /// The fields of open tables that its values come from, if they come from nothing else.
    var open: [OpenSource] = []

    /// As clients are told of it: they know a domain by what it is made of.
    func resultColumn(_ types: any TypeCatalog) -> ResultColumn {
        ResultColumn(name: name, type: TypeTable.base(of: type, types), tableOID: tableOID, columnNumber: number)
    }
}
