/// COPY between the client and the database. Texts and binary forms are those of whoever speaks the protocol; here are the values.
package final class CopyExchange {
    package let isFrom: Bool
    /// Nil for a column that is not copied by type: none so far.
    package let columns: [ResultColumn]
    package let options: CopyOptions
    private let take: ([SQLValue]) throws(SQLError) -> Void
    private let finish: () throws(SQLError) -> Int
    private let fail: () -> Void
    private let rows: () throws(SQLError) -> [[SQLValue]]?

    init(
        columns: [ResultColumn], options: CopyOptions, take: @escaping ([SQLValue]) throws(SQLError) -> Void,
        finish: @escaping () throws(SQLError) -> Int, fail: @escaping () -> Void
    ) {
        isFrom = true
        self.columns = columns
        self.options = options
        self.take = take
        self.finish = finish
        self.fail = fail
        rows = { () throws(SQLError) in nil }
    }

    init(columns: [ResultColumn], options: CopyOptions, rows: @escaping () throws(SQLError) -> [[SQLValue]]?) {
        isFrom = false
        self.columns = columns
        self.options = options
        self.rows = rows
        take = { (_) throws(SQLError) in }
        finish = { () throws(SQLError) in 0 }
        fail = {}
    }

    /// COPY … FROM: takes a row, a value a column.
    package func receive(_ row: [SQLValue]) throws(SQLError) {
        do throws(SQLError) { try take(row) } catch {
            fail()
            throw error
        }
    }

    /// COPY … FROM: all rows were taken. Returns how many; the tag is `COPY n`.
    package func end() throws(SQLError) -> Int {
        do throws(SQLError) { return try finish() } catch {
            fail()
            throw error
        }
    }

    /// COPY … FROM: the client gave up, or sent what can't be read.
    package func abandon() { fail() }

    /// COPY … TO: the next rows; nil at the end.
    package func nextBatch() throws(SQLError) -> [[SQLValue]]? { try rows() }
}

/// How the lines of a COPY look.
package struct CopyOptions: Sendable {
    package enum Format: Sendable { case text, csv, binary }
    package enum Header: Sendable { case none, present, match }

    package var format = Format.text
    package var header = Header.none
    package var delimiter = "\t"
    package var null = "\\N"
    package var quote = "\""
    package var escape = "\""
    /// Indexes of columns.
    package var forceQuote: Set<Int> = []
    package var forceNotNull: Set<Int> = []
    package var forceNull: Set<Int> = []

    package init() {}
}
