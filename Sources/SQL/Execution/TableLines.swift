import Catalog
import Ground

/// The lines of a whole table that COPY … TO sends, made of the bytes of its documents. Rows that bytes don't show as a line come as values.
final class TableLines {
    private let run: Run
    private let table: TableRelation
    private let columns: [Int]
    private let types: [SQLType]
    private let scan: DocumentScan
    /// Not there while it is filled, and in no class then.
    private var lines: StoredLines?
    private var isOver = false

    /// Documents that are looked at before it is asked whether that is still wanted.
    private static let batchCount = 256

    /// - Parameter columns: indexes of the columns that are sent.
    /// - Returns: nil if the table has a column whose values look different from what is stored, or lines are to have quotes.
    init?(_ session: Session, _ state: ReadState, _ table: TableRelation, _ columns: [Int], _ options: CopyOptions) throws(SQLError) {
        guard options.format != .binary, !options.isLatin1, options.forceQuote.isEmpty, options.format == .text || options.null.isEmpty,
            options.delimiter.utf8.count == 1, let delimiter = options.delimiter.utf8.first, "\t,;|".utf8.contains(delimiter),
            !table.declaration.isOpen, !table.hasCells, !columns.isEmpty,
            let (snapshot, _) = state.place(isTemporary: table.isTemporary)
        else { return nil }
        types = table.declaration.columns.indices.map { table.declared.readType($0, session.types) }
        var fields: [(name: String, form: StoredLines.Form)] = []
        for column in columns {
            guard let form = Self.form(types[column], session) else { return nil }
            fields.append((table.declaration.columns[column].name, form))
        }
        do throws(CatalogError) { scan = try snapshot.scan(table.config, .all, nil) } catch { throw SQLError(error) }
        lines = StoredLines(
            fields, options.format == .csv ? .csv : .escaped, delimiter: delimiter, null: Array(options.null.utf8))
        self.table = table
        self.columns = columns
        run = Run(session, state, parameters: [], slotCount: 0, session.canceller.begin())
        run.isHeld = true
    }

    deinit { run.end() }

    /// How most values of a type look as they are stored; nil if they look different.
    private static func form(_ type: SQLType, _ session: Session) -> StoredLines.Form? {
        switch type.oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid: .integer
        case SQLType.numeric.oid:
            if let (_, scale) = TypeTable.numericBounds(type.modifier) {
                scale >= 0 ? .decimal(scale: scale) : nil
            } else {
                .decimal(scale: nil)
            }
        case SQLType.float8.oid: session.settings.extraFloatDigits > 0 ? .double : nil
        case SQLType.bool.oid: .bool
        case SQLType.text.oid, SQLType.varchar.oid: .text
        case SQLType.bpchar.oid: type.modifier > 4 ? .padded(Int(type.modifier) - 4) : .text
        case SQLType.date.oid: .day
        case SQLType.timestamp.oid: .timestamp
        case SQLType.uuid.oid: .uuid
        default: nil
        }
    }

    /// Calls `body` with the next lines. Returns the rows that follow them, if there are such; nil at the end.
    func next(_ body: (Bytes) -> Void) throws(SQLError) -> [[SQLValue]]? {
        guard !isOver, var lines = lines.take() else { return nil }
        lines.removeAll()
        let step: DocumentScan.Step
        do throws(SQLError) {
            try run.check()
            do throws(CatalogError) { step = try scan.read(&lines, of: Self.batchCount) } catch { throw SQLError(error) }
        } catch {
            isOver = true
            run.session.transaction.fail()
            throw run.session.explained(error)
        }
        for index in 0..<lines.count { body(lines[index]) }
        let isEmpty = lines.count == 0
        self.lines = lines
        switch step {
        case .pause: return []
        case .document(let document, _), .row(let document): return [row(of: document)]
        case .end:
            isOver = true
            run.end()
            return isEmpty ? nil : []
        }
    }

    private func row(of document: Datum) -> [SQLValue] {
        columns.map { column in
            let declared = table.declaration.columns[column]
            return document[field: declared.name].map { StoredForm.value($0, declared.type, types[column]) } ?? .null
        }
    }
}
