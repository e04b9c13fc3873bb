import Catalog

/// Taking json and jsonb apart.
enum JSONFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addAccess(to: &bodies)
        addTests(to: &bodies)
        addSets(to: &bodies)
        addChanges(to: &bodies)
        addRecords(to: &bodies)
        return bodies
    }()

    // MARK: Parts

    /// A scalar counts as an array of itself.
    static func element(_ datum: Datum, _ index: Int64) -> Datum? {
        guard datum.kind == .array else { return datum.kind != .object && (index == 0 || index == -1) ? datum : nil }
        let place = index < 0 ? Int64(datum.count) + index : index
        return place >= 0 && place < datum.count ? datum[Int(place)] : nil
    }

    static func part(_ datum: Datum, _ key: String) -> Datum? {
        switch datum.kind {
        case .object: datum[field: key]
        case .array: Int64(key).flatMap { Int32(exactly: $0) }.flatMap { element(datum, Int64($0)) }
        default: nil
        }
    }

    static func part(_ node: JSONNode, _ key: String) -> JSONNode? {
        switch node.kind {
        case .object: return node.field(key)
        case .array: return Int64(key).flatMap { element(node, $0) }
        default: return nil
        }
    }

    static func element(_ node: JSONNode, _ index: Int64) -> JSONNode? {
        guard case .array(let elements) = node.kind else { return nil }
        let place = index < 0 ? Int64(elements.count) + index : index
        return place >= 0 && place < elements.count ? elements[Int(place)] : nil
    }

    static func plain(_ datum: Datum?) -> SQLValue {
        guard let datum, datum.kind != .null else { return .null }
        return .text(JSONText.scalarText(datum))
    }

    private static func plain(_ node: JSONNode?) -> SQLValue { node?.plainText.map { .text($0) } ?? .null }

    private static func addAccess(to bodies: inout Bodies) {
        bodies["jsonb_object_field"] = .binary { a, b in
            a.datum.kind == .object ? a.datum[field: b.text].map { .json($0) } ?? .null : .null
        }
        bodies["jsonb_object_field_text"] = .binary { a, b in a.datum.kind == .object ? plain(a.datum[field: b.text]) : .null }
        bodies["jsonb_array_element"] = .binary { a, b in element(a.datum, b.int).map { .json($0) } ?? .null }
        bodies["jsonb_array_element_text"] = .binary { a, b in plain(element(a.datum, b.int)) }
        bodies["json_object_field"] = .binary { a, b throws(SQLError) in
            try JSONReader.read(a.text).field(b.text).map { .text($0.text) } ?? .null
        }
        bodies["json_object_field_text"] = .binary { a, b throws(SQLError) in plain(try JSONReader.read(a.text).field(b.text)) }
        bodies["json_array_element"] = .binary { a, b throws(SQLError) in
            element(try JSONReader.read(a.text), b.int).map { .text($0.text) } ?? .null
        }
        bodies["json_array_element_text"] = .binary { a, b throws(SQLError) in plain(element(try JSONReader.read(a.text), b.int)) }
        @Sendable func path(_ value: SQLValue) -> [String]? {
            var keys: [String] = []
            for element in value.array.elements {
                guard case .text(let key) = element else { return nil }
                keys.append(key)
            }
            return keys
        }
        @Sendable func follow(_ datum: Datum, _ keys: [String]) -> Datum? {
            var datum = datum
            for key in keys {
                guard let next = part(datum, key) else { return nil }
                datum = next
            }
            return datum
        }
        @Sendable func follow(_ text: String, _ keys: [String]) throws(SQLError) -> JSONNode? {
            var node = try JSONReader.read(text)
            for key in keys {
                guard let next = part(node, key) else { return nil }
                node = next
            }
            return node
        }
        bodies["jsonb_extract_path"] = .binary { a, b in path(b).flatMap { follow(a.datum, $0) }.map { .json($0) } ?? .null }
        bodies["jsonb_extract_path_text"] = .binary { a, b in plain(path(b).flatMap { follow(a.datum, $0) }) }
        bodies["json_extract_path"] = .binary { a, b throws(SQLError) in
            guard let keys = path(b), let node = try follow(a.text, keys) else { return .null }
            return .text(node.text)
        }
        bodies["json_extract_path_text"] = .binary { a, b throws(SQLError) in
            guard let keys = path(b) else { return .null }
            return plain(try follow(a.text, keys))
        }
    }

    // MARK: Tests

    /// Whether the first holds all that the second says. An array holds a scalar of its elements.
    static func contains(_ a: Datum, _ b: Datum, isTop: Bool = true) -> Bool {
        switch (a.kind, b.kind) {
        case (.object, .object):
            return b.fields.allSatisfy { key, value in
                guard let own = a[field: key] else { return false }
                return own.kind == .array || own.kind == .object
                    ? own.kind == value.kind && contains(own, value, isTop: false) : Ordering.compare(own, value) == 0
            }
        case (.array, .array):
            return b.elements.allSatisfy { value in
                a.elements.contains { own in
                    own.kind == .array || own.kind == .object
                        ? own.kind == value.kind && contains(own, value, isTop: false) : Ordering.compare(own, value) == 0
                }
            }
        case (.array, _) where isTop && b.kind != .object:
            return a.elements.contains { Ordering.compare($0, b) == 0 }
        case (.object, _), (_, .object), (.array, _), (_, .array): return false
        default: return Ordering.compare(a, b) == 0
        }
    }

    private static func addTests(to bodies: inout Bodies) {
        bodies["jsonb_contains"] = .binary { .bool(contains($0.datum, $1.datum)) }
        bodies["jsonb_contained"] = .binary { .bool(contains($1.datum, $0.datum)) }
        @Sendable func has(_ datum: Datum, _ key: String) -> Bool {
            switch datum.kind {
            case .object: datum[field: key] != nil
            case .array: datum.elements.contains { $0.string.map { Ordering.equal($0, key) } ?? false }
            case .string: datum.string.map { Ordering.equal($0, key) } ?? false
            default: false
            }
        }
        bodies["jsonb_exists"] = .binary { .bool(has($0.datum, $1.text)) }
        bodies["jsonb_exists_any"] = .binary { a, b in .bool(b.array.elements.contains { !$0.isNull && has(a.datum, $0.text) }) }
        bodies["jsonb_exists_all"] = .binary { a, b in .bool(b.array.elements.allSatisfy { $0.isNull || has(a.datum, $0.text) }) }
        bodies["jsonb_typeof"] = .unary { .text(JSONText.typeName($0.datum)) }
        bodies["json_typeof"] = .unary { a throws(SQLError) in .text(try JSONReader.read(a.text).typeName) }
        bodies["jsonb_array_length"] = .unary { a throws(SQLError) in
            guard a.datum.kind == .array else {
                throw SQLError(.invalidParameterValue, "cannot get array length of a \(a.datum.kind == .object ? "non-array" : "scalar")")
            }
            return .int(Int64(a.datum.count))
        }
        bodies["json_array_length"] = .unary { a throws(SQLError) in
            let node = try JSONReader.read(a.text)
            guard case .array(let elements) = node.kind else {
                throw SQLError(.invalidParameterValue, "cannot get array length of a \(node.typeName == "object" ? "non-array" : "scalar")")
            }
            return .int(Int64(elements.count))
        }
    }

    // MARK: Rows

    private static func wrong(_ name: String, _ what: String) -> SQLError {
        SQLError(.invalidParameterValue, "cannot call \(name) on \(what)")
    }

    private static func addSets(to bodies: inout Bodies) {
        for isText in [false, true] {
            let suffix = isText ? "_text" : ""
            bodies["jsonb_array_elements" + suffix] = .set { arguments, _ throws(SQLError) in
                let datum = arguments[0].datum
                guard datum.kind == .array else {
                    throw SQLError(
                        .invalidParameterValue,
                        datum.kind == .object ? "cannot extract elements from an object" : "cannot extract elements from a scalar")
                }
                return datum.elements.map { isText ? plain($0) : .json($0) }
            }
            bodies["json_array_elements" + suffix] = .set { arguments, _ throws(SQLError) in
                let node = try JSONReader.read(arguments[0].text)
                guard case .array(let elements) = node.kind else {
                    throw wrong("json_array_elements\(suffix)", node.typeName == "object" ? "a non-array" : "a scalar")
                }
                return elements.map { isText ? plain($0) : .text($0.text) }
            }
            bodies["jsonb_each" + suffix] = .set { arguments, context throws(SQLError) in
                let datum = arguments[0].datum
                guard datum.kind == .object else { throw wrong("jsonb_each\(suffix)", "a non-object") }
                let fields = [SQLRecord.Field("key", .text), SQLRecord.Field("value", isText ? .text : .jsonb)]
                return JSONText.fieldOrder(datum).map { place in
                    let value: SQLValue = isText ? plain(datum[place]) : .json(datum[place])
                    return .record(SQLRecord(fields: fields, values: [.text(datum.key(at: place)), value]))
                }
            }
            bodies["json_each" + suffix] = .set { arguments, _ throws(SQLError) in
                let node = try JSONReader.read(arguments[0].text)
                guard case .object(let content) = node.kind else {
                    throw SQLError(
                        .invalidParameterValue,
                        node.typeName == "array" ? "cannot deconstruct an array as an object" : "cannot deconstruct a scalar")
                }
                let fields = [SQLRecord.Field("key", .text), SQLRecord.Field("value", isText ? .text : .json)]
                return content.map { key, value in
                    .record(SQLRecord(fields: fields, values: [.text(key), isText ? plain(value) : .text(value.text)]))
                }
            }
        }
        bodies["jsonb_object_keys"] = .set { arguments, _ throws(SQLError) in
            let datum = arguments[0].datum
            guard datum.kind == .object else { throw wrong("jsonb_object_keys", datum.kind == .array ? "an array" : "a scalar") }
            return JSONText.fieldOrder(datum).map { .text(datum.key(at: $0)) }
        }
        bodies["json_object_keys"] = .set { arguments, _ throws(SQLError) in
            let node = try JSONReader.read(arguments[0].text)
            guard case .object(let content) = node.kind else {
                throw wrong("json_object_keys", node.typeName == "array" ? "an array" : "a scalar")
            }
            return content.map { .text($0.key) }
        }
    }

    // MARK: Changes

    private static func addChanges(to bodies: inout Bodies) {
        bodies["jsonb_concat"] = .binary { a, b throws(SQLError) in
            let (x, y) = (a.datum, b.datum)
            if x.kind == .object, y.kind == .object {
                return .json(try JSONConversion.object(x.fields.map { ($0.key, $0.value) } + y.fields.map { ($0.key, $0.value) }))
            }
            let left = x.kind == .array ? Array(x.elements) : [x]
            let right = y.kind == .array ? Array(y.elements) : [y]
            return .json(try JSONConversion.array(left + right))
        }
        bodies["jsonb_delete#3302"] = .binary { a, b throws(SQLError) in .json(try delete([b.text], from: a.datum)) }
        bodies["jsonb_delete#3343"] = .binary { a, b throws(SQLError) in
            if b.array.dimensions.count > 1 { throw SQLError(.arraySubscriptError, "wrong number of array subscripts") }
            return .json(try delete(b.array.elements.filter { !$0.isNull }.map(\.text), from: a.datum))
        }
        bodies["jsonb_delete#3303"] = .binary { a, b throws(SQLError) in
            let datum = a.datum
            if datum.kind == .object {
                throw SQLError(.invalidParameterValue, "cannot delete from object using integer index")
            }
            guard datum.kind == .array else { throw SQLError(.invalidParameterValue, "cannot delete from scalar") }
            let place = b.int < 0 ? Int64(datum.count) + b.int : b.int
            return .json(try JSONConversion.array(datum.elements.enumerated().filter { Int64($0.offset) != place }.map(\.element)))
        }
        bodies["jsonb_delete_path"] = .binary { a, b throws(SQLError) in
            .json(try JSONPlaces.delete(b.array, from: a.datum))
        }
        bodies["jsonb_set"] = .scalar { arguments, _ throws(SQLError) in
            let creates = arguments.count < 4 || arguments[3].bool
            return try JSONPlaces.set(arguments[0].datum, arguments[1].array, arguments[2].datum, creates: creates)
        }
        bodies["jsonb_set_lax"] = .scalar { arguments, _ throws(SQLError) in
            guard !arguments[0].isNull, !arguments[1].isNull, !(arguments.count > 3 && arguments[3].isNull) else { return .null }
            let creates = arguments.count < 4 || arguments[3].bool
            let treatment = arguments.count > 4 ? arguments[4] : .text("use_json_null")
            let wrong = SQLError(
                .invalidParameterValue,
                "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
            if treatment.isNull { throw wrong }
            guard arguments[2].isNull else {
                return try JSONPlaces.set(arguments[0].datum, arguments[1].array, arguments[2].datum, creates: creates)
            }
            switch treatment.text {
            case "raise_exception":
                throw SQLError(
                    .nullValueNotAllowed, "JSON value must not be null",
                    detail: "Exception was raised because null_value_treatment is \"raise_exception\".",
                    hint: "To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
            case "use_json_null": return try JSONPlaces.set(arguments[0].datum, arguments[1].array, .null, creates: creates)
            case "delete_key":
                return .json(try JSONPlaces.delete(arguments[1].array, from: arguments[0].datum))
            case "return_target": return arguments[0]
            default: throw wrong
            }
        }
        bodies["jsonb_insert"] = .scalar { arguments, _ throws(SQLError) in
            let isAfter = arguments.count > 3 && arguments[3].bool
            return .json(
                try JSONPlaces.insert(arguments[2].datum, at: arguments[1].array, into: arguments[0].datum, isAfter: isAfter))
        }
        bodies["jsonb_strip_nulls"] = .unary { a throws(SQLError) in .json(try stripped(a.datum)) }
        bodies["json_strip_nulls"] = .unary { a throws(SQLError) in .text(stripped(try JSONReader.read(a.text))) }
        bodies["jsonb_pretty"] = .unary { a in
            var text = ""
            JSONFunctions.pretty(a.datum, indent: 0, into: &text)
            return .text(text)
        }
    }

    private static func delete(_ keys: [String], from datum: Datum) throws(SQLError) -> Datum {
        switch datum.kind {
        case .object:
            return try JSONConversion.object(datum.fields.filter { !keys.contains($0.key) }.map { ($0.key, $0.value) })
        case .array:
            return try JSONConversion.array(datum.elements.filter { element in !(element.string.map(keys.contains) ?? false) })
        default: throw SQLError(.invalidParameterValue, "cannot delete from scalar")
        }
    }

    private static func stripped(_ datum: Datum) throws(SQLError) -> Datum {
        switch datum.kind {
        case .object:
            var fields: [(String, Datum)] = []
            for (key, value) in datum.fields where value.kind != .null { fields.append((key, try stripped(value))) }
            return try JSONConversion.object(fields)
        case .array:
            var elements: [Datum] = []
            for element in datum.elements { elements.append(try stripped(element)) }
            return try JSONConversion.array(elements)
        default: return datum
        }
    }

    private static func stripped(_ node: JSONNode) -> String {
        switch node.kind {
        case .object(let fields):
            let kept = fields.filter { if case .null = $0.value.kind { false } else { true } }
            return "{" + kept.map { JSONText.quoted($0.key) + ":" + stripped($0.value) }.joined(separator: ",") + "}"
        case .array(let elements): return "[" + elements.map(stripped).joined(separator: ",") + "]"
        case .string(let string): return JSONText.quoted(string)
        default: return node.text
        }
    }

    private static func pretty(_ datum: Datum, indent: Int, into text: inout String) {
        let inner = String(repeating: "    ", count: indent + 1)
        let outer = String(repeating: "    ", count: indent)
        switch datum.kind {
        case .object:
            text += "{"
            for (number, place) in JSONText.fieldOrder(datum).enumerated() {
                text += (number > 0 ? ",\n" : "\n") + inner + JSONText.quoted(datum.key(at: place)) + ": "
                pretty(datum[place], indent: indent + 1, into: &text)
            }
            text += "\n" + outer + "}"
        case .array:
            text += "["
            for (number, element) in datum.elements.enumerated() {
                text += (number > 0 ? ",\n" : "\n") + inner
                pretty(element, indent: indent + 1, into: &text)
            }
            text += "\n" + outer + "]"
        default: text += JSONText.text(datum)
        }
    }

    // MARK: Records

    private static func addRecords(to bodies: inout Bodies) {
        let populate: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            let isRecordFirst = arguments.count > 1
            let value = isRecordFirst ? arguments[1] : arguments[0]
            if isRecordFirst { try JSONRecords.requireRow(context) }
            if value.isNull { return isRecordFirst ? arguments[0] : .null }
            let base: SQLRecord? = if isRecordFirst, case .record(let record) = arguments[0] { record } else { nil }
            return try JSONRecords.record(
                JSONRecords.datum(value), JSONRecords.node(value), base, JSONRecords.fields(base, context), context)
        }
        let populateSet: SQLFunction.Body = .set { arguments, context throws(SQLError) in
            let isRecordFirst = arguments.count > 1
            let value = isRecordFirst ? arguments[1] : arguments[0]
            if isRecordFirst { try JSONRecords.requireRow(context) }
            if value.isNull { return [] }
            let base: SQLRecord? = if isRecordFirst, case .record(let record) = arguments[0] { record } else { nil }
            let datum = try JSONRecords.datum(value)
            guard datum.kind == .array else {
                throw SQLError(
                    .invalidParameterValue, "cannot call json_populate_recordset on \(datum.kind == .object ? "an object" : "a scalar")")
            }
            let fields = try JSONRecords.fields(base, context)
            var rows: [SQLValue] = []
            let nodes = try JSONRecords.node(value)?.elements ?? []
            for (place, element) in datum.elements.enumerated() {
                guard element.kind == .object else {
                    throw SQLError(.invalidParameterValue, "argument of json_populate_recordset must be an array of objects")
                }
                rows.append(try JSONRecords.record(element, place < nodes.count ? nodes[place] : nil, base, fields, context))
            }
            return rows
        }
        for prefix in ["json", "jsonb"] {
            bodies[prefix + "_populate_record"] = populate
            bodies[prefix + "_to_record"] = populate
            bodies[prefix + "_populate_recordset"] = populateSet
            bodies[prefix + "_to_recordset"] = populateSet
        }
    }
}
