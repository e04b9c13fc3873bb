import Catalog

/// The texts within a JSON value that are searched, in their order there.
struct JSONTexts {
    struct Kinds: OptionSet {
        let rawValue: Int
        static let strings = Kinds(rawValue: 1)
        static let numbers = Kinds(rawValue: 2)
        static let bools = Kinds(rawValue: 4)
        static let keys = Kinds(rawValue: 8)
        static let all: Kinds = [.strings, .numbers, .bools, .keys]
    }

    private let kinds: Kinds

    init(_ kinds: Kinds) {
        self.kinds = kinds
    }

    func each(of value: SQLValue, _ found: (String) throws(SQLError) -> Void) throws(SQLError) {
        if case .json(let datum) = value {
            try each(of: datum, found)
        } else {
            try each(of: try JSONReader.read(value.text), found)
        }
    }

    private func each(of datum: Datum, _ found: (String) throws(SQLError) -> Void) throws(SQLError) {
        switch datum.kind {
        case .array: for index in 0..<datum.count { try each(of: datum[index], found) }
        case .object:
            for index in JSONText.fieldOrder(datum) {
                if kinds.contains(.keys) { try found(datum.key(at: index)) }
                try each(of: datum[index], found)
            }
        case .number: if kinds.contains(.numbers) { try found(JSONText.scalarText(datum)) }
        case .bool: if kinds.contains(.bools) { try found(datum.bool == true ? "true" : "false") }
        case .null, .minval, .maxval: break
        default: if kinds.contains(.strings) { try found(JSONText.scalarText(datum)) }
        }
    }

    private func each(of node: JSONNode, _ found: (String) throws(SQLError) -> Void) throws(SQLError) {
        switch node.kind {
        case .null: break
        case .bool: if kinds.contains(.bools) { try found(node.text) }
        case .number(let number): if kinds.contains(.numbers) { try found(number) }
        case .string(let string): if kinds.contains(.strings) { try found(string) }
        case .array(let elements): for element in elements { try each(of: element, found) }
        case .object(let fields):
            for field in fields {
                if kinds.contains(.keys) { try found(field.key) }
                try each(of: field.value, found)
            }
        }
    }

    /// The value with other texts in the place of its strings.
    static func mapping(_ datum: Datum, _ change: (String) throws(SQLError) -> String) throws(SQLError) -> Datum {
        switch datum.kind {
        case .string: return Datum(try change(datum.string ?? ""))
        case .array:
            var elements: [Datum] = []
            for index in 0..<datum.count { elements.append(try mapping(datum[index], change)) }
            return try JSONConversion.array(elements)
        case .object:
            var fields: [(String, Datum)] = []
            for index in 0..<datum.count { fields.append((datum.key(at: index), try mapping(datum[index], change))) }
            return try JSONConversion.object(fields)
        default: return datum
        }
    }

    /// The same for json: its fields in their order, without blanks.
    static func mapping(_ node: JSONNode, _ change: (String) throws(SQLError) -> String) throws(SQLError) -> String {
        switch node.kind {
        case .string(let string): return JSONText.quoted(try change(string))
        case .array(let elements):
            var parts: [String] = []
            for element in elements { parts.append(try mapping(element, change)) }
            return "[" + parts.joined(separator: ",") + "]"
        case .object(let fields):
            var parts: [String] = []
            for (key, value) in fields { parts.append(JSONText.quoted(key) + ":" + (try mapping(value, change))) }
            return "{" + parts.joined(separator: ",") + "}"
        default: return node.text
        }
    }
}

extension JSONTexts.Kinds {
    /// What a filter says: `["string", "numeric"]`, or one of them by itself.
    init(_ filter: Datum) throws(SQLError) {
        var kinds: JSONTexts.Kinds = []
        guard filter.kind != .object else {
            throw SQLError(.invalidParameterValue, "wrong flag type, only arrays and scalars are allowed")
        }
        for index in 0..<(filter.kind == .array ? filter.count : 1) {
            let flag = filter.kind == .array ? filter[index] : filter
            guard flag.kind == .string, let name = flag.string else {
                throw SQLError(
                    .invalidParameterValue, "flag array element is not a string",
                    hint: "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".")
            }
            switch name.lowercased() {
            case "string": kinds.insert(.strings)
            case "numeric": kinds.insert(.numbers)
            case "boolean": kinds.insert(.bools)
            case "key": kinds.insert(.keys)
            case "all": kinds.formUnion(.all)
            default:
                throw SQLError(
                    .invalidParameterValue, "wrong flag in flag array: \"\(name)\"",
                    hint: "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".")
            }
        }
        self = kinds
    }
}
