import Ground

/// What stands between the root's tags: text, references, tags, comments, instructions.
extension XMLParser {
    /// The next event; nil if what was read is none, and something else can be read.
    mutating func readContent() throws(XMLError) -> XMLEvent? {
        if isInCDATA { return try readCDATA() }
        guard position < bytes.count else {
            guard !sources.isEmpty else { return try wanting("the element `\(openName.string)`") }
            try leaveSource()
            return nil
        }
        switch bytes[position] {
        case UInt8(ascii: "<"): return try readMarkup()
        case UInt8(ascii: "&"): return try readReference()
        default: return try readText()
        }
    }

    // MARK: Text

    private mutating func readText() throws(XMLError) -> XMLEvent? {
        let start = position
        var index = start
        while index < bytes.count {
            if index + 8 <= bytes.count {
                let word = bytes.word(at: index)
                let places =
                    WordScan.places(of: UInt8(ascii: "<"), in: word) | WordScan.places(of: UInt8(ascii: "&"), in: word)
                    | WordScan.places(of: UInt8(ascii: "]"), in: word)
                if places == 0 {
                    index += 8
                    continue
                }
                index += places.trailingZeroBitCount / 8
            }
            let byte = bytes[index]
            if byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&") { break }
            if byte == UInt8(ascii: "]") {
                // Whether this begins `]]>` must be known.
                if index + 3 > bytes.count, !isWhole, !(index + 2 == bytes.count && bytes[index + 1] != UInt8(ascii: "]")) { break }
                if index + 3 <= bytes.count, bytes[index..<index + 3].equals("]]>") {
                    throw failure("`]]>` may not stand in text: write `]]&gt;`.", at: index)
                }
            }
            index += 1
        }
        guard index > start else { return try wanting("the element `\(openName.string)`") }
        position = index
        tell(text: bytes[start..<index])
        return .text
    }

    private mutating func readCDATA() throws(XMLError) -> XMLEvent? {
        let start = position
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "]") {
                if index + 3 > bytes.count { break }
                if bytes[index..<index + 3].equals("]]>") { break }
            }
            index += 1
        }
        if index > start {
            position = index
            tell(text: bytes[start..<index])
            return .text
        }
        guard index + 3 <= bytes.count else {
            // What is at most `]]` at the end of all ends nothing.
            return try wanting("a CDATA section")
        }
        position = index + 3
        isInCDATA = false
        return nil
    }

    // MARK: References

    private mutating func readReference() throws(XMLError) -> XMLEvent? {
        guard let (reference, end) = try reference(in: bytes, at: position) else {
            return try wanting("a reference")
        }
        switch reference {
        case .character(let value):
            scratch.removeAll()
            scratch.append(scalar: value)
            position = end
            tell(text: scratch.raw)
            return .text
        case .entity(let name):
            if let character = XMLDeclarations.predefined(bytes[name]) {
                scratch.removeAll()
                scratch.append(character)
                position = end
                tell(text: scratch.raw)
                return .text
            }
            guard let entity = try entity(bytes[name], at: position) else {
                tell(text: bytes[position..<end])
                position = end
                return .text
            }
            try enter(entity, goingOnAt: end)
            return nil
        }
    }

    enum Reference {
        case character(UInt32)
        /// Where its name stands.
        case entity(Range<Int>)
    }

    /// A reference at `start` and its end; nil if it may go on in what has not come.
    /// - Parameter place: where an error is, if not there.
    func reference(in bytes: Bytes, at start: Int, place: Int? = nil) throws(XMLError) -> (Reference, end: Int)? {
        let place = place ?? start
        var index = start + 1
        guard index < bytes.count else { return try unfinished(bytes, from: start, place) }
        guard bytes[index] == UInt8(ascii: "#") else {
            guard XMLNames.beginsName(bytes, at: index) else {
                throw failure("There is no name behind `&`: write `&amp;` for the character.", at: place)
            }
            let end = XMLNames.end(bytes, from: index)
            guard end < bytes.count else { return try unfinished(bytes, from: start, place) }
            guard bytes[end] == UInt8(ascii: ";") else {
                throw failure("The reference `&\(shown(bytes[index..<end]))` does not end with `;`.", at: place)
            }
            return (.entity(index..<end), end + 1)
        }
        index += 1
        let isHexadecimal = index < bytes.count && bytes[index] == UInt8(ascii: "x")
        if isHexadecimal { index += 1 }
        let first = index
        var value: UInt32 = 0
        while index < bytes.count, let digit = bytes[index].hexadecimalValue, isHexadecimal || digit < 10 {
            value = min(value * (isHexadecimal ? 16 : 10) + UInt32(digit), 0x110000)
            index += 1
        }
        guard index < bytes.count else { return try unfinished(bytes, from: start, place) }
        guard index > first, bytes[index] == UInt8(ascii: ";") else {
            throw failure("A reference to a character is `&#` and digits, or `&#x` and hexadecimal digits, and `;`.", at: place)
        }
        guard XMLNames.isCharacter(value) else { throw failure(XMLInput.forbidden(value), at: place) }
        return (.character(value), index + 1)
    }

    /// Nil, unless what has come is too long or there is nothing to come.
    private func unfinished(_ text: Bytes, from start: Int, _ place: Int) throws(XMLError) -> (Reference, end: Int)? {
        guard text.count - start <= limits.nameByteCount + 8 else {
            throw failure("A reference takes more than \(limits.nameByteCount) bytes.", at: place)
        }
        return nil
    }

    // MARK: Tags and their kin

    private mutating func readMarkup() throws(XMLError) -> XMLEvent? {
        guard position + 1 < bytes.count else { return try wanting("a tag") }
        switch bytes[position + 1] {
        case UInt8(ascii: "/"): return try readEndTag()
        case UInt8(ascii: "?"): return try readInstruction()
        case UInt8(ascii: "!"):
            let rest = bytes.dropFirst(position)
            if rest.begins("<!--") { return try readComment() }
            if rest.begins("<![CDATA[") {
                position += 9
                isInCDATA = true
                return nil
            }
            if rest.isBeginning(of: "<!--") || rest.isBeginning(of: "<![CDATA[") { return try wanting("a tag") }
            throw failure("Behind `<!` in an element comes a comment (`<!--`) or a CDATA section (`<![CDATA[`).", at: position)
        default: return try readStartTag()
        }
    }

    private mutating func readEndTag() throws(XMLError) -> XMLEvent? {
        let name = openName
        let start = position + 2
        let end = start + name.count
        if end < bytes.count, bytes[start..<end] == name, bytes[end] == UInt8(ascii: ">"), mayEnd {
            // It may have come in two pieces, and its end been looked for in the first.
            search = nil
            position = end + 1
            return endElement()
        }
        guard try hasEnd(.tag) else { return try wanting("a tag") }
        guard XMLNames.beginsName(bytes, at: start) else { throw failure("There is no name behind `</`.", at: position) }
        let (nameEnd, _) = try qualifiedName(bytes, from: start)
        guard bytes[start..<nameEnd] == name else {
            throw failure("`</\(shown(bytes[start..<nameEnd]))>` stands where `</\(shown(name))>` must.", at: position)
        }
        guard mayEnd else {
            throw failure("An element ends in the text of an entity, and began outside it.", at: position)
        }
        var index = nameEnd
        while index < bytes.count, bytes[index].isXMLSpace { index += 1 }
        guard index < bytes.count else { return try wanting("a tag") }
        guard bytes[index] == UInt8(ascii: ">") else { throw failure("An end tag has a name and nothing else.", at: index) }
        position = index + 1
        return endElement()
    }

    /// Whether the element that is open began in the text that is read now.
    private var mayEnd: Bool { openElements.count > (sources.last?.depth ?? 0) }

    /// The name of the element that is open.
    var openName: Bytes {
        guard openElements.count > 0 else { return .empty }
        return openNames.raw.dropFirst(openElements[openElements.count - 1].nameStart)
    }

    mutating func endElement() -> XMLEvent {
        isEmptyElement = false
        endsElement = true
        tell(name: openName)
        return .endElement
    }

    /// Takes the element that has ended off the open ones.
    mutating func closeElement() {
        endsElement = false
        let element = openElements.removeLast()
        openNames.truncate(to: element.nameStart)
        namespaces.removeBindings(downTo: element.bindingCount)
        if openElements.count == 0 { phase = .epilogue }
    }

    mutating func readComment() throws(XMLError) -> XMLEvent? {
        guard try hasEnd(.comment) else { return try wanting("a comment") }
        var index = position + 4
        while index + 1 < bytes.count, !(bytes[index] == 0x2D && bytes[index + 1] == 0x2D) { index += 1 }
        guard index + 2 < bytes.count else { return try wanting("a comment") }
        guard bytes[index + 2] == UInt8(ascii: ">") else { throw failure("`--` may not stand in a comment.", at: index) }
        tell(text: bytes[position + 4..<index])
        position = index + 3
        return .comment
    }

    mutating func readInstruction() throws(XMLError) -> XMLEvent? {
        guard try hasEnd(.instruction) else { return try wanting("a processing instruction") }
        let start = position + 2
        let end = XMLNames.beginsName(bytes, at: start) ? XMLNames.end(bytes, from: start) : start
        let target = bytes[start..<end]
        guard target.count > 0 else { throw failure("There is no name behind `<?`.", at: position) }
        try checkLength(of: target, at: start)
        if target.count == 3, target[0] | 0x20 == UInt8(ascii: "x"), target[1] | 0x20 == UInt8(ascii: "m"),
            target[2] | 0x20 == UInt8(ascii: "l")
        {
            throw failure(
                "The XML declaration stands only at the very beginning of a document, and no instruction is called so.", at: position)
        }
        var index = end
        while index < bytes.count, bytes[index].isXMLSpace { index += 1 }
        let text = index
        while index + 1 < bytes.count, !(bytes[index] == UInt8(ascii: "?") && bytes[index + 1] == UInt8(ascii: ">")) { index += 1 }
        guard index + 1 < bytes.count else { return try wanting("a processing instruction") }
        guard text > end || index == end else {
            throw failure("The target of a processing instruction is a name without a colon, with a blank behind it.", at: end)
        }
        tell(name: target)
        tell(text: bytes[text..<index])
        position = index + 2
        return .instruction
    }

    // MARK: Names

    /// Behind the name (with at most one colon) from `start` on, and where its colon is.
    func qualifiedName(_ bytes: Bytes, from start: Int) throws(XMLError) -> (end: Int, colon: Int?) {
        var end = XMLNames.end(bytes, from: start)
        var colon: Int?
        if end < bytes.count, bytes[end] == UInt8(ascii: ":") {
            colon = end
            guard XMLNames.beginsName(bytes, at: end + 1) else { throw failure("There is no name behind the colon.", at: end) }
            end = XMLNames.end(bytes, from: end + 1)
            if end < bytes.count, bytes[end] == UInt8(ascii: ":") { throw failure("A name has at most one colon.", at: end) }
        }
        try checkLength(of: bytes[start..<end], at: start)
        return (end, colon)
    }

    func checkLength(of name: Bytes, at index: Int) throws(XMLError) {
        guard name.count <= limits.nameByteCount else {
            throw failure("A name takes more than \(limits.nameByteCount) bytes.", at: index)
        }
    }

    /// A part of a message.
    func shown(_ bytes: Bytes) -> String { bytes.count <= 64 ? bytes.string : bytes[0..<64].string + "…" }
}

extension Bytes {
    func begins(_ word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && self[0..<word.utf8CodeUnitCount].equals(word)
    }

    /// Whether these bytes are too few to tell whether they begin `word`.
    func isBeginning(of word: StaticString) -> Bool {
        count < word.utf8CodeUnitCount && word.description.utf8.starts(with: copy())
    }
}
