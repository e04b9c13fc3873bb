package import Ground

/// What a document consists of, as ``XMLParser/next()`` tells it.
package enum XMLEvent: Hashable, Sendable {
    /// More bytes must come first.
    case needsInput
    /// An element begins: its name and attributes.
    case startElement
    /// The element that was begun last and is open ends: its name.
    case endElement
    /// Characters of an element, as many as have come. What follows may be text of the same element too.
    case text
    case comment
    /// A processing instruction: its target is the name, the rest is the text.
    case instruction
    /// The whole document was read.
    case endOfDocument
}

/// A reader of XML 1.0 (fifth edition) with namespaces: bytes in, events out, however the bytes are split.
///
///     var parser = XMLParser()
///     while let chunk = try file.read() {
///         parser.append(chunk)
///         while try parser.next() != .needsInput { … }
///     }
///     parser.finish()
///     while try parser.next() != .endOfDocument { … }
///
/// What an event is about (``name``, ``text``, the attributes) can be read until the next call. The declarations inside the document
/// are read (entities, attributes' types and defaults); what stands outside it is never fetched, and a reference to it is an error.
/// After an error nothing follows.
package struct XMLParser: ~Copyable {
    enum Phase { case declaration, prologue, subset, prologueAfterDoctype, content, epilogue, end }

    /// An element that is open.
    struct OpenElement: BitwiseCopyable {
        /// Where its name begins in ``openNames``.
        let nameStart: Int
        /// Declarations of namespaces in front of its own.
        let bindingCount: Int
    }

    /// A text that is read before the one that refers to it is read on.
    struct Source {
        /// The entity whose text it is.
        let entity: Int
        /// Where the text that refers to it goes on.
        let position: Int
        /// Elements that were open when it began.
        let depth: Int
    }

    package let limits: XMLLimits
    var input = XMLInput()
    var phase = Phase.declaration
    /// The document has declarations outside itself, which nobody reads.
    var hasExternalSubset = false
    /// The document has references among its declarations, and does not say that it needs nothing but itself.
    var hasParameterReferences = false
    var isStandalone = false

    /// The text that is read now: of the document, or of an entity.
    var bytes = Bytes.empty
    /// The next byte of it.
    var position = 0
    /// The entities that are open, the outermost first.
    var sources: [Source] = []
    /// Those, and the ones in an attribute's value.
    var openEntityCount = 0
    /// How far what begins at `position` has been looked at for its end, when it was not whole.
    var search: TokenSearch?
    var isInCDATA = false

    var declarations = XMLDeclarations()
    var namespaces = XMLNamespaces()

    var openElements = GrowingBuffer<OpenElement>()
    var openNames = ByteBuffer()
    var attributes = GrowingBuffer<Attribute>()
    /// What an event tells that does not stand in the text as it tells it.
    var scratch = ByteBuffer()
    /// Bytes of the element's name, and of its part in front of the colon.
    var nameCount = 0
    var prefixCount = 0
    /// Whether the tag has a colon in a name, or declares a namespace.
    var hasNamespaces = false
    /// The element that begins is empty, so its end comes next.
    var isEmptyElement = false
    /// The element that ended last is still in ``openElements``, because the event tells its name.
    var endsElement = false
    /// Bytes that entities and defaults have added.
    var addedByteCount = 0

    private(set) var eventName = Bytes.empty
    private(set) var eventText = Bytes.empty
    private var trouble: XMLError?

    package init(limits: XMLLimits = XMLLimits()) {
        self.limits = limits
    }

    /// More of the document. All events of what came before were taken.
    package mutating func append(_ chunk: Span<UInt8>) {
        chunk.withBytes { chunk in
            takeBack()
            input.append(chunk)
            showInput()
        }
    }

    /// The document ends here.
    package mutating func finish() {
        takeBack()
        input.finish()
        showInput()
    }

    /// Forgets the text that was read.
    private mutating func takeBack() {
        guard sources.isEmpty, position > 0 else { return }
        input.removeFirst(position)
        position = 0
    }

    private mutating func showInput() {
        if sources.isEmpty { bytes = input.text.raw }
    }

    /// What comes next in the document.
    package mutating func next() throws(XMLError) -> XMLEvent {
        if let trouble { throw trouble }
        do throws(XMLError) { return try read() } catch {
            trouble = error
            throw error
        }
    }

    private mutating func read() throws(XMLError) -> XMLEvent {
        if endsElement { closeElement() }
        if isEmptyElement { return endElement() }
        while true {
            let event: XMLEvent?
            switch phase {
            case .declaration: event = try readDeclaration()
            case .prologue, .prologueAfterDoctype, .epilogue: event = try readOutside()
            case .subset: event = try readSubset()
            case .content: event = try readContent()
            case .end: return .endOfDocument
            }
            if let event { return event }
        }
    }

    // MARK: What an event is about

    /// The name of an element or the target of an instruction.
    package var name: Bytes { eventName }

    /// Characters, the text of a comment, or that of an instruction.
    package var text: Bytes { eventText }

    /// Elements that are open; the one that begins is, the one that ends too.
    package var depth: Int { openElements.count }

    /// Where the next event begins in the input.
    package var place: XMLError {
        mutating get { Self.error("", input.nextPlace(at: placeInInput(of: position))) }
    }

    mutating func tell(name: Bytes) { eventName = name }
    mutating func tell(text: Bytes) { eventText = text }

    // MARK: Where the bytes end

    /// Whether all of the text that is read now is there.
    var isWhole: Bool { !sources.isEmpty || input.isFinished && input.failure == nil }

    /// What to do where the text ends inside `thing`.
    func wanting(_ thing: String) throws(XMLError) -> XMLEvent {
        if let source = sources.last {
            throw failure("The text of the entity `\(declarations.entities[source.entity].name)` ends inside \(thing).", at: position)
        }
        if let message = input.failure { throw failure(message, at: input.text.count) }
        guard input.isFinished else { return .needsInput }
        throw failure("The document ends inside \(thing).", at: input.text.count)
    }

    /// Whether the token at `position` has its end in the text, as far as it has come. If so, it can be read.
    ///
    /// Where everything is there, it is read even without an end: reading it finds out what is wrong.
    mutating func hasEnd(_ kind: TokenSearch.Kind) throws(XMLError) -> Bool {
        if isWhole { return true }
        var search = search ?? TokenSearch(kind)
        guard search.findEnd(in: bytes, from: position) else {
            guard bytes.count - position <= limits.tokenByteCount else {
                throw failure("\(kind.name) takes more than \(limits.tokenByteCount) bytes.", at: position)
            }
            self.search = search
            return false
        }
        self.search = nil
        return true
    }

    /// An error at a place of the text that is read; in an entity, where the document refers to it.
    func failure(_ message: String, at index: Int) -> XMLError {
        Self.error(message, input.place(at: placeInInput(of: index)))
    }

    private func placeInInput(of index: Int) -> Int { min(sources.first?.position ?? index, input.text.count) }

    private static func error(_ message: String, _ place: XMLInput.Place) -> XMLError {
        XMLError(message: message, line: place.line, column: place.column + 1, offset: place.offset)
    }
}

/// The search for the end of something that was not whole when it was read first. It goes on where it stopped, so that
/// bytes are looked at once, however they come.
struct TokenSearch {
    enum Kind {
        /// `>` outside quotes.
        case tag
        case declaration
        /// `>` or `[` outside quotes.
        case doctype
        /// `-->`.
        case comment
        /// `?>`.
        case instruction

        var name: String {
            switch self {
            case .tag: "A tag"
            case .declaration, .doctype: "A declaration"
            case .comment: "A comment"
            case .instruction: "A processing instruction"
            }
        }
    }

    private let kind: Kind
    private var scanned = 0
    private var quote: UInt8 = 0

    init(_ kind: Kind) {
        self.kind = kind
        // Of `<!-->` no byte is the comment's and the end's.
        if case .comment = kind { scanned = 4 }
    }

    mutating func findEnd(in bytes: Bytes, from start: Int) -> Bool {
        var index = start + scanned
        defer { scanned = max(scanned, index - start) }
        switch kind {
        case .comment:
            while index + 3 <= bytes.count {
                if bytes[index + 2] == UInt8(ascii: ">"), bytes[index] == 0x2D, bytes[index + 1] == 0x2D { return true }
                index += 1
            }
        case .instruction:
            while index + 2 <= bytes.count {
                if bytes[index + 1] == UInt8(ascii: ">"), bytes[index] == UInt8(ascii: "?") { return true }
                index += 1
            }
        case .tag, .declaration, .doctype:
            while index < bytes.count {
                let byte = bytes[index]
                if quote != 0 {
                    if byte == quote { quote = 0 }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else if byte == UInt8(ascii: ">") {
                    return true
                } else if byte == UInt8(ascii: "["), case .doctype = kind {
                    return true
                }
                index += 1
            }
        }
        return false
    }
}
