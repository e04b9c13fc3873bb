import Ground
import XML

/// A maker of values from the elements of a record.
struct XMLDatumMaker {
    struct Failure: Error {
        let message: String
    }

    let tape: XMLTape
    let reading: XMLReading
    private(set) var shape: XMLShape

    mutating func appendRecord(to builder: inout DatumBuilder) throws {
        if let problem = tape.problem { throw Failure(message: problem) }
        try append(0, in: XMLShape.top, path: "", isRecord: true, to: &builder)
    }

    // MARK: Elements

    /// Recursion is bounded by the depth of a document.
    private mutating func append(_ index: Int, in place: Int, path: String, isRecord: Bool = false, to builder: inout DatumBuilder) throws {
        let node = tape.nodes[index]
        // Most elements have one text and nothing else.
        if !isRecord, node.end <= index + 2 {
            if node.end == index + 1 { return try append(text: .empty, node.hint, to: &builder) }
            if tape.nodes[index + 1].kind == .text { return try append(text: tape.text(tape.nodes[index + 1]), node.hint, to: &builder) }
        }
        let contents = contents(of: index)
        let form: XMLForm
        switch node.hint {
        case .none:
            form = shape.form(
                of: tape.name(node).string, contents, in: place, isToldList: reading.lists.contains(path), isRecord: isRecord)
        case .list: form = .list
        case .object: form = .object
        case .mixed: form = .marked
        default:
            guard !contents.hasElements else {
                throw Failure(message: "`\(tape.name(node).string)` is a \(node.hint.name) and has elements in it.")
            }
            form = .text
        }
        switch form {
        case .text: try appendText(index, contents, isRecord: isRecord, to: &builder)
        case .list:
            try builder.beginArray()
            for child in children(of: index) where tape.nodes[child].kind == .element {
                try append(child, inside: place, path: path, to: &builder)
            }
            try builder.endArray()
        case .object: try appendObject(index, in: place, path: path, to: &builder)
        case .marked: try appendMarked(index, contents, in: place, path: path, to: &builder)
        }
    }

    /// An element that stands in one of the place.
    private mutating func append(_ child: Int, inside place: Int, path: String, to builder: inout DatumBuilder) throws {
        let node = tape.nodes[child]
        let name = tape.name(node).string
        let number = node.isField ? XMLShape.nowhere : shape.place(of: name, in: place)
        let below = reading.lists.isEmpty ? "" : path.isEmpty ? name : "\(path)/\(name)"
        try append(child, in: number, path: below, to: &builder)
    }

    private func contents(of index: Int) -> XMLContents {
        var contents = XMLContents()
        for child in children(of: index) {
            let node = tape.nodes[child]
            switch node.kind {
            case .attribute:
                contents.attributeCount += 1
                if tape.name(node).equals("id") { contents.hasIdentifier = true }
            case .element:
                if node.isField { contents.fieldCount += 1 } else { contents.add(element: tape.name(node).string) }
            case .text: if tape.text(node).trimmed.count > 0 { contents.isBlank = false }
            case .comment, .instruction: break
            }
        }
        return contents
    }

    private func children(of index: Int) -> XMLTapeChildren { XMLTapeChildren(tape: tape, position: index + 1, end: tape.nodes[index].end) }

    // MARK: Forms

    func appendAttributes(_ index: Int, isExact: Bool = false, to builder: inout DatumBuilder) throws {
        for child in index + 1..<tape.nodes[index].end {
            let node = tape.nodes[child]
            guard node.kind == .attribute else { return }
            let name = tape.name(node)
            if !isExact, name.equals("id") {
                try append(key: name, to: &builder)
            } else {
                try append(key: tape.key(ofAttribute: node), to: &builder)
            }
            try append(string: tape.text(node), to: &builder)
        }
    }

    private func appendText(_ index: Int, _ contents: XMLContents, isRecord: Bool, to builder: inout DatumBuilder) throws {
        let node = tape.nodes[index]
        var text = Bytes.empty
        for child in children(of: index) where tape.nodes[child].kind == .text { text = tape.text(tape.nodes[child]) }
        // The whole of a record can be one text, which says that it is an object.
        guard isRecord && node.hint != .json || contents.attributeCount > 0 else { return try append(text: text, node.hint, to: &builder) }
        try builder.beginObject()
        try appendAttributes(index, to: &builder)
        if !isRecord || text.trimmed.count > 0 || node.hint != .none {
            builder.key("#")
            try append(text: text, node.hint, to: &builder)
        }
        try builder.endObject()
    }

    private mutating func appendObject(_ index: Int, in place: Int, path: String, to builder: inout DatumBuilder) throws {
        try builder.beginObject()
        try appendAttributes(index, to: &builder)
        var elements: [Int] = []
        for child in children(of: index) where tape.nodes[child].kind == .element { elements.append(child) }
        var first = 0
        while first < elements.count {
            let node = tape.nodes[elements[first]]
            var last = first
            while !node.isField, last + 1 < elements.count, !tape.nodes[elements[last + 1]].isField,
                tape.name(tape.nodes[elements[last + 1]]) == tape.name(node)
            {
                last += 1
            }
            try append(key: tape.name(node), to: &builder)
            if last > first { try builder.beginArray() }
            for element in elements[first...last] { try append(element, inside: place, path: path, to: &builder) }
            if last > first { try builder.endArray() }
            first = last + 1
        }
        try builder.endObject()
    }

    private mutating func appendMarked(
        _ index: Int, _ contents: XMLContents, in place: Int, path: String, to builder: inout DatumBuilder
    ) throws {
        try builder.beginObject()
        try appendAttributes(index, to: &builder)
        builder.key("#")
        try builder.beginArray()
        let keepsBlanks = !contents.isBlank || tape.nodes[index].hint == .mixed
        for child in children(of: index) {
            let node = tape.nodes[child]
            if node.kind == .text, keepsBlanks { try append(string: tape.text(node), to: &builder) }
            guard node.kind == .element else { continue }
            try builder.beginObject()
            try append(key: tape.name(node), to: &builder)
            try append(child, inside: place, path: path, to: &builder)
            try builder.endObject()
        }
        try builder.endArray()
        try builder.endObject()
    }

    // MARK: Texts

    func append(key: Bytes, to builder: inout DatumBuilder) throws {
        try builder.reserve(nodes: 0, text: key.count)
        builder.appendText(key, kind: .string)
    }

    private func append(string: Bytes, to builder: inout DatumBuilder) throws { try append(key: string, to: &builder) }

    func append(text: Bytes, _ hint: XMLHint, to builder: inout DatumBuilder) throws {
        switch hint {
        case .string: return try append(string: text, to: &builder)
        case .none, .number, .boolean, .time: break
        case .null: return builder.appendNull()
        case .binary:
            let compact = text.copy().filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            guard let bytes = compact.span.withBytes({ Base64.decode($0) }) else { throw Failure(message: "A binary value is not Base64.") }
            try builder.reserve(nodes: 0, text: bytes.count)
            return builder.append(binary: bytes.span)
        case .list:
            try builder.beginArray()
            return try builder.endArray()
        case .object:
            try builder.beginObject()
            return try builder.endObject()
        case .mixed:
            try builder.beginObject()
            builder.key("#")
            try builder.beginArray()
            if text.count > 0 { try append(string: text, to: &builder) }
            try builder.endArray()
            return try builder.endObject()
        case .json:
            do { return try builder.append(try text.withSpan { json throws(JSONError) in try Datum(json: json) }) } catch let error
                as JSONError
            {
                throw Failure(message: "A value is not JSON: \(error.message)")
            }
        }
        guard hint != .none || reading.guessesTypes else { return try append(string: text, to: &builder) }
        let guess = XMLValues.guess(text)
        switch (guess, hint) {
        case (.bool(let bool), .none), (.bool(let bool), .boolean): builder.append(bool: bool)
        case (.number(let number), .none): try append(number: number, to: &builder)
        case (.time(let time), .none), (.time(let time), .time): try builder.append(time)
        case (_, .none): try append(string: text, to: &builder)
        case (_, .number): try append(number: text.trimmed, to: &builder)
        case (_, .boolean) where text.trimmed.equals("1") || text.trimmed.equals("0"): builder.append(bool: text.trimmed.equals("1"))
        default: throw Failure(message: "`\(text.string.prefix(64))` is no \(hint.name).")
        }
    }

    private func append(number: Bytes, to builder: inout DatumBuilder) throws {
        guard let datum = try? number.withSpan({ json throws(JSONError) in try Datum(json: json) }), datum.kind == .number else {
            throw Failure(message: "`\(number.string.prefix(64))` is no number.")
        }
        try builder.append(datum)
    }

    // MARK: Whole documents

    /// `{"#document": […]}` with all that the document consists of, and its key if the root has one.
    mutating func appendDocument(to builder: inout DatumBuilder) throws {
        try builder.beginObject()
        let everything = XMLTapeChildren(tape: tape, position: 0, end: tape.nodes.count)
        for child in everything where tape.nodes[child].kind == .element {
            for attribute in children(of: child) {
                let node = tape.nodes[attribute]
                guard node.kind == .attribute, tape.name(node).equals("id") else { continue }
                builder.key("id")
                try append(string: tape.text(node), to: &builder)
            }
        }
        builder.key(XMLDocumentWriter.wholeDocument)
        try appendItems(everything, to: &builder)
        try builder.endObject()
    }

    private func appendItems(_ children: XMLTapeChildren, to builder: inout DatumBuilder) throws {
        try builder.beginArray()
        for child in children {
            let node = tape.nodes[child]
            switch node.kind {
            case .attribute: continue
            case .text: try append(string: tape.text(node), to: &builder)
            case .element, .comment, .instruction:
                try builder.beginObject()
                switch node.kind {
                case .comment: builder.key("!")
                case .instruction: builder.key("?" + tape.name(node).string)
                default: try append(key: tape.name(node), to: &builder)
                }
                if node.kind == .element {
                    try appendExactly(child, to: &builder)
                } else {
                    try append(string: tape.text(node), to: &builder)
                }
                try builder.endObject()
            }
        }
        try builder.endArray()
    }

    private func appendExactly(_ index: Int, to builder: inout DatumBuilder) throws {
        var attributeCount = 0
        var others = 0
        var text = Bytes.empty
        for child in children(of: index) {
            switch tape.nodes[child].kind {
            case .attribute: attributeCount += 1
            case .text: text = tape.text(tape.nodes[child])
            default: others += 1
            }
        }
        if attributeCount == 0, others == 0 { return try append(string: text, to: &builder) }
        try builder.beginObject()
        try appendAttributes(index, isExact: true, to: &builder)
        builder.key("#")
        if others == 0 { try append(string: text, to: &builder) } else { try appendItems(children(of: index), to: &builder) }
        try builder.endObject()
    }
}

/// The nodes in an element, one after the other, without those in them.
struct XMLTapeChildren: Sequence, IteratorProtocol {
    let tape: XMLTape
    var position: Int
    let end: Int

    mutating func next() -> Int? {
        guard position < end else { return nil }
        defer { position = tape.nodes[position].end }
        return position
    }
}
