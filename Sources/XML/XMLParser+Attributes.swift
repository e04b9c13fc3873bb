package import Ground

/// Start tags and the attributes in them.
extension XMLParser {
    /// Some bytes of the text that is read, or of ``XMLParser/scratch``.
    struct Slice: BitwiseCopyable {
        var start: Int
        var count: Int
        var isInScratch: Bool
    }

    struct Attribute: BitwiseCopyable {
        var name: Slice
        var value: Slice
        /// Bytes of the name in front of its colon; 0 if it has none.
        var prefixCount: Int
        /// Whether it declares a namespace, and one that is not in force already.
        var declares = Declaration.nothing

        enum Declaration: UInt8, BitwiseCopyable { case nothing, namespace, sameNamespace }
    }

    // MARK: What a start tag says

    /// Attributes of the element that begins, in the order of the document, those by default last. Declarations of namespaces are among
    /// them.
    package var attributeCount: Int { attributes.count }

    package func attributeName(_ index: Int) -> Bytes { resolve(attributes[index].name) }
    package func attributeValue(_ index: Int) -> Bytes { resolve(attributes[index].value) }

    /// The part of an attribute's name in front of its colon, empty if it has none.
    package func attributePrefix(_ index: Int) -> Bytes { attributeName(index)[0..<attributes[index].prefixCount] }

    /// Whether the attribute declares a namespace (`xmlns`, `xmlns:p`).
    package func isNamespaceDeclaration(_ index: Int) -> Bool { attributes[index].declares != .nothing }

    /// Whether the namespace that the attribute declares was in force for its prefix before.
    package func isSuperfluousDeclaration(_ index: Int) -> Bool { attributes[index].declares == .sameNamespace }

    /// The namespace that a prefix stands for at this place; that of elements without one for the empty prefix. Nil if there is none.
    package func namespace(of prefix: Bytes) -> Bytes? { namespaces.name(of: prefix) }

    private func resolve(_ slice: Slice) -> Bytes {
        (slice.isInScratch ? scratch.raw : bytes)[slice.start..<slice.start + slice.count]
    }

    // MARK: Reading

    mutating func readStartTag() throws(XMLError) -> XMLEvent? {
        var end: Int?
        // Nearly always the whole tag is there, and reading it finds its end. What is wrong with it counts only when it is whole, so that
        // it is the same however the bytes are split.
        let added = addedByteCount
        if search == nil { end = try? parseStartTag() }
        if end == nil {
            closeEntitiesOfValues()
            addedByteCount = added
            guard try hasEnd(.tag) else { return try wanting("a tag") }
            end = try parseStartTag()
        }
        guard let end else { return try wanting("a tag") }
        let nameStart = position + 1
        let nameEnd = nameStart + nameCount
        let name = bytes[nameStart..<nameEnd]
        guard openElements.count < limits.depth else {
            throw failure("More than \(limits.depth) elements stand one in the other.", at: position)
        }
        if !declarations.attributes.isEmpty { try applyDeclaredAttributes(of: name) }
        guard attributes.count <= limits.attributeCount else {
            throw failure("The element has more than \(limits.attributeCount) attributes.", at: position)
        }
        if attributes.count > 1 { try checkNamesDiffer() }
        openElements.append(OpenElement(nameStart: openNames.count, bindingCount: namespaces.count))
        openNames.append(name)
        try resolveNamespaces(of: name)
        phase = .content
        position = end
        tell(name: name)
        return .startElement
    }

    /// Reads the tag at `position` into ``attributes``. Nil if it does not end in the text that is there.
    private mutating func parseStartTag() throws(XMLError) -> Int? {
        attributes.truncate(to: 0)
        scratch.removeAll()
        hasNamespaces = false
        let bytes = bytes
        let count = bytes.count
        guard XMLNames.beginsName(bytes, at: position + 1) else {
            if position + 1 >= count { return nil }
            throw failure("There is no name behind `<`: write `&lt;` for the character.", at: position)
        }
        let (nameEnd, colon) = try qualifiedName(bytes, from: position + 1)
        nameCount = nameEnd - position - 1
        prefixCount = colon.map { $0 - position - 1 } ?? 0
        if colon != nil { hasNamespaces = true }
        var index = nameEnd
        while true {
            let afterValue = index
            while index < count, bytes[index].isXMLSpace { index += 1 }
            guard index < count else { return nil }
            switch bytes[index] {
            case UInt8(ascii: ">"):
                isEmptyElement = false
                return index + 1
            case UInt8(ascii: "/"):
                guard index + 1 < count else { return nil }
                guard bytes[index + 1] == UInt8(ascii: ">") else {
                    throw failure("`/` in a tag stands only in front of its `>`.", at: index)
                }
                isEmptyElement = true
                return index + 2
            default: break
            }
            guard XMLNames.beginsName(bytes, at: index) else {
                throw failure("An attribute's name or the end of the tag must stand here.", at: index)
            }
            guard index > afterValue else { throw failure("There must be a blank in front of an attribute.", at: index) }
            guard attributes.count < limits.attributeCount else {
                throw failure("The element has more than \(limits.attributeCount) attributes.", at: position)
            }
            guard let next = try parseAttribute(bytes, from: index) else { return nil }
            index = next
        }
    }

    /// Reads one attribute. Nil if it does not end in the text that is there.
    private mutating func parseAttribute(_ bytes: Bytes, from start: Int) throws(XMLError) -> Int? {
        let count = bytes.count
        let (nameEnd, colon) = try qualifiedName(bytes, from: start)
        var index = nameEnd
        while index < count, bytes[index].isXMLSpace { index += 1 }
        guard index < count else { return nil }
        guard bytes[index] == UInt8(ascii: "=") else {
            throw failure("The attribute `\(shown(bytes[start..<nameEnd]))` has no value.", at: index)
        }
        index += 1
        while index < count, bytes[index].isXMLSpace { index += 1 }
        guard index < count else { return nil }
        let quote = bytes[index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw failure("The value of the attribute `\(shown(bytes[start..<nameEnd]))` is not in quotes.", at: index)
        }
        index += 1
        let valueStart = index
        var isPlain = true
        while index < count {
            let byte = bytes[index]
            if byte == quote { break }
            if byte == UInt8(ascii: "<") { throw failure("`<` may not stand in an attribute's value: write `&lt;`.", at: index) }
            if byte == UInt8(ascii: "&") || byte < 0x20 { isPlain = false }
            index += 1
        }
        guard index < count else { return nil }
        var value = Slice(start: valueStart, count: index - valueStart, isInScratch: false)
        if !isPlain {
            let first = scratch.count
            try appendValue(bytes[valueStart..<index], from: valueStart)
            value = Slice(start: first, count: scratch.count - first, isInScratch: true)
        }
        let name = Slice(start: start, count: nameEnd - start, isInScratch: false)
        if colon != nil || nameEnd - start == 5 && bytes[start..<nameEnd].equals("xmlns") { hasNamespaces = true }
        attributes.append(Attribute(name: name, value: value, prefixCount: colon.map { $0 - start } ?? 0))
        return index + 1
    }

    /// Appends what the text of a value stands for to ``scratch``: references replaced, every blank a space.
    /// - Parameter start: where an error is, if the text is part of the document or the entity that is read.
    mutating func appendValue(_ text: Bytes, from start: Int) throws(XMLError) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "<") { throw failure("`<` may not stand in an attribute's value, nor in an entity in it.", at: start) }
            if byte != UInt8(ascii: "&") {
                scratch.append(byte.isXMLSpace ? 0x20 : byte)
                index += 1
                continue
            }
            guard let (reference, end) = try reference(in: text, at: index, place: start) else {
                throw failure("A reference in an attribute's value does not end with `;`.", at: start)
            }
            index = end
            switch reference {
            case .character(let value): scratch.append(scalar: value)
            case .entity(let range):
                let name = text[range]
                if let character = XMLDeclarations.predefined(name) {
                    scratch.append(character)
                    continue
                }
                guard let number = try entity(name, at: start) else {
                    scratch.append(UInt8(ascii: "&"))
                    scratch.append(name)
                    scratch.append(UInt8(ascii: ";"))
                    continue
                }
                try open(number, at: start)
                try appendValue(declarations.entities[number].text.raw, from: start)
                declarations.entities[number].isOpen = false
                openEntityCount -= 1
            }
        }
    }

    // MARK: What declarations say of attributes

    private mutating func applyDeclaredAttributes(of element: Bytes) throws(XMLError) {
        guard let declared = declarations.attributes[element.string] else { return }
        var given = [Bool](repeating: false, count: declared.definitions.count)
        for index in 0..<attributes.count {
            guard let number = declared.numbers[attributeName(index).string] else { continue }
            given[number] = true
            if declared.definitions[number].isTokens { attributes[index].value = collapsed(attributes[index].value) }
        }
        for number in declared.withDefault where !given[number] {
            let definition = declared.definitions[number]
            // A short one costs more than its bytes.
            try count(added: definition.value.count + definition.name.count + 16, at: position)
            let name = appendToScratch(definition.name)
            let value = appendToScratch(definition.value)
            let colon = definition.name.firstIndex(of: UInt8(ascii: ":")) ?? 0
            if colon > 0 || definition.name.elementsEqual("xmlns".utf8) { hasNamespaces = true }
            attributes.append(Attribute(name: name, value: value, prefixCount: colon))
        }
    }

    private mutating func appendToScratch(_ bytes: [UInt8]) -> Slice {
        let start = scratch.count
        scratch.append(bytes)
        return Slice(start: start, count: bytes.count, isInScratch: true)
    }

    /// The value without spaces around it, and with one where there are several.
    private mutating func collapsed(_ slice: Slice) -> Slice {
        let tokens = resolve(slice).copy().split(separator: 0x20)
        return appendToScratch(Array(tokens.joined(separator: [0x20])))
    }

    // MARK: Names that differ, and namespaces

    private func checkNamesDiffer() throws(XMLError) {
        if attributes.count <= 16 {
            for second in 1..<attributes.count {
                for first in 0..<second where attributeName(first) == attributeName(second) { throw doubled(second) }
            }
            return
        }
        let order = (0..<attributes.count).sorted { Bytes.compare(attributeName($0), attributeName($1)) < 0 }
        for place in 1..<order.count where attributeName(order[place - 1]) == attributeName(order[place]) {
            throw doubled(max(order[place - 1], order[place]))
        }
    }

    private func doubled(_ index: Int) -> XMLError {
        failure("The element has the attribute `\(shown(attributeName(index)))` twice.", at: position)
    }

    private mutating func resolveNamespaces(of name: Bytes) throws(XMLError) {
        guard hasNamespaces else { return }
        var prefixed = 0
        for index in 0..<attributes.count {
            let attribute = attributes[index]
            let name = attributeName(index)
            if attribute.prefixCount == 0 {
                if name.equals("xmlns") { try declare(prefix: .empty, by: index) }
            } else if attributePrefix(index).equals("xmlns") {
                try declare(prefix: name.dropFirst(6), by: index)
            } else {
                prefixed += 1
            }
        }
        if prefixCount > 0 {
            let prefix = name[0..<prefixCount]
            if prefix.equals("xmlns") { throw failure("No element's name may have the prefix `xmlns`.", at: position) }
            guard namespaces.name(of: prefix) != nil else { throw undeclared(prefix) }
        }
        guard prefixed > 0 else { return }
        var expanded: [(namespace: Bytes, name: Bytes)] = []
        for index in 0..<attributes.count where attributes[index].prefixCount > 0 && attributes[index].declares == .nothing {
            let prefix = attributePrefix(index)
            guard let namespace = namespaces.name(of: prefix) else { throw undeclared(prefix) }
            expanded.append((namespace, attributeName(index).dropFirst(prefix.count + 1)))
        }
        guard expanded.count > 1 else { return }
        expanded.sort {
            let order = Bytes.compare($0.name, $1.name)
            return order != 0 ? order < 0 : Bytes.compare($0.namespace, $1.namespace) < 0
        }
        for index in 1..<expanded.count where expanded[index].name == expanded[index - 1].name {
            guard expanded[index].namespace == expanded[index - 1].namespace else { continue }
            throw failure("The element has the attribute `\(shown(expanded[index].name))` of one namespace twice.", at: position)
        }
    }

    private func undeclared(_ prefix: Bytes) -> XMLError {
        failure(
            "The prefix `\(shown(prefix))` is not declared: write `xmlns:\(shown(prefix))=\"…\"` in this tag or one around it.",
            at: position)
    }

    private mutating func declare(prefix: Bytes, by index: Int) throws(XMLError) {
        let namespace = attributeValue(index)
        if let message = XMLNamespaces.problem(prefix: prefix, namespace: namespace) { throw failure(message, at: position) }
        let before = namespaces.name(of: prefix) ?? .empty
        guard namespaces.count < limits.namespaceCount else {
            throw failure("More than \(limits.namespaceCount) declarations of namespaces are in force.", at: position)
        }
        attributes[index].declares = before == namespace ? .sameNamespace : .namespace
        namespaces.bind(prefix, to: namespace)
    }
}
