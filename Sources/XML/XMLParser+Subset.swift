import Ground

/// The declarations inside a document (`<!DOCTYPE a [ … ]>`). What they say of the order of elements is read and not held to.
extension XMLParser {
    /// Reads one of them.
    mutating func readSubset() throws(XMLError) -> XMLEvent? {
        while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
        guard position < bytes.count else {
            guard !sources.isEmpty else { return try wanting("the DOCTYPE") }
            try leaveSource()
            return nil
        }
        let rest = bytes.dropFirst(position)
        switch rest[0] {
        case UInt8(ascii: "]"):
            guard sources.isEmpty else { throw failure("`]` may not stand in the text of an entity here.", at: position) }
            return try readEndOfSubset()
        case UInt8(ascii: "%"): return try readParameterReference()
        case UInt8(ascii: "<"): break
        default: throw failure("A declaration or the end of the DOCTYPE (`]>`) must stand here.", at: position)
        }
        if rest.begins("<!--") { return try hidden(try readComment()) }
        if rest.begins("<?") { return try hidden(try readInstruction()) }
        if !isWhole, rest.isBeginning(of: "<!--") || rest.isBeginning(of: "<?") { return try wanting("a declaration") }
        guard try hasEnd(.declaration) else { return try wanting("a declaration") }
        var scanner = XMLScanner(bytes, from: position, limits)
        do throws(XMLScanner.Failure) {
            if scanner.take("<!ELEMENT") {
                try scanner.elementDeclaration(depth: limits.depth)
            } else if scanner.take("<!ATTLIST") {
                try readAttributeList(&scanner)
            } else if scanner.take("<!ENTITY") {
                try readEntity(&scanner)
            } else if scanner.take("<!NOTATION") {
                try scanner.notationDeclaration()
            } else {
                throw scanner.failure("A declaration is `<!ELEMENT`, `<!ATTLIST`, `<!ENTITY` or `<!NOTATION`.")
            }
            _ = scanner.skipSpace()
            try scanner.require(">")
        } catch {
            throw failure(error.message, at: error.index)
        }
        position = scanner.index
        return nil
    }

    /// Comments and instructions among the declarations are passed over.
    private func hidden(_ event: XMLEvent?) throws(XMLError) -> XMLEvent? { event == .needsInput ? event : nil }

    private mutating func readEndOfSubset() throws(XMLError) -> XMLEvent? {
        var index = position + 1
        while index < bytes.count, bytes[index].isXMLSpace { index += 1 }
        guard index < bytes.count else { return try wanting("the DOCTYPE") }
        guard bytes[index] == UInt8(ascii: ">") else { throw failure("A DOCTYPE ends with `]>`.", at: index) }
        position = index + 1
        phase = .prologueAfterDoctype
        return nil
    }

    private mutating func readParameterReference() throws(XMLError) -> XMLEvent? {
        let start = position + 1
        let end = XMLNames.beginsName(bytes, at: start) ? XMLNames.end(bytes, from: start) : start
        try checkLength(of: bytes[start..<end], at: start)
        guard end < bytes.count else { return try wanting("a reference") }
        guard end > start, bytes[end] == UInt8(ascii: ";") else {
            throw failure("A reference to a parameter entity is `%`, its name and `;`.", at: position)
        }
        hasParameterReferences = true
        if let number = try entity(bytes[start..<end], isParameter: true, at: position) { try enter(number, goingOnAt: end + 1) }
        return nil
    }

    // MARK: Entities

    private mutating func readEntity(_ scanner: inout XMLScanner) throws(XMLScanner.Failure) {
        try scanner.requireSpace()
        let isParameter = scanner.take("%")
        if isParameter { try scanner.requireSpace() }
        let name = try scanner.name().string
        guard limits.allowsEntities else { throw scanner.failure("A document from here may declare no entities.") }
        try scanner.requireSpace()
        if let location = try scanner.externalIdentifier(needsSystem: true) {
            let hasSpace = scanner.skipSpace()
            let isUnparsed = !isParameter && scanner.take("NDATA")
            if isUnparsed {
                guard hasSpace else { throw scanner.failure("A blank must stand in front of `NDATA`.") }
                try scanner.requireSpace()
                _ = try scanner.name()
            }
            let entity = XMLDeclarations.Entity(name: name, text: ByteBuffer(capacity: 0), location: location, isUnparsed: isUnparsed)
            return declarations.add(entity, isParameter: isParameter)
        }
        let text = try replacementText(&scanner)
        declarations.add(XMLDeclarations.Entity(name: name, text: text, location: nil, isUnparsed: false), isParameter: isParameter)
    }

    /// What an entity's value in quotes stands for: references to characters are replaced, those to entities stay.
    private func replacementText(_ scanner: inout XMLScanner) throws(XMLScanner.Failure) -> ByteBuffer {
        let value = try scanner.quoted()
        var text = ByteBuffer(capacity: value.count)
        var index = 0
        while index < value.count {
            let byte = value[index]
            if byte == UInt8(ascii: "%") {
                throw scanner.failure("Parameter entities may not stand inside declarations: write `&#37;` for the character.")
            }
            guard byte == UInt8(ascii: "&") else {
                text.append(byte)
                index += 1
                continue
            }
            let read: (Reference, end: Int)?
            do throws(XMLError) { read = try reference(in: value, at: index, place: scanner.index) } catch {
                throw scanner.failure(error.message)
            }
            guard let (reference, end) = read else { throw scanner.failure("A reference does not end with `;`.") }
            if case .character(let character) = reference {
                text.append(scalar: character)
            } else {
                text.append(value[index..<end])
            }
            index = end
        }
        return text
    }

    // MARK: Attributes

    private mutating func readAttributeList(_ scanner: inout XMLScanner) throws(XMLScanner.Failure) {
        try scanner.requireSpace()
        let element = try scanner.qualifiedName().string
        var declared = declarations.attributes[element] ?? XMLDeclarations.ElementAttributes()
        while scanner.skipSpace(), scanner.byte != UInt8(ascii: ">") {
            let name = try scanner.qualifiedName().copy()
            try scanner.requireSpace()
            let isTokens = try scanner.attributeType()
            try scanner.requireSpace()
            var hasDefault = false
            if !scanner.take("#REQUIRED"), !scanner.take("#IMPLIED") {
                if scanner.take("#FIXED") { try scanner.requireSpace() }
                hasDefault = true
            }
            var value: [UInt8] = []
            if hasDefault {
                let text = try scanner.quoted()
                scratch.removeAll()
                do throws(XMLError) { try appendValue(text, from: position) } catch { throw scanner.failure(error.message) }
                value = scratch.bytes
                if isTokens { value = Array(value.split(separator: 0x20).joined(separator: [0x20])) }
            }
            guard declared.definitions.count < limits.attributeCount else {
                throw scanner.failure("More than \(limits.attributeCount) attributes are declared for an element.")
            }
            declared.add(XMLDeclarations.AttributeDefinition(name: name, isTokens: isTokens, value: value), hasDefault: hasDefault)
        }
        declarations.attributes[element] = declared
    }
}

extension XMLScanner {
    /// The type of an attribute; true if its values consist of tokens.
    fileprivate mutating func attributeType() throws(Failure) -> Bool {
        if take("CDATA") { return false }
        if take("NOTATION") {
            try requireSpace()
            try tokens(areNames: true)
            return true
        }
        if byte == UInt8(ascii: "(") {
            try tokens(areNames: false)
            return true
        }
        for word: StaticString in ["IDREFS", "IDREF", "ID", "ENTITIES", "ENTITY", "NMTOKENS", "NMTOKEN"] where take(word) { return true }
        throw failure("A type of an attribute must stand here: CDATA, ID, IDREF, ENTITY, NMTOKEN, NOTATION or a list.")
    }

    /// `(a|b|c)`.
    private mutating func tokens(areNames: Bool) throws(Failure) {
        try require("(")
        repeat {
            _ = skipSpace()
            _ = areNames ? try name() : try nameToken()
            _ = skipSpace()
        } while take("|")
        try require(")")
    }

    fileprivate mutating func notationDeclaration() throws(Failure) {
        try requireSpace()
        _ = try name()
        try requireSpace()
        guard try externalIdentifier(needsSystem: false) != nil else { throw failure("`SYSTEM` or `PUBLIC` must stand here.") }
    }

    /// What an element may contain.
    fileprivate mutating func elementDeclaration(depth: Int) throws(Failure) {
        try requireSpace()
        _ = try qualifiedName()
        try requireSpace()
        if take("EMPTY") || take("ANY") { return }
        guard byte == UInt8(ascii: "(") else { throw failure("`EMPTY`, `ANY` or a list in parentheses must stand here.") }
        let start = index
        try require("(")
        _ = skipSpace()
        if take("#PCDATA") { return try mixedContent() }
        self = XMLScanner(bytes, from: start, limits)
        try elementContent(depth: depth)
    }

    /// What follows `(#PCDATA`.
    private mutating func mixedContent() throws(Failure) {
        var hasNames = false
        _ = skipSpace()
        while take("|") {
            _ = skipSpace()
            _ = try qualifiedName()
            _ = skipSpace()
            hasNames = true
        }
        try require(")")
        if hasNames { try require("*") } else { _ = take("*") }
    }

    private mutating func skipOccurrence() {
        if !take("?"), !take("*") { _ = take("+") }
    }

    /// Lists of elements, each a sequence or a choice, one in the other. A loop, not a recursion: depth costs no stack.
    private mutating func elementContent(depth: Int) throws(Failure) {
        /// What stands between the parts of the lists that are open; 0 where that is not known yet.
        var separators: [UInt8] = []
        while true {
            _ = skipSpace()
            if take("(") {
                guard separators.count < depth else { throw failure("The lists stand too deep one in the other.") }
                separators.append(0)
                continue
            }
            _ = try qualifiedName()
            skipOccurrence()
            while true {
                _ = skipSpace()
                if take(")") {
                    separators.removeLast()
                    skipOccurrence()
                    if separators.isEmpty { return }
                    continue
                }
                let separator = byte
                guard separator == UInt8(ascii: "|") && take("|") || separator == UInt8(ascii: ",") && take(",") else {
                    throw failure("`|`, `,` or `)` must stand here.")
                }
                let open = separators[separators.count - 1]
                guard open == 0 || open == separator else { throw failure("A list has `|` or `,` between its parts, not both.") }
                separators[separators.count - 1] = separator
                break
            }
        }
    }
}
