import Ground

/// Documents on their way into a table, made ready without the writer's turn: in their stored form, each with the bytes of its
/// primary key. For ``CatalogTransaction/insertAll(_:in:)``.
///
/// What is wrong with a text or a document is noted with its line, and the others go on.
///
/// - Note: `@unchecked Sendable`: whoever fills a block has it alone, and gives it on when it is full; from then on it is only read.
public final class DocumentBlock: @unchecked Sendable {
    /// A value that could not become a document of the table.
    public struct Problem: Sendable {
        /// How many documents of the block stand before it.
        public let position: Int
        public let line: Int
        public let message: String
    }

    /// The place of a document's stored form.
    private struct Place: BitwiseCopyable {
        var start: Int
        var count: UInt32
        var line: UInt32
    }

    /// In the order in which they came.
    public private(set) var problems: [Problem] = []
    /// Those documents that have got a new key, or will get one.
    private var generatedKeys: Set<Int> = []

    /// The keys, each with the position of its document.
    private(set) var keys: KeyBatch
    private var places: [Place] = []
    private var bytes: GrowingBuffer<UInt8>
    private let primaryKey: String
    /// Whether SQL's declaration makes keys, once documents are put one by one.
    private let leavesKeysOut: Bool
    private var keyFinder: FieldFinder
    private var transcoder = DocumentTranscoder()
    private var encoded = ByteBuffer()

    /// - Parameters:
    ///   - table: whose documents they are to be.
    ///   - byteCount: about how many bytes of JSON will come.
    public init(for table: TableConfig, byteCount: Int = 0) {
        primaryKey = table.primaryKey
        leavesKeysOut = table.declaration != nil
        keyFinder = FieldFinder(table.primaryKey)
        keys = KeyBatch(prefix: table.documentsPrefix, capacity: byteCount / 256)
        bytes = GrowingBuffer(capacity: byteCount + byteCount / 8)
        places.reserveCapacity(byteCount / 256)
    }

    /// How many documents there are.
    public var count: Int { places.count }

    /// The line that a document came from, counted as it was when the document was added.
    public func line(of position: Int) -> Int { Int(places[position].line) }

    /// How many of the documents have got a new key, or will get one.
    public var generatedKeyCount: Int { generatedKeys.count }

    /// Whether a document has got a new key, or, of a table that SQL has declared, will get one.
    public func hasGeneratedKey(_ position: Int) -> Bool { generatedKeys.contains(position) }

    /// Forgets the documents from a position on, and what is noted behind them.
    public func truncate(to count: Int) {
        guard count < self.count else { return }
        places.removeSubrange(count...)
        keys.truncate(to: count)
        generatedKeys = generatedKeys.filter { $0 < count }
        problems.removeAll { $0.position > count }
    }

    /// A document, independent of the block.
    public func document(_ position: Int) -> Datum? { Datum(copyOfStoredDocument: stored(position)) }

    /// Good while the block lives.
    @inline(__always) func stored(_ position: Int) -> Bytes {
        let place = places[position]
        return bytes.bytes(from: place.start, count: Int(place.count))
    }

    /// The memory that the documents take.
    package var byteCount: Int { bytes.count }

    /// Forgets all documents, and keeps the memory for others.
    package func removeAll() {
        keys.removeAll()
        places.removeAll(keepingCapacity: true)
        bytes.truncate(to: 0)
        bytes.shrink(to: 4 << 20)
        generatedKeys = []
        problems = []
    }

    /// Brings the keys into their order, equal ones in that in which they came.
    func sortKeys() { _ = keys.sort() }

    // MARK: Filling

    /// What the key of a row is.
    package enum Key {
        case number(Int)
        /// The value of the field of that number.
        case field(Int)
        /// An array of the values of fields.
        case fields([Int])
        case value(Datum)
    }

    /// Adds a row. Throws `.tooLarge`, and what ``CatalogTransaction/put(_:in:ignoringHook:)`` throws for its key; then it is not added.
    package func add(_ row: borrowing RowEncoder, key: Key, line: Int) throws(CatalogError) {
        let stored = row.output.raw
        guard stored.count <= Catalog.maximumDocumentByteCount else { throw CatalogError(.tooLarge, Self.tooLarge(stored)) }
        try keys.add(tag: count) { bytes throws(CatalogError) in
            switch key {
            case .number(let number): try PrimaryKey.append(number: number, to: &bytes)
            case .field(let field): try PrimaryKey.append(json: row.json(field), to: &bytes)
            case .fields(let fields): try PrimaryKey.append(fields: fields, of: row, to: &bytes)
            case .value(let value): try PrimaryKey.append(value, to: &bytes)
            }
            return true
        }
        place(stored, line)
    }

    private static func tooLarge(_ stored: Bytes) -> String {
        "A document takes \(stored.count) bytes; the limit is \(Catalog.maximumDocumentByteCount)."
    }

    /// Adds the document of a JSON text.
    public func add(json: Span<UInt8>, line: Int) {
        let isDone = json.withBytes { text in
            guard let end = transcoder.transcode(text), text.dropFirst(end).isBlank else { return false }
            let output = transcoder.written
            guard let key = keyFinder.json(in: StoredDocument(output)) else { return false }
            append(output, line) { bytes throws(CatalogError) in try PrimaryKey.append(json: key, to: &bytes) }
            return true
        }
        if isDone { return }
        do throws(JSONError) {
            add(try Datum(json: json), line: line)
        } catch {
            note("\(error.message) (column \(error.column))", line: line)
        }
    }

    /// Adds a document. One without a key gets a new one, but of a table that SQL has declared: that is for whoever puts it.
    public func add(_ document: Datum, line: Int) {
        guard document.kind == .object else { return note("a document is an object, not \(document.typeName)", line: line) }
        let given = document[field: primaryKey]
        let key = given ?? Datum(UUID.random().description)
        var document = document
        do throws(DatumError) {
            if given == nil, !leavesKeysOut { document = try document.setting(primaryKey, to: key) }
            encoded.removeAll()
            try Document.encode(document, into: &encoded)
        } catch {
            return note(error.message, line: line)
        }
        let position = count
        append(encoded.raw, line) { bytes throws(CatalogError) in try PrimaryKey.append(key, to: &bytes) }
        if given == nil, count > position { generatedKeys.insert(position) }
    }

    /// Notes what is wrong with what came next.
    public func note(_ message: String, line: Int) {
        problems.append(Problem(position: count, line: line, message: message))
    }

    private func append(_ stored: Bytes, _ line: Int, key: (inout [UInt8]) throws(CatalogError) -> Void) {
        guard stored.count <= Catalog.maximumDocumentByteCount else {
            return note(Self.tooLarge(stored), line: line)
        }
        do throws(CatalogError) {
            try keys.add(tag: count) { bytes throws(CatalogError) in
                try key(&bytes)
                return true
            }
        } catch {
            return note(error.message, line: line)
        }
        place(stored, line)
    }

    private func place(_ stored: Bytes, _ line: Int) {
        places.append(Place(start: bytes.count, count: UInt32(stored.count), line: UInt32(truncatingIfNeeded: line)))
        bytes.append(stored)
    }
}

extension DocumentBlock {
    /// The documents of blocks for one table in the order of their keys, those with the same key in the order in which they came: each as
    /// the number of its block and its position there.
    public static func sorted(_ blocks: [DocumentBlock]) -> [(block: Int, position: Int)] {
        guard let first = blocks.first else { return [] }
        var keys = KeyBatch(prefix: first.keys.common, capacity: blocks.reduce(0) { $0 + $1.count })
        for (number, block) in blocks.enumerated() { keys.add(block.keys) { number << 32 | $0 } }
        _ = keys.sort()
        return (0..<keys.count).map { (keys[$0].tag >> 32, keys[$0].tag & 0xFFFF_FFFF) }
    }
}
