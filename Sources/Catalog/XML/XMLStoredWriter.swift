import Ground
import XML

/// A writer of documents as elements in one pass over the bytes that are stored of them.
///
/// It writes what ``XMLDocumentWriter`` writes of the same value, byte for byte, or nothing: whatever the shape would learn from, and what
/// is rare, it leaves to that one.
struct XMLStoredWriter {
    let plan: XMLPlan
    private let record: String
    /// The element that was written last, without the declarations that it needs.
    private(set) var body = ByteBuffer(capacity: 1024)
    private(set) var declarations = XMLHintDeclarations()

    private var json = Bytes.empty
    private var index = 0
    /// Parts of the elements that are open, to be put in their order.
    private var parts: [Part] = []
    /// What is taken up to be put down in another order, or freed of escapes.
    private var shelf = ByteBuffer()
    /// The prefixes that the elements around declare, each where it stands in `json`.
    private var prefixes: [Range<Int>] = []
    /// Whether the object that was written last needs its end tag yet.
    private var isOpen = false

    private struct Part: BitwiseCopyable {
        let rank: Int
        let start: Int
        var end = 0
    }

    /// The ranks of what stands in front of elements.
    private enum Rank {
        static var identifier: Int { -3 }
        static var attributes: Int { -2 }
        static var tagEnd: Int { -1 }
    }

    init(_ plan: XMLPlan, record: String) {
        self.plan = plan
        self.record = record
    }

    /// Writes the document to ``body``. False if it is left to the other writer.
    mutating func write(_ document: StoredDocument) -> Bool {
        json = document.json
        index = 0
        body.removeAll()
        parts.removeAll(keepingCapacity: true)
        prefixes.removeAll(keepingCapacity: true)
        declarations = XMLHintDeclarations()
        body.append(UInt8(ascii: "<"))
        body.append(record)
        guard writeObject(in: plan.places[XMLShape.top], .empty, isRecord: true), index == json.count else { return false }
        if isOpen {
            body.append("</")
            body.append(record)
            body.append(UInt8(ascii: ">"))
        }
        return true
    }

    // MARK: Values

    /// Writes the value at `index` as an element. Recursion is bounded by the depth of documents.
    private mutating func writeValue(_ field: XMLPlan.Field, isInArray: Bool = false) -> Bool {
        guard next != UInt8(ascii: "[") else { return writeArray(field, isInArray: isInArray) }
        body.append(plan.startTag(field))
        guard next == UInt8(ascii: "{"), !isPseudoType else { return writeScalar(plan.endTag(field)) }
        guard writeObject(in: plan.places[field.place], plan.endTag(field)) else { return false }
        if isOpen { body.append(plan.endTag(field)) }
        return true
    }

    /// Writes the scalar at `index` behind a start tag that has no `>` yet.
    private mutating func writeScalar(_ endTag: Bytes) -> Bool {
        let start = index
        switch next {
        case UInt8(ascii: "\""):
            guard let text = takeString(), isText(text) else { return false }
            writeText(text, isString(text) ? .none : .string, endTag)
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            guard take("true") || take("false") else { return false }
            writeText(json[start..<index], .none, endTag)
        case UInt8(ascii: "n"):
            guard take("null") else { return false }
            writeText(.empty, .null, endTag)
        case UInt8(ascii: "{"):
            // A time or a binary value has no brace in it.
            while index < json.count, json[index] != UInt8(ascii: "}") { index += 1 }
            guard take(UInt8(ascii: "}")) else { return false }
            let value = StoredDocument.value(json[start..<index], owner: nil)
            guard value.kind == .time || value.kind == .binary else { return false }
            let (text, hint) = XMLDocumentWriter.scalar(value)
            text.withBytes { writeText($0, hint, endTag) }
        case UInt8(ascii: "-"), 0x30...0x39:
            while index < json.count, json[index] != UInt8(ascii: ","), json[index] | 0x20 != UInt8(ascii: "}") { index += 1 }
            let text = json[start..<index]
            if case .number = XMLValues.guess(text) { writeText(text, .none, endTag) } else { writeText(text, .number, endTag) }
        default: return false
        }
        return true
    }

    private mutating func writeText(_ text: Bytes, _ hint: XMLHint, _ endTag: Bytes) {
        body.append(hint, &declarations)
        guard text.count > 0 else { return body.append("/>") }
        body.append(UInt8(ascii: ">"))
        body.append(xmlText: text)
        body.append(endTag)
    }

    /// - Parameter isInArray: whether the array is a value of another one.
    private mutating func writeArray(_ field: XMLPlan.Field, isInArray: Bool) -> Bool {
        let place = plan.places[field.place]
        index += 1
        let (first, start) = (index, body.count)
        if take(UInt8(ascii: "]")) {
            body.append(plan.startTag(field))
            body.append(.list, &declarations)
            body.append("/>")
            return true
        }
        if place.isRepeated, !isInArray {
            guard let count = writeElements(field) else { return false }
            if count > 1 { return true }
            // One value alone is a list.
            body.truncate(to: start)
            index = first
        }
        guard let one = place.one, isDeclared(plan.fields[one]) else { return false }
        body.append(plan.startTag(field))
        if place.isHintedList { body.append(.list, &declarations) }
        body.append(UInt8(ascii: ">"))
        // Of many values in a field that is no list the shape learns that they are elements of its name.
        guard let count = writeElements(plan.fields[one]), isInArray || count == 1 || !place.isHintedList else { return false }
        body.append(plan.endTag(field))
        return true
    }

    /// Writes the values of an array from `index` on as elements, and returns how many there were.
    private mutating func writeElements(_ field: XMLPlan.Field) -> Int? {
        var count = 0
        repeat {
            guard writeValue(field, isInArray: true) else { return nil }
            count += 1
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? count : nil
    }

    // MARK: Objects

    /// What an object has had so far.
    private struct Contents {
        let firstPart: Int
        var attributeCount = 0
        var attributeByteCount = 0
        var elementCount = 0
        /// Whether its last element would make a list of it, if it is the only one.
        var makesList = false
        /// Where the value of `#` is.
        var content: Int?
        var isSorted = true
    }

    /// Writes the object at `index` behind its start tag, which has no `>` yet. ``isOpen`` says then whether it needs its end tag.
    private mutating func writeObject(in place: XMLPlan.Place, _ endTag: Bytes, isRecord: Bool = false) -> Bool {
        var contents = Contents(firstPart: parts.count)
        let prefixCount = prefixes.count
        guard take(UInt8(ascii: "{")) else { return false }
        if !take(UInt8(ascii: "}")) {
            var guess = place.firstField
            repeat {
                guard index + 1 < json.count else { return false }
                let isWritten =
                    switch json[index + 1] {
                    case UInt8(ascii: "#"): takeContent(&contents)
                    case UInt8(ascii: "@"): writeAttribute(&contents)
                    default: writeField(in: place, &guess, &contents)
                    }
                guard isWritten else { return false }
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { return false }
        }
        if !contents.isSorted { sortParts(from: contents.firstPart) }
        parts.removeSubrange(contents.firstPart...)
        prefixes.removeSubrange(prefixCount...)
        isOpen = contents.elementCount > 0
        if let content = contents.content {
            guard !isOpen, !isRecord, contents.attributeCount > 0 else { return false }
            let end = index
            index = content
            guard writeScalar(endTag) else { return false }
            index = end
            return true
        }
        if isOpen { return isRecord || contents.elementCount > 1 || contents.attributeCount > 0 || !contents.makesList }
        if !isRecord { body.append(.object, &declarations) }
        body.append("/>")
        return true
    }

    /// Goes over the field `#`, which comes first here and last in XML.
    private mutating func takeContent(_ contents: inout Contents) -> Bool {
        guard take("\"#\":") else { return false }
        contents.content = index
        let written = body.count
        guard writeScalar(.empty) else { return false }
        body.truncate(to: written)
        return true
    }

    private mutating func writeField(in place: XMLPlan.Place, _ guess: inout Int, _ contents: inout Contents) -> Bool {
        if place.identifier != .element, take("\"id\":") { return place.identifier != nil && writeIdentifier(&contents) }
        guard let number = plan.field(json.dropFirst(index), in: place, guess: guess) else { return false }
        guess = number + 1
        let field = plan.fields[number]
        guard isDeclared(field) else { return false }
        index += field.nameCount + 3
        if contents.elementCount == 0 {
            beginPart(Rank.tagEnd, &contents)
            body.append(UInt8(ascii: ">"))
        }
        contents.elementCount += 1
        contents.makesList = field.makesList
        beginPart(field.rank, &contents)
        return writeValue(field)
    }

    private mutating func writeIdentifier(_ contents: inout Contents) -> Bool {
        guard let text = takeString(), text.count <= XMLDocumentWriter.attributeByteCount, isText(text) else { return false }
        contents.attributeCount += 1
        beginPart(Rank.identifier, &contents)
        body.append(" id=\"")
        body.append(xmlAttribute: text)
        body.append(UInt8(ascii: "\""))
        return true
    }

    private mutating func writeAttribute(_ contents: inout Contents) -> Bool {
        let start = index + 2
        // A character in front of which `@` or a colon is none of its own any more is left to the other writer.
        guard XMLNames.beginsName(json, at: start), json[start] < 0x80 else { return false }
        var end = XMLNames.end(json, from: start)
        var prefix = Bytes.empty
        if end + 1 < json.count, json[end] == UInt8(ascii: ":") {
            guard XMLNames.beginsName(json, at: end + 1), json[end + 1] < 0x80 else { return false }
            prefix = json[start..<end]
            end = XMLNames.end(json, from: end + 1)
        }
        let name = json[start..<end]
        guard name.count <= 1024, !name.equals("id") else { return false }
        index = end
        guard take("\":"), let text = takeString(), isText(text) else { return false }
        if name.equals("xmlns") || prefix.equals("xmlns") {
            let declared = name.dropFirst(min(name.count, 6))
            guard XMLDocumentWriter.mayDeclare(declared.string, text.string) else { return false }
            prefixes.append(end - declared.count..<end)
        } else if prefix.count > 0, !prefix.equals("xml") {
            return false
        }
        contents.attributeByteCount += name.count + 1 + text.count
        guard contents.attributeByteCount <= XMLDocumentWriter.attributeByteCount, contents.elementCount == 0,
            contents.attributeCount < XMLDocumentWriter.mostAttributes
        else { return false }
        if contents.attributeCount == 0 { beginPart(Rank.attributes, &contents) }
        contents.attributeCount += 1
        body.append(UInt8(ascii: " "))
        body.append(name)
        body.append("=\"")
        body.append(xmlAttribute: text)
        body.append(UInt8(ascii: "\""))
        return true
    }

    private func isDeclared(_ field: XMLPlan.Field) -> Bool {
        field.prefixCount == 0 || prefixes.contains { json[$0] == plan.prefix(field) }
    }

    // MARK: Order

    private mutating func beginPart(_ rank: Int, _ contents: inout Contents) {
        if parts.count > contents.firstPart, parts[parts.count - 1].rank > rank { contents.isSorted = false }
        parts.append(Part(rank: rank, start: body.count))
    }

    /// Puts the parts from `first` on, which end where `body` does, in their order. No two have the same rank.
    private mutating func sortParts(from first: Int) {
        for number in first..<parts.count { parts[number].end = number + 1 < parts.count ? parts[number + 1].start : body.count }
        let start = parts[first].start
        shelf.removeAll()
        shelf.append(body.raw[start..<body.count])
        body.truncate(to: start)
        parts[first...].sort { $0.rank < $1.rank }
        for part in parts[first...] { body.append(shelf.raw[part.start - start..<part.end - start]) }
    }

    // MARK: JSON

    /// The byte at `index`; at the end one that begins and ends nothing.
    private var next: UInt8 { index < json.count ? json[index] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(_ literal: StaticString) -> Bool {
        let end = index + literal.utf8CodeUnitCount
        guard end <= json.count, json[index..<end].equals(literal) else { return false }
        index = end
        return true
    }

    private var isPseudoType: Bool {
        let rest = json.dropFirst(index)
        let lead: StaticString = "{\"$reql_type$\":"
        return rest.count > lead.utf8CodeUnitCount && rest[0..<lead.utf8CodeUnitCount].equals(lead)
    }

    /// The string at `index` without its escapes, good until the next one; nil if there is none.
    private mutating func takeString() -> Bytes? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = index
        var hasEscapes = false
        while true {
            skipPlain()
            guard next != UInt8(ascii: "\"") else { break }
            guard next == UInt8(ascii: "\\"), index + 2 <= json.count else { return nil }
            hasEscapes = true
            index += 2
        }
        let text = json[start..<index]
        index += 1
        guard hasEscapes else { return text }
        shelf.removeAll()
        StoredDocument.unescape(text, into: &shelf)
        return shelf.raw
    }

    /// Goes over what is neither a quote nor a backslash.
    private mutating func skipPlain() {
        while index + 8 <= json.count {
            let escaped = WordScan.escapedBytes(json.word(at: index))
            if escaped != 0 {
                index += escaped.trailingZeroBitCount / 8
                return
            }
            index += 8
        }
        while index < json.count, json[index] != UInt8(ascii: "\""), json[index] != UInt8(ascii: "\\") { index += 1 }
    }

    /// Whether XML can have each character.
    private func isText(_ text: Bytes) -> Bool {
        var position = 0
        while position + 8 <= text.count {
            // It is the first byte of those that can't be written, and of some others.
            let word = text.word(at: position)
            if WordScan.escapedBytes(word) | WordScan.places(of: 0xEF, in: word) != 0 { return XMLValues.isText(text) }
            position += 8
        }
        return XMLValues.isText(text.dropFirst(position))
    }

    /// Whether a reader takes the text for a string.
    private func isString(_ text: Bytes) -> Bool {
        guard text.count > 0 else { return true }
        switch text[0] {
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "-"), 0x30...0x39, 0...0x20:
            if case .string = XMLValues.guess(text) { return true }
            return false
        default: return true
        }
    }
}
