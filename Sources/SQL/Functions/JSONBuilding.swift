import Catalog

/// Making json and jsonb.
enum JSONBuilding {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["to_jsonb"] = .scalar { arguments, context throws(SQLError) in
            .json(try JSONConversion.datum(arguments[0], context.argumentTypes[0], context.session))
        }
        let json: SQLFunction.Body = .scalar { arguments, context in
            .text(
                JSONConversion.text(
                    arguments[0], context.argumentTypes[0], context.session, isPretty: arguments.count > 1 && arguments[1].bool))
        }
        for name in ["to_json", "row_to_json", "array_to_json"] { bodies[name] = json }
        bodies["jsonb_build_array"] = .scalar { arguments, context throws(SQLError) in
            if isMissing(arguments, context) { return .null }
            var elements: [Datum] = []
            for (_, (value, type)) in TextFunctions.flattened(arguments, from: 0, context) {
                elements.append(try JSONConversion.datum(value, type, context.session))
            }
            return .json(try JSONConversion.array(elements))
        }
        bodies["json_build_array"] = .scalar { arguments, context in
            if isMissing(arguments, context) { return .null }
            let parts = TextFunctions.flattened(arguments, from: 0, context).map { JSONConversion.text($0.1.0, $0.1.1, context.session) }
            return .text("[" + parts.joined(separator: ", ") + "]")
        }
        bodies["jsonb_build_object"] = .scalar { arguments, context throws(SQLError) in
            if isMissing(arguments, context) { return .null }
            var fields: [(String, Datum)] = []
            for (key, value) in try pairs(arguments, context, isBinary: true) {
                fields.append((key, try JSONConversion.datum(value.0, value.1, context.session)))
            }
            return .json(try JSONConversion.object(fields))
        }
        bodies["json_build_object"] = .scalar { arguments, context throws(SQLError) in
            if isMissing(arguments, context) { return .null }
            let parts = try pairs(arguments, context, isBinary: false).map { key, value in
                JSONText.quoted(key) + " : " + JSONConversion.text(value.0, value.1, context.session)
            }
            return .text("{" + parts.joined(separator: ", ") + "}")
        }
        bodies["jsonb_object"] = .scalar { arguments, _ throws(SQLError) in
            try .json(JSONConversion.object(textPairs(arguments).map { ($0, $1.map { Datum($0) } ?? .null) }))
        }
        bodies["json_object"] = .scalar { arguments, _ throws(SQLError) in
            let parts = try textPairs(arguments).map { JSONText.quoted($0) + " : " + ($1.map(JSONText.quoted) ?? "null") }
            return .text("{" + parts.joined(separator: ", ") + "}")
        }
        return bodies
    }()

    /// NULL in place of an array behind VARIADIC.
    private static func isMissing(_ arguments: [SQLValue], _ context: CallContext) -> Bool {
        context.isVariadicArray && arguments.last?.isNull == true
    }

    /// The text that a value is as a key.
    static func key(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession, isBinary: Bool, number: Int) throws(SQLError) -> String {
        if value.isNull {
            if isBinary { throw SQLError(.invalidParameterValue, "argument \(number): key must not be null") }
            throw SQLError(.invalidParameterValue, "argument \(number) cannot be null", hint: "Object keys should be text.")
        }
        switch value {
        case .array, .record, .json: throw SQLError(.invalidParameterValue, "key value must be scalar, not array, composite, or json")
        case .text where type.oid == SQLType.json.oid:
            throw SQLError(.invalidParameterValue, "key value must be scalar, not array, composite, or json")
        case .bool(let bool): return bool ? "true" : "false"
        default: return JSONConversion.scalarText(value, type, session)
        }
    }

    private static func pairs(
        _ arguments: [SQLValue], _ context: CallContext, isBinary: Bool
    ) throws(SQLError) -> [(String, (SQLValue, SQLType))] {
        let flat = TextFunctions.flattened(arguments, from: 0, context).map(\.1)
        guard flat.count % 2 == 0 else {
            throw SQLError(
                .invalidParameterValue, "argument list must have even number of elements",
                hint: "The arguments of \(isBinary ? "jsonb" : "json")_build_object() must consist of alternating keys and values.")
        }
        var pairs: [(String, (SQLValue, SQLType))] = []
        for place in stride(from: 0, to: flat.count, by: 2) {
            let key = try key(flat[place].0, flat[place].1, context.session, isBinary: isBinary, number: place + 1)
            pairs.append((key, flat[place + 1]))
        }
        return pairs
    }

    /// Pairs out of one array of texts, of one of two columns, or of an array of keys and one of values.
    private static func textPairs(_ arguments: [SQLValue]) throws(SQLError) -> [(String, String?)] {
        func subscripts(_ message: String) -> SQLError { SQLError(.arraySubscriptError, message) }
        func text(_ value: SQLValue) -> String? { if case .text(let text) = value { text } else { nil } }
        let first = arguments[0].array
        var keys: [SQLValue] = []
        var values: [SQLValue] = []
        if arguments.count > 1 {
            let second = arguments[1].array
            if first.dimensions.count > 1 || second.dimensions.count > 1 { throw subscripts("wrong number of array subscripts") }
            guard first.elements.count == second.elements.count else { throw subscripts("mismatched array dimensions") }
            (keys, values) = (first.elements, second.elements)
        } else {
            switch first.dimensions.count {
            case 0: return []
            case 1:
                guard first.elements.count % 2 == 0 else { throw subscripts("array must have even number of elements") }
            case 2:
                guard first.dimensions[1].count == 2 else { throw subscripts("array must have two columns") }
            default: throw subscripts("wrong number of array subscripts")
            }
            for place in stride(from: 0, to: first.elements.count, by: 2) {
                keys.append(first.elements[place])
                values.append(first.elements[place + 1])
            }
        }
        var pairs: [(String, String?)] = []
        for (key, value) in zip(keys, values) {
            guard let key = text(key) else { throw SQLError(.nullValueNotAllowed, "null value not allowed for object key") }
            pairs.append((key, text(value)))
        }
        return pairs
    }
}
