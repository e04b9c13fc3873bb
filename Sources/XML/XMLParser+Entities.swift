import Ground

/// What a document declares inside itself.
struct XMLDeclarations {
    struct Entity {
        let name: String
        /// What stands in the place of a reference.
        let text: ByteBuffer
        /// Where the text would have to be fetched from; such an entity has none here.
        let location: String?
        /// Data that is no XML (NDATA).
        let isUnparsed: Bool
        var isOpen = false
    }

    struct AttributeDefinition {
        let name: [UInt8]
        /// Blanks at the ends of a value, and several in a row, mean nothing.
        let isTokens: Bool
        /// The default; empty if there is none.
        let value: [UInt8]
    }

    struct ElementAttributes {
        private(set) var definitions: [AttributeDefinition] = []
        private(set) var numbers: [String: Int] = [:]
        /// The definitions with a default.
        private(set) var withDefault: [Int] = []

        /// Of several definitions the first one holds.
        mutating func add(_ definition: AttributeDefinition, hasDefault: Bool) {
            let name = String(decoding: definition.name, as: UTF8.self)
            guard numbers[name] == nil else { return }
            numbers[name] = definitions.count
            if hasDefault { withDefault.append(definitions.count) }
            definitions.append(definition)
        }
    }

    var entities: [Entity] = []
    private var general: [String: Int] = [:]
    private var parameter: [String: Int] = [:]
    /// By the name of the element.
    var attributes: [String: ElementAttributes] = [:]

    /// Of several declarations the first one holds.
    mutating func add(_ entity: Entity, isParameter: Bool) {
        if isParameter {
            guard parameter[entity.name] == nil else { return }
            parameter[entity.name] = entities.count
        } else {
            guard general[entity.name] == nil else { return }
            general[entity.name] = entities.count
        }
        entities.append(entity)
    }

    func number(_ name: String, isParameter: Bool) -> Int? { isParameter ? parameter[name] : general[name] }

    /// The characters that have names in every document.
    static func predefined(_ name: Bytes) -> UInt8? {
        if name.equals("amp") { return UInt8(ascii: "&") }
        if name.equals("lt") { return UInt8(ascii: "<") }
        if name.equals("gt") { return UInt8(ascii: ">") }
        if name.equals("quot") { return UInt8(ascii: "\"") }
        return name.equals("apos") ? UInt8(ascii: "'") : nil
    }
}

extension XMLParser {
    /// The entity that a reference names, if it can be read. Nil if the reference stands for itself, because nobody declares the entity,
    /// in a document where that is no error: one that has references among its declarations, and all of them are known.
    func entity(_ name: Bytes, isParameter: Bool = false, at index: Int) throws(XMLError) -> Int? {
        let reference = "\(isParameter ? "%" : "&")\(shown(name));"
        guard let number = declarations.number(name.string, isParameter: isParameter) else {
            if !isParameter, hasParameterReferences, !hasExternalSubset, !isStandalone { return nil }
            let reason = hasExternalSubset ? "not declared here, and declarations outside the document are not read" : "not declared"
            throw failure("The entity of `\(reference)` is \(reason).", at: index)
        }
        let entity = declarations.entities[number]
        if entity.isUnparsed { throw failure("The entity of `\(reference)` is no text, so nothing can refer to it here.", at: index) }
        if let location = entity.location {
            throw failure("The entity of `\(reference)` is outside the document (`\(location)`), and is not fetched.", at: index)
        }
        return number
    }

    /// Counts an entity as open.
    mutating func open(_ number: Int, at index: Int) throws(XMLError) {
        let entity = declarations.entities[number]
        if entity.isOpen { throw failure("The entity `\(entity.name)` refers to itself.", at: index) }
        guard openEntityCount < limits.entityDepth else {
            throw failure("More than \(limits.entityDepth) entities stand one in the other.", at: index)
        }
        try count(added: entity.text.count, at: index)
        openEntityCount += 1
        declarations.entities[number].isOpen = true
    }

    /// Closes the entities that an attribute's value has left open, because reading it failed.
    mutating func closeEntitiesOfValues() {
        guard openEntityCount > sources.count else { return }
        openEntityCount = sources.count
        for number in declarations.entities.indices { declarations.entities[number].isOpen = sources.contains { $0.entity == number } }
    }

    /// Reads the text of an entity, and then goes on behind the reference.
    mutating func enter(_ number: Int, goingOnAt end: Int) throws(XMLError) {
        try open(number, at: position)
        sources.append(Source(entity: number, position: end, depth: openElements.count))
        bytes = declarations.entities[number].text.raw
        position = 0
    }

    /// Goes on behind the reference to the entity whose text was read.
    mutating func leaveSource() throws(XMLError) {
        guard let source = sources.last else { return }
        guard openElements.count == source.depth else { _ = try wanting("the element `\(openName.string)`"); return }
        sources.removeLast()
        openEntityCount -= 1
        declarations.entities[source.entity].isOpen = false
        bytes = sources.last.map { declarations.entities[$0.entity].text.raw } ?? input.text.raw
        position = source.position
    }

    /// Counts what a document says more than once, and says once.
    mutating func count(added count: Int, at index: Int) throws(XMLError) {
        addedByteCount += count
        let (allowed, isTooMany) = input.byteCount.multipliedReportingOverflow(by: limits.addedFactor)
        guard addedByteCount <= limits.addedByteCount || isTooMany || addedByteCount <= allowed else {
            throw failure(
                "Entities add more than \(limits.addedByteCount) bytes to the document, and more than \(limits.addedFactor) times its own.",
                at: index)
        }
    }
}
