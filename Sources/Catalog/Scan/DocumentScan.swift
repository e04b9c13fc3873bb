import Ground

/// Goes through documents of a table in key order, a batch at a time, and looks at their bytes: no value is made of a document
/// that a test keeps out, or of which only a number is wanted. What can't be told from the bytes is handed out as a document,
/// for somebody who knows the whole language.
///
/// Holds its snapshot. For one thread at a time.
package final class DocumentScan {
    /// The reason why a batch ended.
    package enum Step {
        /// So many documents were looked at as were asked for.
        case pause
        /// A document that has to be looked at as a whole: its verdict is `.undecided`, or it passes, and what is wanted of it has
        /// another form than bytes can show. Going on goes on behind it.
        case document(Datum, Verdict)
        /// What was asked for of a document.
        case row(Datum)
        case end
    }

    /// Not there while it runs, and in no class then: who goes over documents need not see to it that nobody else does.
    private var cursor: KeyValueCursor?
    private var program: DocumentTestProgram?
    private let whereMissing: Verdict
    /// Documents looked at.
    package private(set) var documentCount = 0

    init(_ cursor: consuming KeyValueCursor, _ test: DocumentTest?, whereMissing: Verdict) {
        self.cursor = .some(cursor)
        self.whereMissing = whereMissing
        program = test.map { DocumentTestProgram($0) }
    }

    /// Calls `consumer` for each document that passes, until it refuses one.
    @inline(__always) private func run(_ consumer: inout some DocumentConsumer, _ count: Int) throws(CatalogError) -> Step {
        guard var cursor = cursor.take() else { return .end }
        var program = program.take()
        var looked = 0
        let step: Result<Step, CatalogError>
        do throws(CatalogError) {
            step = .success(try cursor.step(&program, &looked, whereMissing, &consumer, count))
        } catch {
            step = .failure(error)
        }
        documentCount += looked
        self.program = program
        self.cursor = .some(cursor)
        return try step.get()
    }

    /// The same for a consumer that refuses each document: it is called once for a row, and to take the cursor out and put it back would
    /// take longer than to see to it that nobody else has it.
    @inline(__always) private func runToOne(_ consumer: inout some DocumentConsumer, _ count: Int) throws(CatalogError) -> Step {
        if program != nil { return try run(&consumer, count) }
        var none: DocumentTestProgram?
        var looked = 0
        defer { documentCount += looked }
        return try cursor?.step(&none, &looked, whereMissing, &consumer, count) ?? .end
    }

    /// Passes over documents without looking at them. O(log n).
    package func skip(_ count: Int) throws(CatalogError) { try cursor?.skip(count) }

    /// The next document that passes, or may.
    package func next(of count: Int) throws(CatalogError) -> Step {
        var refusing = Refusing()
        return try runToOne(&refusing, count)
    }

    /// Counts those that pass.
    package func count(_ total: inout Int, of count: Int) throws(CatalogError) -> Step {
        var counting = Counting()
        defer { total += counting.total }
        return try run(&counting, count)
    }

    /// Appends the numbers that a field has in the documents that pass. Where it is null or not there, it has none.
    package func read(_ column: inout NumberColumn, of count: Int) throws(CatalogError) -> Step {
        try run(&column, count)
    }

    /// Appends, for each document that passes, its group and the number that a field has.
    package func read(_ column: inout GroupedColumn, of count: Int) throws(CatalogError) -> Step {
        try run(&column, count)
    }

    /// Appends, for each document that passes, its group and its numbers.
    package func read(_ tallies: inout StoredTallies, of count: Int) throws(CatalogError) -> Step {
        try run(&tallies, count)
    }

    /// Appends what columns want of the documents that pass.
    package func read(_ columns: inout StoredColumns, of count: Int) throws(CatalogError) -> Step {
        try run(&columns, count)
    }

    /// Appends the lines of the documents that pass.
    package func read(_ lines: inout StoredLines, of count: Int) throws(CatalogError) -> Step {
        try run(&lines, count)
    }

    /// The next document that passes, with nothing but some of its fields.
    package func next(_ fields: inout ProjectedFields, of count: Int) throws(CatalogError) -> Step {
        try runToOne(&fields, count)
    }
}

extension KeyValueCursor {
    /// Goes on by up to `count` documents, until the consumer refuses one or one can't be told from its bytes.
    @inline(__always) fileprivate mutating func step(
        _ program: inout DocumentTestProgram?, _ documentCount: inout Int, _ whereMissing: Verdict,
        _ consumer: inout some DocumentConsumer, _ count: Int
    ) throws(CatalogError) -> DocumentScan.Step {
        for _ in 0..<count {
            guard try next() else { return .end }
            documentCount += 1
            let document = try storedDocument
            if let verdict = program?.verdict(on: document) {
                switch verdict == .missing ? whereMissing : verdict {
                case .fails: continue
                case .passes: break
                default: return .document(try value.document, .undecided)
                }
            }
            if !consumer.take(document) {
                if let row = consumer.takeRow() { return .row(row) }
                return .document(try value.document, .passes)
            }
        }
        return .pause
    }
}

/// Takes documents where they lie.
protocol DocumentConsumer {
    /// False: the scan hands out what ``takeRow()`` gives, or the document, for somebody to look at.
    mutating func take(_ document: StoredDocument) -> Bool
    /// What is handed out in place of the document that was refused.
    mutating func takeRow() -> Datum?
}

extension DocumentConsumer {
    @inline(__always) mutating func takeRow() -> Datum? { nil }
}

private struct Refusing: DocumentConsumer {
    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool { false }
}

private struct Counting: DocumentConsumer {
    var total = 0

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        total += 1
        return true
    }
}

/// Numbers of one field.
package struct NumberColumn: DocumentConsumer {
    private var field: FieldFinder
    package var numbers: [Double] = []

    package init(_ field: String) {
        self.field = FieldFinder(field)
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        guard let json = field.json(in: document) else { return true }
        if json[0] == UInt8(ascii: "n") { return true }
        guard let number = StoredScalar.storedNumber(json) else { return false }
        numbers.append(number)
        return true
    }
}

/// Groups by one field, and numbers of another.
///
/// A document whose group is not known yet is handed out; who finds its group says which by ``assign(_:)``.
package struct GroupedColumn: DocumentConsumer {
    private var key: FieldFinder
    private var field: FieldFinder?
    private var positions = GroupPositions()
    /// The groups, as they were assigned, and the numbers; without a field, 0.
    package var rows: [(group: Int32, number: Double)] = []
    private let null = Datum("null")

    /// - Parameter field: nil: a row for each document. Otherwise there is none where the field is null or not there.
    package init(by key: String, _ field: String?) {
        self.key = FieldFinder(key)
        self.field = field.map { FieldFinder($0) }
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        // What has no such field groups with null.
        let group = key.json(in: document) ?? null.withBytes { $0 }
        guard let position = positions.position(of: group) else {
            positions.keep(group, isNamed: GroupPositions.hasOneText(group))
            return false
        }
        guard field != nil else {
            rows.append((position, 0))
            return true
        }
        guard let json = field?.json(in: document), json[0] != UInt8(ascii: "n") else { return true }
        guard let number = StoredScalar.storedNumber(json) else {
            positions.forgetKept()
            return false
        }
        rows.append((position, number))
        return true
    }

    /// Says to which group the document belongs that was handed out last.
    package mutating func assign(_ group: Int) { _ = assignIfNamed(group) }

    /// The same; false if its text doesn't say which group it is, or it was handed out for another reason.
    package mutating func assignIfNamed(_ group: Int) -> Bool { positions.setKept(group) }
}

/// A choice of top-level fields.
package struct ProjectedFields: DocumentConsumer {
    private var projection: Projection
    private var row: Datum?

    package init(_ names: [String]) {
        projection = Projection(names)
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        row = projection.fields(of: document)
        return false
    }

    @inline(__always) mutating func takeRow() -> Datum? { row.take() }
}

extension CatalogSnapshot {
    /// A scan of the documents within the bounds that pass a test, or of all (nil).
    ///
    /// - Parameter whereMissing: what is to be said of a document that lacks a field which the test asks for.
    package func scan(
        _ table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false, _ test: DocumentTest?, whereMissing: Verdict = .fails
    ) throws(CatalogError) -> DocumentScan {
        DocumentScan(try store.cursor(try table.interval(of: bounds), reversed: reversed, forgets: true), test, whereMissing: whereMissing)
    }
}
