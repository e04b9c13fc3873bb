import Ground
import ReQLish

/// All documents of a table on their way to a client, a batch at a time: of one state, whatever is written meanwhile.
///
/// What fails after the status is out is told as in a ``RowStream``. Why this is safe: as every stream it is used by one thread at a time,
/// which the connection's session asks for.
final class DocumentStream: ResponseStream, @unchecked Sendable {
    private var documents: DocumentCursor?
    private let type: MediaType
    private let columns: [String]
    private var records: CSVRecordWriter
    private let batchBytes: Int
    private let login: Login
    private let countRead: (Int) -> Void
    private var isFirst = true

    /// - Parameter columns: of comma-separated values.
    init(
        _ documents: DocumentCursor, as type: MediaType, _ columns: [String], batchBytes: Int, _ login: Login,
        countRead: @escaping (Int) -> Void
    ) {
        self.documents = documents
        self.type = type
        self.columns = columns
        records = CSVRecordWriter(columns: columns)
        self.batchBytes = batchBytes
        self.login = login
        self.countRead = countRead
    }

    /// Writes documents until the batch is full.
    func write(into part: inout ByteBuffer) throws(CatalogError) -> StreamStep {
        guard let documents else { return .end }
        if isFirst {
            if type == .csv { part.append(csvRecord: columns) }
            if type == .json { part.append(UInt8(ascii: "[")) }
        }
        var count = 0
        defer { countRead(count) }
        while part.count < batchBytes {
            guard let document = try documents.next() else {
                if type == .json { part.append("]\n") }
                self.documents = nil
                return .end
            }
            switch type {
            case .csv: records.write(document, into: &part)
            case .rows:
                document.writeJSON(into: &part)
                part.append(UInt8.lineFeed)
            default:
                if !isFirst { part.append(UInt8(ascii: ",")) }
                document.writeJSON(into: &part)
            }
            isFirst = false
            count += 1
        }
        isFirst = false
        return .more
    }

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

    func close() { documents = nil }
}
