import Catalog

/// Rows out of JSON: json_populate_record, json_to_record and their kin.
enum JSONRecords {
    static func datum(_ value: SQLValue) throws(SQLError) -> Datum {
        if case .json(let datum) = value { return datum }
        return try JSONText.datum(value.text)
    }

    /// The columns: of the record that is given, of the composite type, or those of the column definition list.
    static func fields(_ base: SQLRecord?, _ context: CallContext) throws(SQLError) -> [SQLRecord.Field] {
        if !context.columns.isEmpty {
            if let base,
                base.fields.count != context.columns.count
                    || zip(base.fields, context.columns).contains(where: { $0.type.oid != $1.type.oid })
            {
                throw SQLError(
                    .datatypeMismatch, "function return row and query-specified return row do not match",
                    detail: "Returned row contains \(base.fields.count) attributes, but query expects \(context.columns.count).")
            }
            return context.columns
        }
        if let base { return base.fields }
        if case .composite(let fields)? = context.session.types.type(context.resultType.oid)?.kind { return fields }
        throw SQLError(
            .featureNotSupported, "could not determine row type for result of json_populate_record",
            hint: "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
    }

    static func record(_ datum: Datum, _ base: SQLRecord?, _ fields: [SQLRecord.Field], _ context: CallContext) throws(SQLError) -> SQLValue
    {
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
            values.append(try self.value(value, as: field.type, context))
        }
        return .record(SQLRecord(fields: fields, values: values))
    }

    static func value(_ datum: Datum, as type: SQLType, _ context: CallContext) throws(SQLError) -> SQLValue {
        if datum.kind == .null { return .null }
        if type.oid == SQLType.jsonb.oid { return .json(datum) }
        if type.oid == SQLType.json.oid { return .text(JSONText.text(datum)) }
        if let element = TypeTable.element(of: type.oid, context.session.types), datum.kind == .array {
            var elements: [SQLValue] = []
            var dimensions: [SQLArray.Dimension] = []
            try gather(datum, as: element, context, depth: 0, &elements, &dimensions)
            return .array(SQLArray(element, dimensions: elements.isEmpty ? [] : dimensions, elements: elements))
        }
        if datum.kind == .object, case .composite(let fields)? = context.session.types.type(type.oid)?.kind {
            return try record(datum, nil, fields, context)
        }
        return try TextInput.value(JSONText.scalarText(datum), type, context.session)
    }

    private static func gather(
        _ datum: Datum, as type: SQLType, _ context: CallContext, depth: Int, _ elements: inout [SQLValue],
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
        for element in datum.elements {
            let isNested = element.kind == .array && type.oid != SQLType.jsonb.oid && type.oid != SQLType.json.oid
            if isNested, dimensions.count == depth + 1, !elements.isEmpty { throw fault("malformed JSON array") }
            if !isNested, dimensions.count > depth + 1 { throw fault("expected JSON array") }
            if isNested {
                try gather(element, as: type, context, depth: depth + 1, &elements, &dimensions)
            } else {
                elements.append(try value(element, as: type, context))
            }
        }
    }
}
