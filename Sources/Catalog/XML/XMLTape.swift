import Ground
import XML

/// The elements, attributes and texts of one record, one behind the other, until it is whole: only then it is known what they are as
/// values.
struct XMLTape {
    enum Kind: UInt8, BitwiseCopyable { case element, attribute, text, comment, instruction }

    struct Node: BitwiseCopyable {
        let kind: Kind
        var hint = XMLHint.none
        /// Whether the name is that of a field, which no element can have.
        var isField = false
        /// Where name and text stand in ``XMLTape/bytes``.
        var nameStart: Int
        var nameCount: Int
        var textStart: Int
        var textCount: Int
        /// Behind the last node in it.
        var end: Int
    }

    private(set) var nodes: [Node] = []
    private(set) var bytes = ByteBuffer()
    private var open: [Int] = []
    /// The last node is text of the element that is open.
    private var isInText = false
    /// A type that is none, or another hint that says nothing.
    private(set) var problem: String?

    var isEmpty: Bool { nodes.isEmpty }

    func name(_ node: Node) -> Bytes { bytes.raw[node.nameStart..<node.nameStart + node.nameCount] }
    func text(_ node: Node) -> Bytes { bytes.raw[node.textStart..<node.textStart + node.textCount] }

    mutating func beginRecord() {
        nodes.removeAll(keepingCapacity: bytes.count < 1 << 20)
        if bytes.count > 1 << 20 { bytes = ByteBuffer() } else { bytes.removeAll() }
        open.removeAll(keepingCapacity: true)
        problem = nil
        isInText = false
    }

    /// The field of an attribute: its name behind an `@`.
    func key(ofAttribute node: Node) -> Bytes { bytes.raw[node.nameStart - 1..<node.nameStart + node.nameCount] }

    mutating func add(_ kind: Kind, name: Bytes, text: Bytes) {
        isInText = false
        if kind == .attribute { bytes.append(UInt8(ascii: "@")) }
        let start = bytes.count
        bytes.append(name)
        bytes.append(text)
        nodes.append(
            Node(
                kind: kind, nameStart: start, nameCount: name.count, textStart: start + name.count, textCount: text.count,
                end: nodes.count + 1))
    }

    /// Adds text of the element that is open, to the text in front of it if there is one.
    mutating func add(text: Bytes) {
        if isInText {
            bytes.append(text)
            nodes[nodes.count - 1].textCount += text.count
        } else {
            add(.text, name: .empty, text: text)
            isInText = true
        }
    }

    mutating func end() {
        isInText = false
        if let element = open.popLast() { nodes[element].end = nodes.count }
    }

    /// Begins an element as the parser tells it.
    /// - Parameters:
    ///   - outer: declarations of namespaces around a record, which are its own from now on.
    ///   - isExact: whether hints are attributes as any other.
    mutating func begin(_ parser: borrowing XMLParser, outer: [(name: String, value: String)], isExact: Bool = false) {
        let element = nodes.count
        open.append(element)
        add(.element, name: parser.name, text: .empty)
        if !isExact { nodes[element].isField = isField(parser) }
        for index in 0..<parser.attributeCount {
            let name = parser.attributeName(index)
            let value = parser.attributeValue(index)
            if !isExact {
                if parser.isNamespaceDeclaration(index) {
                    if Self.isHidden(name, value) { continue }
                } else if parser.attributePrefix(index).count > 0, takeHint(parser, index, of: element) {
                    continue
                }
            }
            add(.attribute, name: name, text: value)
        }
        var seen: Set<String> = []
        for (name, value) in outer.reversed() where seen.insert(name).inserted && !value.isEmpty {
            let isOwn = (0..<parser.attributeCount).contains { index in name.withBytes { $0 == parser.attributeName(index) } }
            if isOwn || name.withBytes({ name in value.withBytes { Self.isHidden(name, $0) } }) { continue }
            name.withBytes { name in value.withBytes { add(.attribute, name: name, text: $0) } }
        }
    }

    /// Declarations that are there for hints.
    private static func isHidden(_ name: Bytes, _ value: Bytes) -> Bool {
        value.equals(XMLHint.namespace) || value.equals(XMLHint.instanceNamespace) && name.equals("xmlns:xsi")
    }

    private func isField(_ parser: borrowing XMLParser) -> Bool {
        let name = parser.name
        guard name.count > 6, name.dropFirst(name.count - 6).equals(":field") else { return false }
        return parser.namespace(of: name[0..<name.count - 6])?.equals(XMLHint.namespace) == true
    }

    /// Whether an attribute with a prefix is a hint, which is noted then.
    private mutating func takeHint(_ parser: borrowing XMLParser, _ index: Int, of element: Int) -> Bool {
        let prefix = parser.attributePrefix(index)
        guard let namespace = parser.namespace(of: prefix) else { return false }
        let name = parser.attributeName(index).dropFirst(prefix.count + 1)
        let value = parser.attributeValue(index)
        if namespace.equals(XMLHint.namespace) {
            if name.equals("type") {
                if let hint = XMLHint(name: value) { nodes[element].hint = hint } else { note("`\(value.string)` is no type.") }
            } else if name.equals("name"), nodes[element].isField {
                nodes[element].nameStart = bytes.count
                nodes[element].nameCount = value.count
                bytes.append(value)
            } else {
                note("There is no hint `\(name.string)`.")
            }
            return true
        }
        guard namespace.equals(XMLHint.instanceNamespace) else { return false }
        if name.equals("nil") {
            if value.equals("true") || value.equals("1") { nodes[element].hint = .null }
            return true
        }
        guard name.equals("type") else { return false }
        let type = value.string
        let parts = type.split(separator: ":")
        guard parts.count == 2, let schema = String(parts[0]).withBytes({ parser.namespace(of: $0) }),
            schema.equals(XMLHint.schemaNamespace), let hint = String(parts[1]).withBytes({ XMLHint(schemaType: $0) })
        else { return false }
        nodes[element].hint = hint
        return true
    }

    private mutating func note(_ message: String) {
        if problem == nil { problem = message }
    }
}
