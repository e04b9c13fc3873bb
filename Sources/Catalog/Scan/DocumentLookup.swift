import Ground

/// Reads the documents of one range after the other, of keys or of an index's entries, as columns: what a join or a subquery looks up for
/// each row outside. A cursor, the test and what is known of where fields stand serve all ranges.
///
/// Holds its snapshot. For one thread at a time.
package final class DocumentLookup {
    let store: KeyValueSnapshot
    private let table: TableConfig
    /// What the entries of the index begin with; nil: the documents are found by their key.
    let entryPrefix: [UInt8]?
    private var program: DocumentTestProgram?
    var cursor: KeyValueCursor
    let ahead: DocumentsAhead?
    /// The one document of a range of one key.
    private var single: StoredValue?
    var isOver = true
    /// The documents of entries that were read together, their keys, and which of them is the next one.
    var fetched: [StoredValue?] = []
    var fetchedKeys: [[UInt8]] = []
    var nextFetched = 0
    /// Of look-ups that are read together: those that are still to be begun, the one at hand and how many records it has had, and which one
    /// has each document that was fetched.
    var asked = 0..<0
    var owner = 0
    var ownCount = 0
    var fetchedOwners: [Int] = []
    /// What is looked up, as far as that was said before, and how much of it has been.
    private var expected: [KeyBounds] = []
    private var begunCount = 0
    var documentKey: [UInt8]
    let prefixByteCount: Int

    /// - Parameter index: one that has an entry for each document of the table.
    package init(
        _ snapshot: CatalogSnapshot, _ table: TableConfig, _ index: IndexConfig?, _ test: DocumentTest?
    ) throws(CatalogError) {
        store = snapshot.store
        self.table = table
        entryPrefix = index.map { table.indexPrefix(of: $0) }
        program = test.map { DocumentTestProgram($0) }
        documentKey = table.documentsPrefix
        prefixByteCount = documentKey.count
        // What is read is noted range by range.
        var unnoted = snapshot.store
        unnoted.notes = nil
        cursor = try unnoted.cursor(.prefix(entryPrefix ?? table.documentsPrefix))
        ahead = snapshot.documentsAhead
    }

    /// Goes to the documents of a range. Answers false if entries alone don't tell which those are. Throws `.keyNull`, `.invalidKey` or
    /// `.keyTooLong` for a bound that is no key.
    package func begin(_ bounds: KeyBounds) throws(CatalogError) -> Bool {
        single = nil
        begunCount += 1
        isOver = true
        if let entryPrefix {
            let range = try bounds.indexRange
            guard range.isExact else { return false }
            return try begin(range.interval(after: entryPrefix))
        }
        guard let lower = bounds.lower, bounds.lowerInclusive, bounds.upperInclusive, lower == bounds.upper else {
            return try begin(table.interval(of: bounds))
        }
        documentKey.removeSubrange(prefixByteCount...)
        try PrimaryKey.append(lower, to: &documentKey)
        single = try store.get(documentKey, ahead) { count in upcoming(count) }
        return true
    }

    /// Goes to the documents whose first columns have these integers, as bounds of them would, without making any. Answers false if one is
    /// not among those whose bytes its double alone tells.
    ///
    /// - Parameters:
    ///   - isArray: whether a key, or the value of an entry, is an array of the columns.
    ///   - isWhole: whether the integers are all of its columns'.
    package func begin(integers: [Int64], isArray: Bool, isWhole: Bool) throws(CatalogError) -> Bool {
        guard integers.allSatisfy(Self.isPlain) else { return false }
        single = nil
        begunCount += 1
        isOver = true
        if entryPrefix == nil, isWhole {
            documentKey.removeSubrange(prefixByteCount...)
            Self.append(integers[...], isArray: isArray, to: &documentKey)
            if isArray { documentKey.append(KeyEncoding.end) }
            single = try store.get(documentKey, ahead) { count in upcoming(count) }
            return true
        }
        return try begin(interval(integers[...], isArray: isArray))
    }

    /// Whether the bytes of an integer are those of its double.
    static func isPlain(_ integer: Int64) -> Bool { integer.magnitude <= 1 << 53 }

    /// Of the keys or entries whose first columns have these integers.
    func interval(_ integers: ArraySlice<Int64>, isArray: Bool) -> KeyInterval {
        let prefix = entryPrefix ?? table.documentsPrefix
        var lower: [UInt8] = []
        lower.reserveCapacity(prefix.count + integers.count * 9 + 2)
        lower += prefix
        Self.append(integers, isArray: isArray, to: &lower)
        return KeyInterval(lower: lower, upper: lower + [KeyEncoding.aboveTags])
    }

    static func append(_ integers: ArraySlice<Int64>, isArray: Bool, to key: inout [UInt8]) {
        if isArray { key.append(KeyEncoding.array) }
        for integer in integers { KeyEncoding.append(number: Double(integer), to: &key) }
    }

    /// Whether there is a document in the range, whatever it has. Goes on to the next one.
    package func hasNext() throws(CatalogError) -> Bool {
        if single.take() != nil { return true }
        guard !isOver else { return false }
        return try cursor.next()
    }

    /// Whether it helps to know what is looked up next.
    package var looksAhead: Bool { ahead != nil && entryPrefix == nil }

    /// Says what is looked up next, beginning with what follows.
    package func expect(_ ranges: [KeyBounds]) {
        expected = ranges
        begunCount = 0
    }

    private func upcoming(_ count: Int) -> [[UInt8]] {
        expected.dropFirst(begunCount).prefix(count).compactMap { bounds in
            guard let lower = bounds.lower, bounds.lowerInclusive, bounds.upperInclusive, lower == bounds.upper else { return nil }
            return try? table.documentKey(for: lower)
        }
    }

    func begin(_ interval: KeyInterval) throws(CatalogError) -> Bool {
        fetched.removeAll(keepingCapacity: true)
        nextFetched = 0
        guard !interval.isEmpty else { return true }
        store.notes?.note(interval)
        try store.beside?.requireNone(in: interval)
        cursor.restart(interval)
        isOver = false
        return true
    }

    /// Appends what columns want of the next documents that pass the test, at most `count`.
    package func read(_ columns: inout StoredColumns, of count: Int) throws(CatalogError) -> DocumentScan.Step {
        if let value = single.take() {
            defer { withExtendedLifetime(value) {} }
            guard let document = try take(try value.storedDocument, &columns) else { return .end }
            return .document(try value.document, document)
        }
        guard !isOver else { return .end }
        if let entryPrefix { return try read(&columns, of: count, behind: entryPrefix.count) }
        for _ in 0..<count {
            guard try cursor.next() else {
                isOver = true
                return .end
            }
            if let verdict = try take(try cursor.storedDocument, &columns) { return .document(try cursor.value.document, verdict) }
        }
        return .pause
    }

    /// The same by entries of an index.
    private func read(
        _ columns: inout StoredColumns, of count: Int, behind entryPrefixByteCount: Int
    ) throws(CatalogError) -> DocumentScan.Step {
        for place in 0..<count {
            if nextFetched == fetched.count { try fetch(min(count - place, Self.mostFetched), behind: entryPrefixByteCount) }
            guard nextFetched < fetched.count else {
                isOver = true
                return .end
            }
            guard let value = fetched[nextFetched] else {
                throw missingDocument
            }
            nextFetched += 1
            defer { withExtendedLifetime(value) {} }
            if let verdict = try take(try value.storedDocument, &columns) { return .document(try value.document, verdict) }
        }
        return .pause
    }

    var missingDocument: CatalogError {
        CatalogError(
            .corrupt,
            "An entry of an index of table `\(table.qualifiedName)` has no document. Run `pando check`; dropping and making "
                + "the index anew mends it.")
    }

    static let noEntry = CatalogError(.corrupt, "The bytes after `index:<uuid>:` in a key are not an index entry.")

    /// More documents than this are not waited for at once.
    static let mostFetched = 32

    /// Fetches the documents of the next entries: one with an engine, which has others come along.
    private func fetch(_ count: Int, behind entryPrefixByteCount: Int) throws(CatalogError) {
        fetched.removeAll(keepingCapacity: true)
        nextFetched = 0
        var keyCount = 0
        while keyCount < (ahead == nil ? count : 1), try cursor.next() {
            if keyCount == fetchedKeys.count { fetchedKeys.append(documentKey) }
            let isEntry = cursor.withKey { key in
                Self.write(documentOf: key, behind: entryPrefixByteCount, to: &fetchedKeys[keyCount], prefixByteCount)
            }
            guard isEntry else {
                throw Self.noEntry
            }
            keyCount += 1
        }
        guard keyCount > 0 else { return }
        if ahead == nil {
            try store.get(fetchedKeys[..<keyCount], to: &fetched)
        } else {
            fetched.append(try store.get(fetchedKeys[0], ahead) { count in following(count, behind: entryPrefixByteCount) })
        }
    }

    /// Nil if the document was taken or is kept out; otherwise it has to be looked at as a whole.
    func take(_ document: StoredDocument, _ columns: inout StoredColumns) throws(CatalogError) -> Verdict? {
        if let verdict = program?.verdict(on: document) {
            switch verdict {
            case .fails, .missing: return nil
            case .passes: break
            case .undecided: return .undecided
            }
        }
        return columns.take(document) ? nil : .passes
    }

    /// The keys of the documents of entries that the cursor is about to reach.
    private func following(_ count: Int, behind entryPrefixByteCount: Int) -> [[UInt8]] {
        (cursor.rows?.following(count) ?? []).compactMap { entry in
            var key = table.documentsPrefix
            let isEntry = entry.span.withBytes { Self.write(documentOf: $0, behind: entryPrefixByteCount, to: &key, prefixByteCount) }
            return isEntry ? key : nil
        }
    }

    /// Makes the key of the document that an entry is of, behind the prefix of documents; false if it is none.
    static func write(
        documentOf key: Bytes, behind prefixCount: Int, to documentKey: inout [UInt8], _ prefixByteCount: Int
    ) -> Bool {
        documentKey.removeSubrange(prefixByteCount...)
        guard key.count > prefixCount + 2 else { return false }
        let entry = key[prefixCount..<key.count - 2]
        var valueCount = IndexKey.maximumValueByteCount
        if key[key.count - 2] & UInt8(IndexKey.cutFlag >> 8) == 0 {
            guard let count = KeyEncoding.byteCount(ofFirstIn: entry) else { return false }
            valueCount = count
        }
        return valueCount < entry.count && PrimaryKey.append(ofEntry: entry.dropFirst(valueCount), to: &documentKey)
    }
}
