import Ground

/// Integers that documents are looked up by: those of one look-up behind those of the other.
package struct LookupKeys: Sendable {
    /// How many integers a look-up has.
    package let width: Int
    /// Whether a key, or the value of an entry, is an array of the columns, and whether the integers are all of its columns'.
    package let isArray: Bool
    package let isWhole: Bool
    /// So many documents of a look-up are enough.
    package let most: Int
    package private(set) var count = 0
    private var integers: [Int64] = []

    package init(width: Int, isArray: Bool, isWhole: Bool, most: Int = .max) {
        self.width = width
        self.isArray = isArray
        self.isWhole = isWhole
        self.most = most
    }

    /// False, and they are not among the keys, if one is not among those whose bytes its double alone tells.
    package mutating func append(_ key: [Int64]) -> Bool {
        guard key.allSatisfy(DocumentLookup.isPlain) else { return false }
        integers += key
        count += 1
        return true
    }

    subscript(index: Int) -> ArraySlice<Int64> { integers[index * width..<(index + 1) * width] }
}

// Look-ups that are read together: what several of them find is asked of memory before any of it is waited for.
extension DocumentLookup {
    /// Whether look-ups may be read together: with an engine, documents come along in another way.
    package static func readsTogether(_ snapshot: CatalogSnapshot) -> Bool { snapshot.store.view == nil }

    /// Goes to the documents of some look-ups.
    package func begin(_ lookups: Range<Int>) {
        asked = lookups
        isOver = true
        fetched.removeAll(keepingCapacity: true)
        nextFetched = 0
    }

    /// What one reading of look-ups has found.
    package struct Found {
        package var columns: StoredColumns
        /// Of each row of the columns the look-up that has found it.
        package var owners: [Int32] = []
        /// Look-ups of which there may be more than was enough.
        package var cut: [Int32] = []
        /// A document behind the rows that has to be looked at as a whole.
        package var document: (document: Datum, verdict: Verdict, owner: Int)?

        package init(_ columns: StoredColumns) { self.columns = columns }

        package mutating func removeAll() {
            columns.removeAll()
            owners.removeAll(keepingCapacity: true)
            cut.removeAll(keepingCapacity: true)
            document = nil
        }
    }

    /// Appends what columns want of the next documents that pass the test, about `count` at most. False at the end of the look-ups.
    package func read(_ keys: LookupKeys, _ found: inout Found, of count: Int) throws(CatalogError) -> Bool {
        while found.owners.count < count {
            while nextFetched < fetched.count {
                let (value, owner) = (fetched[nextFetched], fetchedOwners[nextFetched])
                nextFetched += 1
                guard let value else {
                    if entryPrefix == nil { continue }
                    throw missingDocument
                }
                defer { withExtendedLifetime(value) {} }
                if let verdict = try take(try value.storedDocument, owner, &found) {
                    found.document = (try value.document, verdict, owner)
                    return true
                }
            }
            if entryPrefix == nil, !keys.isWhole {
                guard try beginNext(keys, &found) else { return false }
                if let verdict = try take(try cursor.storedDocument, owner, &found) {
                    found.document = (try cursor.value.document, verdict, owner)
                    return true
                }
            } else if try !fetch(keys, &found) {
                return false
            }
        }
        return true
    }

    /// Appends the look-ups for which there is anything, whatever it has: no document is read. Of entries and keys.
    package func findAny(_ keys: LookupKeys, _ found: inout Found) throws(CatalogError) {
        while let index = asked.popFirst() {
            if entryPrefix == nil, keys.isWhole {
                if try get(keys[index], keys) != nil { found.owners.append(Int32(truncatingIfNeeded: index)) }
            } else if try begin(interval(keys[index], isArray: keys.isArray)), try cursor.next() {
                found.owners.append(Int32(truncatingIfNeeded: index))
            }
        }
    }

    /// Moves the cursor to the next record of the look-up at hand, or of the next one that has any; false at the end of all.
    private func beginNext(_ keys: LookupKeys, _ found: inout Found) throws(CatalogError) -> Bool {
        while true {
            if isOver {
                guard let index = asked.popFirst() else { return false }
                owner = index
                ownCount = 0
                guard try begin(interval(keys[index], isArray: keys.isArray)) else { continue }
            }
            if try cursor.next() {
                ownCount += 1
                if ownCount <= keys.most { return true }
                found.cut.append(Int32(truncatingIfNeeded: owner))
            }
            isOver = true
        }
    }

    /// Fetches the next documents; false if there are no more.
    private func fetch(_ keys: LookupKeys, _ found: inout Found) throws(CatalogError) -> Bool {
        fetched.removeAll(keepingCapacity: true)
        fetchedOwners.removeAll(keepingCapacity: true)
        nextFetched = 0
        while fetchedOwners.count < Self.mostFetched {
            let place = fetchedOwners.count
            if place == fetchedKeys.count { fetchedKeys.append(documentKey) }
            if let entryPrefix {
                guard try beginNext(keys, &found) else { break }
                let isEntry = cursor.withKey { key in
                    Self.write(documentOf: key, behind: entryPrefix.count, to: &fetchedKeys[place], prefixByteCount)
                }
                guard isEntry else { throw Self.noEntry }
                fetchedOwners.append(owner)
            } else {
                guard let index = asked.popFirst() else { break }
                write(keys[index], keys, to: &fetchedKeys[place])
                fetchedOwners.append(index)
            }
        }
        guard !fetchedOwners.isEmpty else { return false }
        try store.get(fetchedKeys[..<fetchedOwners.count], to: &fetched)
        return true
    }

    private func take(_ document: StoredDocument, _ owner: Int, _ found: inout Found) throws(CatalogError) -> Verdict? {
        let before = found.columns.count
        let verdict = try take(document, &found.columns)
        if found.columns.count > before { found.owners.append(Int32(truncatingIfNeeded: owner)) }
        return verdict
    }

    private func get(_ integers: ArraySlice<Int64>, _ keys: LookupKeys) throws(CatalogError) -> StoredValue? {
        write(integers, keys, to: &documentKey)
        return try store.get(documentKey)
    }

    private func write(_ integers: ArraySlice<Int64>, _ keys: LookupKeys, to key: inout [UInt8]) {
        key.removeSubrange(prefixByteCount...)
        Self.append(integers, isArray: keys.isArray, to: &key)
        if keys.isArray { key.append(KeyEncoding.end) }
    }
}
