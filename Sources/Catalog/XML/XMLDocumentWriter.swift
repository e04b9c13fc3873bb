package import Ground
import XML

/// A writer of documents as XML, which ``XMLDocumentReader`` reads as the same documents.
///
/// A hint (see ``XMLHint``) is written just where a reader would take something for something else.
package struct XMLDocumentWriter {
    package private(set) var shape: XMLShape
    private var body = ByteBuffer()
    var declarations = XMLHintDeclarations()
    /// Prefixes that are declared here, and what they stand for.
    var prefixes: [(prefix: String, namespace: String)] = []
    /// Writes documents whose elements are all known; nil before the second one.
    private var quick: XMLStoredWriter?
    private var hasWritten = false

    package init(shape: XMLShape = XMLShape()) {
        self.shape = shape
    }

    /// The field of a document that keeps the whole of an XML document, and nothing else but its key.
    static let wholeDocument = "#document"

    // MARK: What stands around documents

    /// The beginning of a list of documents.
    package func writeBeginning(root: String? = nil, into output: inout ByteBuffer) {
        output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
        output.append(root ?? shape.root ?? "documents")
        output.append(">\n")
    }

    package func writeEnd(root: String? = nil, into output: inout ByteBuffer) {
        output.append("</")
        output.append(root ?? shape.root ?? "documents")
        output.append(">\n")
    }

    /// Whether the text can be the name of a root.
    package static func isName(_ name: String) -> Bool { XMLValues.prefix(ofName: name) == "" }

    /// Writes a document as one element, with the end of a line behind it.
    package mutating func write(_ document: Datum, into output: inout ByteBuffer) {
        defer { output.append(UInt8(ascii: "\n")) }
        if document.isStoredDocument, writeStored(document, into: &output) { return }
        let document = document.decoded
        if writeWholeDocument(document, into: &output) { return }
        body.removeAll()
        declarations = XMLHintDeclarations()
        prefixes.removeAll()
        write(record, nil, document, in: XMLShape.top, isRecord: true)
        if quick?.plan.learnedCount != shape.learnedCount { quick = nil }
        append(body, declarations, to: &output)
    }

    private var record: String { shape.record ?? "document" }

    /// Writes a document from its stored bytes, if the shape knows all that is in it.
    private mutating func writeStored(_ document: Datum, into output: inout ByteBuffer) -> Bool {
        defer { hasWritten = true }
        guard hasWritten else { return false }
        if quick == nil { quick = XMLStoredWriter(XMLPlan(shape), record: record) }
        let isWritten = withExtendedLifetime(document) { quick?.write(document.stored) }
        guard isWritten == true, let quick else { return false }
        append(quick.body, quick.declarations, to: &output)
        return true
    }

    /// Appends an element with the declarations that it needs, which is known only when it is written.
    private func append(_ body: ByteBuffer, _ declarations: XMLHintDeclarations, to output: inout ByteBuffer) {
        let nameEnd = record.utf8.count + 1
        output.append(body.raw[0..<nameEnd])
        if declarations.needsHints { output.append(" xmlns:pando=\"urn:pando:xml\"") }
        if declarations.needsInstance { output.append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"") }
        output.append(body.raw[nameEnd..<body.count])
    }

    // MARK: Elements

    /// Writes an element. Recursion is bounded by the depth of values.
    /// - Parameter field: the field whose name no element can have; the name is that of such elements then.
    private mutating func write(_ name: String, _ field: String?, _ value: Datum, in place: Int, isRecord: Bool = false) {
        switch value.kind {
        case .object: writeObject(name, field, value, in: place, isRecord: isRecord)
        case .array: writeList(name, field, value, in: place)
        default:
            let (text, hint) = Self.scalar(value)
            write(name, field, [], hint, text)
        }
    }

    /// The text of a value that is neither an array nor an object, and the hint that it needs.
    static func scalar(_ value: Datum) -> (text: String, XMLHint) {
        switch value.kind {
        case .null: return ("", .null)
        case .bool: return (value.description, .none)
        case .number:
            let text = value.description
            if case .number = text.withBytes({ XMLValues.guess($0) }) { return (text, .none) }
            return (text, .number)
        case .string:
            let text = value.string ?? ""
            guard XMLValues.isText(text) else { break }
            if case .string = text.withBytes({ XMLValues.guess($0) }) { return (text, .none) }
            return (text, .string)
        case .binary: return (value.withBytes { Base64.encode($0.copy()) }, .binary)
        case .time: if let text = XMLValues.text(ofTime: value) { return (text, .none) }
        default: break
        }
        return (json(value), .json)
    }

    /// A value as JSON in which XML can have each character.
    private static func json(_ value: Datum) -> String {
        String(decoding: value.json(binaryLineBreaks: false), as: UTF8.self)
            .unicodeScalars.reduce(into: "") { text, scalar in
                switch scalar.value {
                case 0xFFFE: text += "\\uFFFE"
                case 0xFFFF: text += "\\uFFFF"
                default: text.unicodeScalars.append(scalar)
                }
            }
    }

    /// Writes an element that has a text and nothing else.
    private mutating func write(_ name: String, _ field: String?, _ attributes: [Attribute], _ hint: XMLHint, _ text: String) {
        begin(name, field, attributes, hint)
        guard !text.isEmpty else { return body.append("/>") }
        body.append(UInt8(ascii: ">"))
        text.withBytes { body.append(xmlText: $0) }
        end(name)
    }

    typealias Attribute = (name: String, value: String)

    /// Writes a start tag but for its `>`.
    private mutating func begin(_ name: String, _ field: String?, _ attributes: [Attribute], _ hint: XMLHint) {
        body.append(UInt8(ascii: "<"))
        body.append(name)
        if let field { write(XMLHint.prefix + ":name", field) }
        for (name, value) in attributes { write(name, value) }
        body.append(hint, &declarations)
        if field != nil { declarations.needsHints = true }
    }

    private mutating func write(_ name: String, _ value: String) {
        body.append(UInt8(ascii: " "))
        body.append(name)
        body.append("=\"")
        value.withBytes { body.append(xmlAttribute: $0) }
        body.append(UInt8(ascii: "\""))
    }

    private mutating func end(_ name: String) {
        body.append("</")
        body.append(name)
        body.append(UInt8(ascii: ">"))
    }

    // MARK: Arrays

    private mutating func writeList(_ name: String, _ field: String?, _ array: Datum, in place: Int) {
        var one: String?
        if field == nil, array.count > 0, place >= 0 {
            switch shape.list(in: place) {
            case .elements(let known): one = known
            case .repeated: break
            case nil: one = XMLShape.singular(name)
            }
        }
        var hint = XMLHint.list
        if let known = one, isDeclared(known) {
            var contents = XMLContents()
            contents.names = [known]
            contents.counts = [array.count]
            let before = shape
            if shape.form(of: name, contents, in: place, isRecord: false) == .list { hint = .none } else { shape = before }
        }
        let item = hint == .none ? one ?? "item" : "item"
        begin(name, field, [], hint)
        guard array.count > 0 else { return body.append("/>") }
        body.append(UInt8(ascii: ">"))
        for element in array.elements { write(item, nil, element, in: shape.place(of: item, in: place)) }
        end(name)
    }

    /// Whether the values of an array stand as elements of the field's own name.
    private func isRepeated(_ name: String, _ array: Datum, in place: Int) -> Bool {
        guard array.count > 1 else { return false }
        switch shape.list(in: place) {
        case .repeated: return true
        case .elements: return false
        case nil: return XMLShape.singular(name) == nil
        }
    }

    // MARK: Objects

    /// The fields of an object by how they are written.
    struct Fields {
        var attributes: [(name: String, value: String)] = []
        var identifier: String?
        var elements: [String: Datum] = [:]
        /// Those with names that no element can have.
        var others: [(String, Datum)] = []
        var content: Datum?
    }

    private mutating func writeObject(_ name: String, _ field: String?, _ object: Datum, in place: Int, isRecord: Bool) {
        let prefixCount = prefixes.count
        defer { prefixes.removeSubrange(prefixCount...) }
        guard let fields = fields(of: object) else { return write(name, field, [], json: object) }
        if fields.content != nil { return writeContent(name, field, object, fields, in: place, isRecord: isRecord) }

        var attributes = fields.attributes
        var elements = fields.elements
        if let identifier = fields.identifier {
            if shape.identifier(in: place) == .element {
                elements["id"] = Datum(identifier)
            } else {
                attributes.insert(("id", identifier), at: 0)
            }
        }
        let names = shape.sorted(Array(elements.keys), in: place)
        var contents = XMLContents()
        contents.attributeCount = attributes.count
        contents.hasIdentifier = elements["id"] == nil && fields.identifier != nil
        contents.fieldCount = fields.others.count
        for name in names {
            guard let value = elements[name] else { continue }
            let isRepeated = value.kind == .array && isRepeated(name, value, in: known(name, in: place))
            contents.names.append(name)
            contents.counts.append(isRepeated ? value.count : 1)
        }
        var hint = XMLHint.none
        let before = shape
        let form = shape.form(of: name, contents, in: place, isRecord: isRecord)
        if form != .object, !(form == .text && isRecord) {
            shape = before
            hint = .object
        }
        begin(name, field, attributes, hint)
        guard contents.hasElements else { return body.append("/>") }
        body.append(UInt8(ascii: ">"))
        for (name, count) in zip(contents.names, contents.counts) {
            guard let value = elements[name] else { continue }
            if count > 1 {
                for element in value.elements { write(name, nil, element, in: shape.place(of: name, in: place)) }
            } else {
                write(name, nil, value, in: shape.place(of: name, in: place))
            }
        }
        for (key, value) in fields.others { write(XMLHint.prefix + ":field", key, value, in: XMLShape.nowhere) }
        end(name)
    }

    /// The number of a place if the shape knows it, without remembering it.
    private func known(_ name: String, in place: Int) -> Int { shape.known(name, in: place) }

    private mutating func write(_ name: String, _ field: String?, _ attributes: [Attribute], json value: Datum) {
        write(name, field, attributes, .json, Self.json(value))
    }

    /// Writes an object with the field `#`: a text with attributes, or what stands in an element in its order.
    private mutating func writeContent(
        _ name: String, _ field: String?, _ object: Datum, _ fields: Fields, in place: Int, isRecord: Bool
    ) {
        var attributes = fields.attributes
        if let identifier = fields.identifier { attributes.insert(("id", identifier), at: 0) }
        guard let content = fields.content, fields.elements.isEmpty, fields.others.isEmpty, content.kind != .object else {
            return write(name, field, [], json: object)
        }
        guard content.kind == .array else {
            var (text, hint) = Self.scalar(content)
            guard !attributes.isEmpty || isRecord && hint != .json else { return write(name, field, [], json: object) }
            // In a record blanks alone are nothing.
            if isRecord, hint == .none, text.withBytes({ $0.trimmed.count }) == 0 { hint = .string }
            return write(name, field, attributes, hint, text)
        }
        guard let contents = contents(of: content, attributes) else { return write(name, field, [], json: object) }
        var hint = XMLHint.none
        let before = shape
        let hasText = content.elements.contains { $0.kind == .string }
        if shape.form(of: name, contents, in: place, isRecord: isRecord) != .marked || hasText && contents.isBlank {
            shape = before
            hint = .mixed
        }
        begin(name, field, attributes, hint)
        guard content.count > 0 else { return body.append("/>") }
        body.append(UInt8(ascii: ">"))
        for item in content.elements {
            if let text = item.string {
                text.withBytes { body.append(xmlText: $0) }
            } else if isDeclared(item.key(at: 0)) {
                write(item.key(at: 0), nil, item[0], in: shape.place(of: item.key(at: 0), in: place))
            } else {
                write(XMLHint.prefix + ":field", item.key(at: 0), item[0], in: XMLShape.nowhere)
            }
        }
        end(name)
    }

    /// What the parts of `#` are as contents of an element; nil if they can't stand in one.
    private func contents(of items: Datum, _ attributes: [Attribute]) -> XMLContents? {
        var contents = XMLContents()
        contents.attributeCount = attributes.count
        contents.hasIdentifier = attributes.contains { $0.name == "id" }
        var followsText = false
        for item in items.elements {
            if let text = item.string {
                guard !followsText, !text.isEmpty, XMLValues.isText(text) else { return nil }
                if text.withBytes({ $0.trimmed.count }) > 0 { contents.isBlank = false }
                followsText = true
                continue
            }
            guard item.kind == .object, item.count == 1 else { return nil }
            let name = item.key(at: 0)
            if isDeclared(name) {
                contents.add(element: name)
            } else if XMLValues.isText(name) {
                contents.fieldCount += 1
            } else {
                return nil
            }
            followsText = false
        }
        return contents
    }
}
