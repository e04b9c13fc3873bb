package import Ground

/// A writer of Canonical XML 1.0 from the events of a parser: two documents that say the same are the same bytes.
package struct CanonicalXML {
    private var depth = 0
    private var isBehindRoot = false

    private let writesComments: Bool

    package init(comments: Bool = true) {
        writesComments = comments
    }

    /// Writes the event that `parser` has told last.
    package mutating func write(_ event: XMLEvent, of parser: borrowing XMLParser, into output: inout ByteBuffer) {
        switch event {
        case .startElement:
            depth += 1
            output.append(UInt8(ascii: "<"))
            output.append(parser.name)
            writeAttributes(of: parser, into: &output)
            output.append(UInt8(ascii: ">"))
        case .endElement:
            depth -= 1
            isBehindRoot = depth == 0
            output.append("</")
            output.append(parser.name)
            output.append(UInt8(ascii: ">"))
        case .text: output.append(xmlText: parser.text)
        case .comment where !writesComments: break
        case .comment:
            writeOutside(into: &output) { output in
                output.append("<!--")
                output.append(xmlInside: parser.text)
                output.append("-->")
            }
        case .instruction:
            writeOutside(into: &output) { output in
                output.append("<?")
                output.append(parser.name)
                if parser.text.count > 0 { output.append(UInt8(ascii: " ")) }
                output.append(xmlInside: parser.text)
                output.append("?>")
            }
        case .needsInput, .endOfDocument: break
        }
    }

    /// Outside the root each comment and instruction has a line of its own.
    private func writeOutside(into output: inout ByteBuffer, _ write: (inout ByteBuffer) -> Void) {
        if isBehindRoot { output.append(UInt8(ascii: "\n")) }
        write(&output)
        if depth == 0, !isBehindRoot { output.append(UInt8(ascii: "\n")) }
    }

    private func writeAttributes(of parser: borrowing XMLParser, into output: inout ByteBuffer) {
        guard parser.attributeCount > 0 else { return }
        var declarations: [(prefix: Bytes, index: Int)] = []
        var others: [(namespace: Bytes, name: Bytes, index: Int)] = []
        for index in 0..<parser.attributeCount {
            let name = parser.attributeName(index)
            let prefix = parser.attributePrefix(index)
            if parser.isNamespaceDeclaration(index) {
                if !parser.isSuperfluousDeclaration(index) { declarations.append((prefix.count > 0 ? name.dropFirst(6) : prefix, index)) }
            } else if prefix.count > 0 {
                others.append((parser.namespace(of: prefix) ?? .empty, name.dropFirst(prefix.count + 1), index))
            } else {
                others.append((.empty, name, index))
            }
        }
        declarations.sort { Bytes.compare($0.prefix, $1.prefix) < 0 }
        others.sort {
            let order = Bytes.compare($0.namespace, $1.namespace)
            return order != 0 ? order < 0 : Bytes.compare($0.name, $1.name) < 0
        }
        for index in declarations.map(\.index) + others.map(\.index) {
            output.append(UInt8(ascii: " "))
            output.append(parser.attributeName(index))
            output.append("=\"")
            output.append(xmlAttribute: parser.attributeValue(index))
            output.append(UInt8(ascii: "\""))
        }
    }
}

extension ByteBuffer {
    /// Characters of an element.
    package mutating func append(xmlText text: Bytes) {
        append(text, escaping: Escapes.text)
    }

    /// The value of an attribute in double quotes.
    package mutating func append(xmlAttribute text: Bytes) {
        append(text, escaping: Escapes.attribute)
    }

    /// What stands in a comment or an instruction, where nothing but a carriage return would be read as something else.
    mutating func append(xmlInside text: Bytes) {
        append(text, escaping: Escapes.inside)
    }

    private enum Escapes { case text, attribute, inside }

    private mutating func append(_ text: Bytes, escaping escapes: Escapes) {
        var copied = 0
        var index = 0
        while true {
            while index + 8 <= text.count {
                let places = WordScan.markupBytes(text.word(at: index))
                if places != 0 {
                    index += places.trailingZeroBitCount / 8
                    break
                }
                index += 8
            }
            guard index < text.count else { break }
            let byte = text[index]
            index += 1
            let escape: StaticString
            switch byte {
            case 0x0D: escape = "&#xD;"
            case UInt8(ascii: "&") where escapes != .inside: escape = "&amp;"
            case UInt8(ascii: "<") where escapes != .inside: escape = "&lt;"
            case UInt8(ascii: ">") where escapes == .text: escape = "&gt;"
            case UInt8(ascii: "\"") where escapes == .attribute: escape = "&quot;"
            case 0x09 where escapes == .attribute: escape = "&#x9;"
            case 0x0A where escapes == .attribute: escape = "&#xA;"
            default: continue
            }
            append(text[copied..<index - 1])
            append(escape)
            copied = index
        }
        append(text[copied..<text.count])
    }
}
