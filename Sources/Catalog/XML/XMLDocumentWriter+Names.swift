import Ground
import XML

/// Which fields of an object are attributes and elements by their names, and which can be neither.
extension XMLDocumentWriter {
    /// Attributes of more bytes together are written as JSON, so that no tag becomes too long to be read.
    static let attributeByteCount = 1 << 20
    static let mostAttributes = 900

    /// Sorts the fields of an object; nil if it can only be written as JSON. Declares the prefixes that it declares.
    mutating func fields(of object: Datum) -> Fields? {
        var fields = Fields()
        for (key, value) in object.fields where key.hasPrefix("@xmlns") {
            guard let namespace = value.string, let prefix = Self.declared(key), Self.mayDeclare(prefix, namespace) else { continue }
            prefixes.append((prefix, namespace))
        }
        var byteCount = 0
        for (key, value) in object.fields {
            guard key != "$reql_type$", XMLValues.isText(key), key.utf8.count <= Self.attributeByteCount else { return nil }
            if key == "#" {
                fields.content = value
            } else if key == "id", let text = value.string, XMLValues.isText(text), text.utf8.count <= Self.attributeByteCount {
                fields.identifier = text
            } else if key.hasPrefix("@"), let text = value.string, isAttribute(String(key.dropFirst()), text) {
                fields.attributes.append((String(key.dropFirst()), text))
                byteCount += key.utf8.count + text.utf8.count
            } else if isDeclared(key), fields.elements[key] == nil {
                // Names that look the same are one name in a dictionary: of them only one can be an element.
                fields.elements[key] = value
            } else {
                fields.others.append((key, value))
            }
        }
        guard byteCount <= Self.attributeByteCount, fields.attributes.count <= Self.mostAttributes, haveDifferentNames(fields.attributes)
        else { return nil }
        if fields.attributes.contains(where: { $0.name.hasPrefix("xsi:") }) { declarations.needsInstance = true }
        return fields
    }

    /// The prefix that a field `@xmlns:…` declares; the empty one for `@xmlns`.
    private static func declared(_ key: String) -> String? {
        if key == "@xmlns" { return "" }
        guard key.hasPrefix("@xmlns:") else { return nil }
        let prefix = String(key.dropFirst(7))
        return !prefix.contains(":") && XMLValues.prefix(ofName: prefix) != nil ? prefix : nil
    }

    static func mayDeclare(_ prefix: String, _ namespace: String) -> Bool {
        guard prefix != XMLHint.prefix, prefix != "xsi", XMLValues.isText(namespace) else { return false }
        return namespace.withBytes { namespace in
            !namespace.equals(XMLHint.namespace) && !namespace.equals(XMLHint.instanceNamespace)
                && prefix.withBytes { XMLNamespaces.problem(prefix: $0, namespace: namespace) } == nil
        }
    }

    private func isAttribute(_ name: String, _ value: String) -> Bool {
        guard name != "id", XMLValues.isText(value) else { return false }
        if name == "xmlns" || name.hasPrefix("xmlns:") {
            guard let prefix = Self.declared("@" + name) else { return false }
            return Self.mayDeclare(prefix, value)
        }
        switch XMLValues.prefix(ofName: name) {
        case nil, "xmlns", XMLHint.prefix: return false
        case "", "xml": return true
        case "xsi": return name != "xsi:type" && name != "xsi:nil"
        case let prefix?: return namespace(prefix) != nil
        }
    }

    /// Whether an element can be called so here.
    func isDeclared(_ name: String) -> Bool {
        switch XMLValues.prefix(ofName: name) {
        case nil, "xmlns", XMLHint.prefix, "xsi": false
        case "", "xml": true
        case let prefix?: namespace(prefix) != nil
        }
    }

    private func namespace(_ prefix: String) -> String? { prefixes.last { $0.prefix == prefix }?.namespace }

    /// Whether no two attributes have the same name in the same namespace.
    private func haveDifferentNames(_ attributes: [Attribute]) -> Bool {
        var seen: Set<String> = []
        for (name, _) in attributes {
            let parts = name.split(separator: ":")
            guard parts.count == 2, parts[0] != "xmlns", let namespace = namespace(String(parts[0])) else { continue }
            guard seen.insert("\(namespace) \(parts[1])").inserted else { return false }
        }
        return true
    }
}
