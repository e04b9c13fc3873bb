import Ground
import XML

/// Documents that keep the whole of an XML document, as `--exact` reads it.
extension XMLDocumentWriter {
    /// Writes a document that keeps a whole one, if this is one.
    func writeWholeDocument(_ document: Datum, into output: inout ByteBuffer) -> Bool {
        guard document.kind == .object, document.count <= 2, let items = document[field: Self.wholeDocument], items.kind == .array else {
            return false
        }
        var text = ByteBuffer()
        guard Self.write(exactly: items, isOutside: true, into: &text) else { return false }
        // Somebody may have made or changed it: what would not be read is no such document.
        var limits = XMLLimits()
        limits.depth = Datum.maximumDepth
        var parser = XMLParser(limits: limits)
        parser.append(text.span)
        parser.finish()
        do throws(XMLError) {
            while try parser.next() != .endOfDocument {}
        } catch {
            return false
        }
        output.append(text)
        return true
    }

    private static func write(exactly items: Datum, isOutside: Bool = false, into output: inout ByteBuffer) -> Bool {
        for item in items.elements {
            if let text = item.string, !isOutside {
                guard XMLValues.isText(text) else { return false }
                text.withBytes { output.append(xmlText: $0) }
                continue
            }
            guard item.kind == .object, item.count == 1 else { return false }
            let key = item.key(at: 0)
            if key == "!" || key.hasPrefix("?") {
                guard let text = item[0].string, XMLValues.isText(text), !text.utf8.contains(0x0D) else { return false }
                output.append(key == "!" ? "<!--" + text + "-->" : "<" + key + (text.isEmpty ? "" : " ") + text + "?>")
            } else {
                guard write(exactly: key, item[0], into: &output) else { return false }
            }
            if isOutside { output.append(UInt8(ascii: "\n")) }
        }
        if isOutside, output.count > 0 { output.truncate(to: output.count - 1) }
        return true
    }

    private static func write(exactly name: String, _ value: Datum, into output: inout ByteBuffer) -> Bool {
        guard XMLValues.prefix(ofName: name) != nil else { return false }
        output.append("<" + name)
        var content: Datum? = value
        if value.kind == .object {
            content = nil
            for (key, value) in value.fields {
                if key == "#" {
                    content = value
                    continue
                }
                guard key.hasPrefix("@"), let text = value.string, XMLValues.isText(text),
                    XMLValues.prefix(ofName: String(key.dropFirst())) != nil
                else { return false }
                output.append(" " + key.dropFirst() + "=\"")
                text.withBytes { output.append(xmlAttribute: $0) }
                output.append(UInt8(ascii: "\""))
            }
        }
        output.append(UInt8(ascii: ">"))
        switch content?.kind {
        case .string:
            guard let text = content?.string, XMLValues.isText(text) else { return false }
            text.withBytes { output.append(xmlText: $0) }
        case .array: guard let content, write(exactly: content, into: &output) else { return false }
        default: return false
        }
        output.append("</" + name + ">")
        return true
    }
}
