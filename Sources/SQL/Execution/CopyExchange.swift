package import Ground

/// Takes the rows of a COPY … FROM.
protocol CopyTarget: AnyObject {
    /// Takes the row of a line whose fields are in valid UTF-8. False if its values have to be read first.
    func take(_ line: borrowing CopyLine, number: Int) throws(SQLError) -> Bool

    /// Takes the values of a row, one for each column.
    func take(_ row: [SQLValue], number: Int) throws(SQLError)

    /// Throws if something is wrong with a row that was taken.
    func settle() throws(SQLError)

    /// All rows were taken. Returns how many.
    func finish() throws(SQLError) -> Int

    /// The client gave up, or something is wrong.
    func fail()

    /// The number of the row that was wrong, where it was found later.
    var failedLine: Int? { get }
}

/// COPY between the client and the database. Binary forms, and where texts lie, are a matter of whoever speaks the protocol; here are the
/// values.
package final class CopyExchange {
    package let isFrom: Bool
    /// Nil for a column that is not copied by type: none so far.
    package let columns: [ResultColumn]
    package let options: CopyOptions
    /// The table that rows go into; empty for others.
    package let name: String
    private let target: (any CopyTarget)?
    private let rows: (_ line: (Bytes) -> Void) throws(SQLError) -> [[SQLValue]]?

    init(_ name: String, columns: [ResultColumn], options: CopyOptions, into target: any CopyTarget) {
        self.name = name
        isFrom = true
        self.columns = columns
        self.options = options
        self.target = target
        rows = { (_) throws(SQLError) in nil }
    }

    init(
        columns: [ResultColumn], options: CopyOptions, rows: @escaping (_ line: (Bytes) -> Void) throws(SQLError) -> [[SQLValue]]?
    ) {
        isFrom = false
        name = ""
        self.columns = columns
        self.options = options
        self.rows = rows
        target = nil
    }

    /// COPY … FROM: takes the fields of a line, one for each column, in valid UTF-8.
    ///
    /// - Parameter number: that of the line, from 1 on.
    /// - Returns: False if the values have to be read, and given to ``receive(_:line:)``.
    package func receive(_ line: borrowing CopyLine, number: Int) throws(SQLError) -> Bool {
        guard let target else { return false }
        do throws(SQLError) { return try target.take(line, number: number) } catch { throw failed(error) }
    }

    /// COPY … FROM: takes a row, a value a column.
    package func receive(_ row: [SQLValue], line number: Int) throws(SQLError) {
        do throws(SQLError) { try target?.take(row, number: number) } catch { throw failed(error) }
    }

    /// Gives up. Returns the error of the first row that is wrong.
    private func failed(_ error: SQLError) -> SQLError {
        var first = error
        do throws(SQLError) { try settle() } catch { first = error }
        target?.fail()
        return first
    }

    /// COPY … FROM: a line can't be read. Throws if something is wrong with one that came before it.
    package func settle() throws(SQLError) {
        guard failedLine == nil else { return }
        try target?.settle()
    }

    /// COPY … FROM: the line that was wrong, where that was found when others had been taken.
    package var failedLine: Int? { target?.failedLine }

    /// COPY … FROM: all rows were taken. Returns how many; the tag is `COPY n`.
    package func end() throws(SQLError) -> Int {
        do throws(SQLError) { return try target?.finish() ?? 0 } catch { throw failed(error) }
    }

    /// COPY … FROM: the client gave up, or sent what can't be read.
    package func abandon() { target?.fail() }

    /// COPY … TO: the next rows; nil at the end.
    /// - Parameter line: called with rows that come before them, and are lines already, in the form that is asked for.
    package func nextBatch(_ line: (Bytes) -> Void) throws(SQLError) -> [[SQLValue]]? { try rows(line) }
}

/// How the lines of a COPY look.
package struct CopyOptions: Sendable {
    package enum Format: Sendable { case text, csv, binary }
    package enum Header: Sendable { case none, present, match }

    package var format = Format.text
    package var header = Header.none
    /// Only of a table that the transaction has made: nobody else sees its rows before it commits.
    package var freezes = false
    package var delimiter = "\t"
    package var null = "\\N"
    package var quote = "\""
    package var escape = "\""
    /// Indexes of columns.
    package var forceQuote: Set<Int> = []
    package var forceNotNull: Set<Int> = []
    package var forceNull: Set<Int> = []
    /// Whether texts and CSV are in LATIN1, and not in UTF-8.
    package var isLatin1 = false

    package init() {}

    /// Bytes of the client in UTF-8.
    package func decoded(_ bytes: [UInt8]) -> [UInt8] {
        guard isLatin1, format != .binary, bytes.contains(where: { $0 >= 0x80 }) else { return bytes }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count + bytes.count / 4)
        for byte in bytes {
            if byte < 0x80 {
                decoded.append(byte)
            } else {
                decoded.append(0xC0 | byte >> 6)
                decoded.append(0x80 | byte & 0x3F)
            }
        }
        return decoded
    }

    /// UTF-8 as the client is to have it. Throws `22P05` for a character that its encoding has not.
    package func encoded(_ bytes: [UInt8]) throws(SQLError) -> [UInt8] {
        isLatin1 ? try CharacterEncoding.convert(bytes, from: .utf8, to: .latin1) : bytes
    }
}
