import Ground
package import XML

/// How XML becomes documents.
public struct XMLReading: Sendable {
    /// Which elements are the documents.
    public var records = XMLRecordPath.childrenOfRoot
    /// Whether a text that looks like a number, a bool or a time is one. Otherwise it is a string, unless a hint says something else.
    public var guessesTypes = true
    /// Elements that are lists though their names don't say so, as paths under the record: `specs/options`.
    public var lists: Set<String> = []
    /// One document that keeps all there is: blanks, comments, instructions, and the order of everything.
    public var isExact = false
    /// Whether declarations of entities are read. From an unknown client they are not.
    public var allowsEntities = true

    public init() {}
}

/// A reader of the documents that stand in XML, which comes in pieces.
///
/// What the documents are is told in `docs/XML.md`. The shape learns as they are read.
package struct XMLDocumentReader: ~Copyable {
    package private(set) var shape: XMLShape
    private let reading: XMLReading
    private var parser: XMLParser
    private var tape = XMLTape()
    /// The steps of the path that the open elements outside records would do for.
    private var open: [UInt64] = []
    /// Declarations of namespaces around the record.
    private var declarations: [(depth: Int, name: String, value: String)] = []
    private var recordDepth: Int?
    private var place: XMLError?
    /// Whether what was thrown last is the fault of one document, behind which others can be read.
    package private(set) var canGoOn = false
    private var builder = DatumBuilder()
    /// What the shape says; nil before the second document.
    private var plan: XMLPlan?
    private var hasMade = false

    package init(_ reading: XMLReading, shape: XMLShape = XMLShape()) {
        self.reading = reading
        self.shape = shape
        var limits = XMLLimits()
        // A value can be as deep as it may be in the root, and its innermost values are elements too.
        limits.depth = Datum.maximumDepth + 8
        limits.allowsEntities = reading.allowsEntities
        parser = XMLParser(limits: limits)
    }

    /// More of the text. All documents of what came before were taken.
    package mutating func append(_ chunk: Span<UInt8>) { parser.append(chunk) }
    package mutating func finish() { parser.finish() }

    /// The next document, and the line where it begins; nil if more of the text must come first, or at its end.
    package mutating func next() throws(XMLError) -> (document: Datum, line: Int)? {
        canGoOn = false
        while true {
            let event = try parser.next()
            if reading.isExact {
                if let document = try takeExactly(event) { return (document, place?.line ?? 1) }
            } else if recordDepth == nil {
                takeOutside(event)
            } else if let document = try takeInside(event) {
                return (document, place?.line ?? 1)
            }
            if event == .needsInput || event == .endOfDocument { return nil }
        }
    }

    private mutating func takeOutside(_ event: XMLEvent) {
        switch event {
        case .startElement:
            open.append(reading.records.matches(parser))
            if reading.records.isRecord(open) {
                recordDepth = parser.depth
                place = parser.place
                if shape.record == nil { shape.record = parser.name.string }
                if shape.root == nil, open.count > 1, let root { shape.root = root }
                tape.beginRecord()
                tape.begin(parser, outer: declarations.map { ($0.name, $0.value) })
            } else {
                if open.count == 1 { root = parser.name.string }
                for index in 0..<parser.attributeCount where parser.isNamespaceDeclaration(index) {
                    declarations.append((parser.depth, parser.attributeName(index).string, parser.attributeValue(index).string))
                }
            }
        case .endElement:
            open.removeLast()
            declarations.removeAll { $0.depth >= parser.depth }
        default: break
        }
    }

    private var root: String?

    private mutating func takeInside(_ event: XMLEvent) throws(XMLError) -> Datum? {
        switch event {
        case .startElement: tape.begin(parser, outer: [])
        case .endElement:
            tape.end()
            guard parser.depth == recordDepth else { return nil }
            recordDepth = nil
            open.removeLast()
            return try document()
        case .text: tape.add(text: parser.text)
        default: break
        }
        return nil
    }

    private mutating func takeExactly(_ event: XMLEvent) throws(XMLError) -> Datum? {
        switch event {
        case .startElement:
            if place == nil { place = parser.place }
            tape.begin(parser, outer: [], isExact: true)
        case .endElement: tape.end()
        case .text: tape.add(text: parser.text)
        case .comment: tape.add(.comment, name: .empty, text: parser.text)
        case .instruction: tape.add(.instruction, name: parser.name, text: parser.text)
        case .needsInput: break
        case .endOfDocument:
            guard !tape.isEmpty else { return nil }
            return try document()
        }
        return nil
    }

    /// Appends the record if the shape knows all that is in it. Whatever can be wrong with it is told when it is made anew.
    private mutating func appendKnownRecord(_ maker: XMLDatumMaker) -> Bool {
        guard hasMade else { return false }
        let known = plan ?? XMLPlan(shape)
        plan = known
        return (try? maker.appendKnownRecord(known, to: &builder)) == true
    }

    private mutating func document() throws(XMLError) -> Datum {
        defer { tape.beginRecord() }
        do {
            var maker = XMLDatumMaker(tape: tape, reading: reading, shape: shape)
            if reading.isExact {
                try maker.appendDocument(to: &builder)
            } else if !appendKnownRecord(maker) {
                builder.reset()
                try maker.appendRecord(to: &builder)
                shape = maker.shape
                if plan?.learnedCount != shape.learnedCount { plan = nil }
            }
            hasMade = true
            let document = builder.finish()
            guard document.kind == .object else {
                throw XMLDatumMaker.Failure(message: "A document is an object, not \(document.typeName).")
            }
            return document
        } catch {
            builder.reset()
            canGoOn = !reading.isExact
            let message = (error as? XMLDatumMaker.Failure)?.message ?? (error as? DatumError)?.message ?? "\(error)"
            throw XMLError(message: message, line: place?.line ?? 1, column: place?.column ?? 1, offset: place?.offset ?? 0)
        }
    }
}
