import Ground

/// What XML says beside names and text, where a guess would read something else: `pando:type="…"` in the namespace `urn:pando:xml`.
enum XMLHint: UInt8, BitwiseCopyable {
    case none, string, number, boolean, time, binary, null, list, object, mixed, json

    static var namespace: StaticString { "urn:pando:xml" }
    static var prefix: String { "pando" }
    static var instanceNamespace: StaticString { "http://www.w3.org/2001/XMLSchema-instance" }
    static var schemaNamespace: StaticString { "http://www.w3.org/2001/XMLSchema" }

    /// As an attribute says it.
    var name: String {
        switch self {
        case .none: ""
        case .string: "string"
        case .number: "number"
        case .boolean: "boolean"
        case .time: "time"
        case .binary: "binary"
        case .null: "null"
        case .list: "list"
        case .object: "object"
        case .mixed: "mixed"
        case .json: "json"
        }
    }

    init?(name: Bytes) {
        for raw in 1...XMLHint.json.rawValue {
            guard let hint = XMLHint(rawValue: raw), hint.name.withBytes({ $0 == name }) else { continue }
            self = hint
            return
        }
        return nil
    }

    /// What a type of XML Schema means.
    init?(schemaType name: Bytes) {
        switch name.string {
        case "string", "token", "normalizedString", "anyURI": self = .string
        case "decimal", "integer", "int", "long", "short", "double", "float": self = .number
        case "boolean": self = .boolean
        case "dateTime": self = .time
        case "base64Binary": self = .binary
        default: return nil
        }
    }
}

/// The declarations that the hints of an element need.
struct XMLHintDeclarations {
    var needsHints = false
    var needsInstance = false
}

extension ByteBuffer {
    /// Writes a hint in a start tag, and notes what must be declared for it.
    mutating func append(_ hint: XMLHint, _ declarations: inout XMLHintDeclarations) {
        switch hint {
        case .none: break
        case .null:
            declarations.needsInstance = true
            append(" xsi:nil=\"true\"")
        default:
            declarations.needsHints = true
            append(" pando:type=\"")
            append(hint.name)
            append(UInt8(ascii: "\""))
        }
    }
}

/// The form that an element has as a value. Reader and writer decide it here, each from what it has.
enum XMLForm: Equatable {
    /// A value of its text; with attributes an object with `#`.
    case text
    /// An array of the values of its elements.
    case list
    /// An object whose fields are its attributes and elements.
    case object
    /// An object with all that stands in the element, in its order, as the array `#`.
    case marked
}

/// What stands in an element, as far as its form depends on it.
struct XMLContents {
    /// But for declarations that only hints need.
    var attributeCount = 0
    var hasIdentifier = false
    /// Elements whose field has a name that no element can have.
    var fieldCount = 0
    /// The names of its elements, in their order, the same ones that stand side by side once.
    var names: [String] = []
    /// How many elements stand side by side for each of the names.
    var counts: [Int] = []
    /// Whether all of its text is blanks.
    var isBlank = true

    mutating func add(element name: String) {
        // Names can look the same and be different.
        if let last = names.last, last == name, last.utf8.elementsEqual(name.utf8) {
            counts[counts.count - 1] += 1
        } else {
            names.append(name)
            counts.append(1)
        }
    }

    var hasElements: Bool { !names.isEmpty || fieldCount > 0 }
}

extension XMLShape {
    /// The form of an element without a hint.
    /// - Parameters:
    ///   - isToldList: whether somebody said that elements of this place are lists.
    ///   - isRecord: a record is an object in any case.
    mutating func form(of name: String, _ contents: XMLContents, in place: Int, isToldList: Bool = false, isRecord: Bool) -> XMLForm {
        guard contents.hasElements else { return .text }
        guard contents.isBlank else { return marked(contents, in: place) }
        if !isRecord, contents.attributeCount == 0, contents.fieldCount == 0, contents.names.count == 1 {
            let one = contents.names[0]
            if isToldList || Self.isPlural(name, of: one) || list(in: place) == .elements(named: one) {
                return accepts(.elements(named: one), in: place) ? .list : marked(contents, in: place)
            }
        }
        let hasElement = contents.names.contains("id")
        if contents.hasIdentifier, hasElement || !accepts(.attribute, in: place) { return marked(contents, in: place) }
        if hasElement, !accepts(.element, in: place) { return marked(contents, in: place) }
        guard fits(contents.names, in: place) else { return marked(contents, in: place) }
        for (name, count) in zip(contents.names, contents.counts) where count > 1 {
            let child = self.place(of: name, in: place)
            guard child < 0 ? Self.singular(name) == nil : accepts(.repeated, in: child) else { return .marked }
        }
        return .object
    }

    private mutating func marked(_ contents: XMLContents, in place: Int) -> XMLForm {
        for name in contents.names { _ = self.place(of: name, in: place) }
        return .marked
    }
}
