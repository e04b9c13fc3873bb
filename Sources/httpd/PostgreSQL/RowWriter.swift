import Ground
import PostgresWire
import SQL

/// A writer of a result's rows as a client wants them.
struct RowWriter {
    private let types: [SQLType]
    private let formats: [ValueFormat]
    private let session: any SQLSession
    /// What the client is told of the columns.
    let description: [ColumnDescription]

    /// - Parameter formats: one a column; text where there is none, as behind a cursor that has other columns than when it was bound.
    init(_ columns: [ResultColumn], formats: [ValueFormat], _ session: any SQLSession) {
        types = columns.map(\.type)
        self.formats = columns.indices.map { $0 < formats.count ? formats[$0] : .text }
        self.session = session
        description = zip(columns, self.formats).map { column, format in
            let type = Self.toldType(column.type)
            return ColumnDescription(
                name: column.name, table: column.tableOID, number: column.columnNumber, type: type, size: Self.size(type, session),
                modifier: column.type.modifier, format: format)
        }
    }

    /// The number of a type that a client knows: the field of an open table that is none is JSON.
    static func toldType(_ type: SQLType) -> UInt32 { type.oid == SQLType.open.oid ? SQLType.jsonb.oid : type.oid }

    func write(_ row: [SQLValue], into output: inout ByteBuffer) throws(SQLError) {
        let message = output.beginMessage(BackendMessage.Kind.dataRow.rawValue)
        output.append(int16: Int16(truncatingIfNeeded: row.count))
        for (index, value) in row.enumerated() {
            if value.isNull {
                output.append(int32: -1)
                continue
            }
            let start = output.beginValue()
            do throws(SQLError) {
                switch formats[index] {
                case .text: try ValueForms.write(value, as: types[index], session, into: &output)
                case .binary: ValueForms.write(binary: value, as: types[index], session, into: &output)
                }
            } catch {
                output.truncate(to: message - 1)
                throw error
            }
            output.endValue(start)
        }
        output.endMessage(message)
    }

    /// Bytes of a value in PostgreSQL's memory, which clients are told; −1 where they vary.
    private static func size(_ type: UInt32, _ session: any SQLSession) -> Int16 {
        switch type {
        case 16, 18: 1
        case 21: 2
        case 23, 26, 28, 29, 700, 1082, 24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 2278: 4
        case 20, 701, 1083, 1114, 1184, 3220, 790, 5069: 8
        case 27: 6
        case 1266: 12
        case 1186, 2950: 16
        case 19: 64
        case 705, 2275: -2
        case 16_384...:
            if case .enum = session.types.type(type)?.kind { 4 } else { -1 }
        default: -1
        }
    }
}

extension ReportFields {
    init(_ error: SQLError, severity: String = "ERROR") {
        self.init(severity, error.state.rawValue, error.message)
        add("D", error.detail)
        add("H", error.hint)
        add("P", error.position.map(String.init))
        add("s", error.subject?.schema)
        add("t", error.subject?.table)
        add("c", error.subject?.column)
        add("d", error.subject?.type)
        add("n", error.subject?.constraint)
        add("R", error.routine)
    }

    init(_ notice: SQLNotice) {
        self.init(notice.severity.rawValue, notice.state.rawValue, notice.message)
        add("D", notice.detail)
        add("H", notice.hint)
    }

    static func fatal(_ state: String, _ message: String) -> ReportFields { ReportFields("FATAL", state, message) }

    private init(_ severity: String, _ state: String, _ message: String) {
        self.init()
        add("S", severity)
        add("V", severity)
        add("C", state)
        add("M", message)
    }
}
