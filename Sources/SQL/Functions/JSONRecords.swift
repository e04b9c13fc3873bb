import Catalog

/// Rows out of JSON: json_populate_record, json_to_record and their kin.
enum JSONRecords {
    /// Nil for jsonb.
    static func node(_ value: SQLValue) throws(SQLError) -> JSONNode? {
        if case .text(let text) = value { try JSONReader.read(text) } else { nil }
    }

    static func datum(_ value: SQLValue) throws(SQLError) -> Datum {
        if case .json(let datum) = value { return datum }
        return try JSONText.datum(value.text)
    }

    /// Throws `42804` if the first argument can't be a row.
    static func requireRow(_ context: CallContext) throws(SQLError) {
        guard let type = context.argumentTypes.first else { return }
        let base = TypeTable.base(of: type, context.session.types)
        if base.oid == SQLType.record.oid || base == .unknown { return }
        if case .composite? = context.session.types.type(base.oid)?.kind { return }
        throw SQLError(.datatypeMismatch, "first argument of json_populate_record must be a row type")
    }

    /// The columns: of the record that is given, of the composite type, or those of the column definition list.
    static func fields(_ base: SQLRecord?, _ context: CallContext) throws(SQLError) -> [SQLRecord.Field] {
        if !context.columns.isEmpty {
            // The names are those of the record.
            try base?.requireShape(context.columns, context.session.types)
            return base?.fields ?? context.columns
        }
        if let base { return base.fields }
        if case .composite(let fields)? = context.session.types.type(context.resultType.oid)?.kind { return fields }
        throw SQLError(
            .featureNotSupported, "could not determine row type for result of json_populate_record",
            hint: "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
    }

    /// - Parameter node: the text of the object, of json, whose parts are given on as they were written.
    static func record(
        _ datum: Datum, _ node: JSONNode?, _ base: SQLRecord?, _ fields: [SQLRecord.Field], _ context: CallContext
    ) throws(SQLError) -> SQLValue {
        guard datum.kind == .object else {
            throw SQLError(
                .invalidParameterValue, "cannot call json_populate_record on \(datum.kind == .array ? "an array" : "a scalar")")
        }
        var values: [SQLValue] = []
        for (place, field) in fields.enumerated() {
            guard let value = datum[field: field.name] else {
                values.append(base.map { place < $0.values.count ? $0.values[place] : .null } ?? .null)
                continue
            }
            var inner: SQLRecord?
            if let base, place < base.values.count, case .record(let record) = base.values[place] { inner = record }
            values.append(try self.value(value, node?.field(field.name), as: field.type, inner, context))
        }
        return .record(SQLRecord(fields: fields, values: values))
    }

    /// - Parameter base: what a row has where the object says nothing.
    static func value(
        _ datum: Datum, _ node: JSONNode?, as type: SQLType, _ base: SQLRecord?, _ context: CallContext
    ) throws(SQLError) -> SQLValue {
        if datum.kind == .null { return .null }
        let type = TypeTable.base(of: type, context.session.types)
        if type.oid == SQLType.jsonb.oid { return .json(datum) }
        if type.oid == SQLType.json.oid { return .text(node?.text ?? JSONText.text(datum)) }
        if let element = TypeTable.element(of: type.oid, context.session.types), datum.kind == .array {
            var elements: [SQLValue] = []
            var dimensions: [SQLArray.Dimension] = []
            try gather(datum, node, as: SQLType(element.oid, modifier: type.modifier), context, depth: 0, &elements, &dimensions)
            return .array(SQLArray(element, dimensions: elements.isEmpty ? [] : dimensions, elements: elements))
        }
        if datum.kind != .string, case .composite(let fields)? = context.session.types.type(type.oid)?.kind {
            guard datum.kind == .object else {
                throw SQLError(
                    .invalidParameterValue, "cannot call populate_composite on \(datum.kind == .array ? "an array" : "a scalar")")
            }
            return try record(datum, node, base, fields, context)
        }
        let isWritten = datum.kind == .array || datum.kind == .object
        return try TextInput.value(isWritten ? node?.text ?? JSONText.text(datum) : JSONText.scalarText(datum), type, context.session)
    }

    private static func gather(
        _ datum: Datum, _ node: JSONNode?, as type: SQLType, _ context: CallContext, depth: Int, _ elements: inout [SQLValue],
        _ dimensions: inout [SQLArray.Dimension]
    ) throws(SQLError) {
        if dimensions.count <= depth { dimensions.append(.init(count: datum.count)) }
        guard dimensions[depth].count == datum.count else {
            throw SQLError(
                .invalidTextRepresentation, "malformed JSON array",
                detail: "Multidimensional arrays must have sub-arrays with matching dimensions.")
        }
        func fault(_ message: String) -> SQLError {
            SQLError(.invalidTextRepresentation, message, detail: "Elements of one level are arrays, or none of them is.")
        }
        let nodes = node?.elements ?? []
        for (place, element) in datum.elements.enumerated() {
            let node = place < nodes.count ? nodes[place] : nil
            let isNested = element.kind == .array && type.oid != SQLType.jsonb.oid && type.oid != SQLType.json.oid
            if isNested, dimensions.count == depth + 1, !elements.isEmpty { throw fault("malformed JSON array") }
            if !isNested, dimensions.count > depth + 1 { throw fault("expected JSON array") }
            if isNested {
                try gather(element, node, as: type, context, depth: depth + 1, &elements, &dimensions)
            } else {
                elements.append(try value(element, node, as: type, nil, context))
            }
        }
    }
}
