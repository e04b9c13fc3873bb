package import Catalog
package import Ground

/// The rows of a result as JSON: objects by the names of the columns, arrays, or the documents that they are.
///
/// Numbers have all their digits; those that JSON lacks, dates, times and intervals (as ISO 8601 writes them) are strings, bytea is Base64, and
/// jsonb is what it is.
package struct JSONRows {
    package enum Shape: Sendable {
        case objects, arrays, documents
        /// Arrays of what PostgreSQL's clients show.
        case texts
    }

    private let types: [SQLType]
    /// What stands before each value.
    private let heads: [String]
    private let shape: Shape
    private let session: any SQLSession

    package init(_ columns: [ResultColumn], _ shape: Shape, _ session: any SQLSession) {
        types = columns.map(\.type)
        self.shape = shape
        self.session = session
        heads = columns.enumerated().map { index, column in
            let comma = index == 0 ? "" : ","
            return shape == .objects ? comma + JSONText.quoted(column.name) + ":" : comma
        }
    }

    package func append(_ row: [SQLValue], to buffer: inout ByteBuffer) throws(SQLError) {
        if shape == .documents, let value = row.first { return try append(value, types[0], to: &buffer) }
        buffer.append(UInt8(ascii: shape == .objects ? "{" : "["))
        for (index, value) in row.enumerated() {
            buffer.append(heads[index])
            if shape == .texts {
                try Self.text(value, types[index], session).writeJSON(into: &buffer)
            } else {
                try append(value, types[index], to: &buffer)
            }
        }
        buffer.append(UInt8(ascii: shape == .objects ? "}" : "]"))
    }

    private func append(_ value: SQLValue, _ type: SQLType, to buffer: inout ByteBuffer) throws(SQLError) {
        switch value {
        case .null: buffer.append("null")
        case .bool(let bool): buffer.append(bool ? "true" : "false")
        case .json(let datum): datum.writeJSON(into: &buffer)
        default: try Self.datum(value, type, session).writeJSON(into: &buffer)
        }
    }

    /// The columns of a result, as clients are told of them.
    package static func description(of columns: [ResultColumn], _ session: any SQLSession) -> Datum {
        Datum(
            elements: columns.map { column in
                let type = column.type.oid == SQLType.open.oid ? SQLType.jsonb : column.type
                return ["name": Datum(column.name), "type": Datum(TypeTable.format(type, session.types))]
            })
    }

    /// A row of CSV: texts as they are, everything else as its JSON, NULL as nothing.
    package func cells(_ row: [SQLValue]) throws(SQLError) -> [String] {
        var cells: [String] = []
        for (value, type) in zip(row, types) {
            let datum = try Self.datum(value, type, session)
            cells.append(datum.isNull ? "" : datum.string ?? datum.description)
        }
        return cells
    }

    /// A value as PostgreSQL's output has it. Fields of open tables are what they are.
    package static func text(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> Datum {
        if value.isNull { return .null }
        if type.oid == SQLType.open.oid { return try datum(value, type, session) }
        return Datum(try TextOutput.text(value, type, session))
    }

    /// A row for an application: its times are times, and its bytes bytes.
    package static func value(
        _ row: [SQLValue], _ columns: [ResultColumn], areDocuments: Bool, _ session: any SQLSession
    ) throws(SQLError) -> Datum {
        if areDocuments, case .json(let document)? = row.first { return document }
        var fields: [(String, Datum)] = []
        for (value, column) in zip(row, columns) {
            fields.append((column.name, try datum(value, column.type, session, keepsKinds: true)))
        }
        return try JSONConversion.object(fields)
    }

    private static func time(_ microseconds: Int64) -> Datum {
        .time(preciseEpochSeconds: Double(microseconds) / 1_000_000 + 946_684_800, offsetMinutes: 0)
    }

    /// A value as doors of documents answer it.
    /// - Parameter keepsKinds: whether times and bytes are what they are, and not their texts.
    package static func datum(
        _ value: SQLValue, _ type: SQLType, _ session: any SQLSession, keepsKinds: Bool = false
    ) throws(SQLError) -> Datum {
        switch value {
        case .timestamptz(let moment) where keepsKinds, .timestamp(let moment) where keepsKinds:
            if moment != .max, moment != .min { return time(moment) }
            return try JSONConversion.datum(value, type, session)
        case .date(let days) where keepsKinds && days != .max && days != .min: return time(Int64(days) * 86_400_000_000)
        case .bytes(let bytes) where keepsKinds: return .binary(bytes)
        case .text(let text) where type.oid != SQLType.json.oid: return Datum(text)
        case .bytes(let bytes): return Datum(Encodings.base64(bytes, lineLength: nil))
        case .interval(let interval): return Datum(DateTimeWriter.interval(interval, style: .iso8601))
        case .date(let days): return Datum(DateTimeWriter.date(days))
        case .array(let array) where array.dimensions.count < 2 && type.oid != SQLType.int2vector.oid && type.oid != SQLType.oidvector.oid:
            var elements: [Datum] = []
            for element in array.elements { elements.append(try datum(element, array.elementType, session, keepsKinds: keepsKinds)) }
            return try JSONConversion.array(elements)
        case .record(let record):
            var fields: [(String, Datum)] = []
            for (field, value) in zip(record.fields, record.values) {
                fields.append((field.name, try datum(value, field.type, session, keepsKinds: keepsKinds)))
            }
            return try JSONConversion.object(fields)
        default: return try JSONConversion.datum(value, type, session)
        }
    }
}
