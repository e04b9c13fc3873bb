import Ground

/// The findings of a check.
public struct CheckReport: Sendable, Hashable {
    /// Each says what is wrong and where. Empty: the file is sound.
    public internal(set) var problems: [String] = []
    /// What should be seen to, though nothing that the file holds is the worse for it.
    public internal(set) var warnings: [String] = []
    public internal(set) var databases = 0
    public internal(set) var tables = 0
    public internal(set) var documents = 0
    public internal(set) var indexes = 0
    public internal(set) var indexEntries = 0
    /// Pages that were walked.
    public internal(set) var pages = 0

    public var isSound: Bool { problems.isEmpty }

    /// Enough to see what kind of damage it is; more would only fill memory.
    static let maximumProblems = 1000

    mutating func note(_ problem: String) {
        if problems.count < Self.maximumProblems { problems.append(problem) }
        if problems.count == Self.maximumProblems { problems.append("There are more problems, which are not listed.") }
    }
}

extension Catalog {
    /// Walks everything and lists what is wrong: in the store every page, checksum, order, count and free page; above it that every
    /// metadata key agrees with its counterpart, every other key belongs to a known table, and every document can be read, has its
    /// own key, is in canonical form, and has exactly the index entries that it should have. Throws only if the walk can't be begun.
    public func check() throws(CatalogError) -> CheckReport {
        var report = CheckReport()
        try store.check(into: &report)
        var check = CatalogCheck(report: report)
        try check.run(try snapshot())
        return check.report
    }
}

/// One walk over all keys, in key order, which brings the metadata first.
struct CatalogCheck {
    var report: CheckReport

    private var databases: [String: DatabaseConfig] = [:]
    private var databaseNames: [String: String] = [:]
    private var tables: [String: TableConfig] = [:]
    private var tableNames: [String: String] = [:]
    private var primaryKeys: [String: String] = [:]

    /// The table that the last key belonged to: its prefix, and its primary key field if it is known.
    private var current: (prefix: [UInt8], primaryKey: String?) = ([], nil)
    /// The indexes of that table whose functions can be evaluated here, and all of them by their ids.
    private var evaluators: [IndexEvaluator] = []
    private var indexes: [String: IndexConfig] = [:]
    /// Its text indexes.
    private var textIndexers: [TextIndexer] = []
    /// The mark of the log that the last key belonged to, and where the next record's values begin.
    private var logMark: CommitNumber?
    private var logEnd: UInt64?
    private var expiry: ExpiryIndex?
    /// The entry before, of a unique index: what it begins with up to its value's end, and whose it is.
    private var uniqueEntry: (value: [UInt8], primaryKey: Datum)?
    private var snapshot: CatalogSnapshot?
    private var configs: [String: TableConfig] = [:]
    private var scratch = ByteBuffer()

    init(report: CheckReport) {
        self.report = report
    }

    mutating func run(_ snapshot: CatalogSnapshot) throws(CatalogError) {
        let metadata = KeyInterval.prefix(CatalogKeys.metadata)
        try walk(snapshot, metadata) { check, key, value in check.metadata(at: String(decoding: key, as: UTF8.self), value) }
        compareDatabases()
        compareTables()
        report.databases = databases.count
        report.tables = tables.count

        self.snapshot = snapshot
        for table in tables.values { configs[CatalogKeys.contentsPrefix(ofTable: table.id, inDatabase: table.databaseID)] = table }
        report.indexes = tables.values.reduce(0) { $0 + $1.indexes.count }

        let contents = KeyInterval.prefix(CatalogKeys.contents)
        try walk(snapshot, contents) { check, key, value in check.content(at: key, value) }
        var start: [UInt8] = []
        // What states there are, the store has checked.
        for known in CatalogKeys.ofTheStore.map({ KeyInterval.prefix($0) }) + [metadata, contents] {
            try noteUnknown(snapshot, KeyInterval(lower: start, upper: known.lower))
            start = known.upper!
        }
        try noteUnknown(snapshot, KeyInterval(lower: start, upper: nil))
    }

    private mutating func noteUnknown(_ snapshot: CatalogSnapshot, _ interval: KeyInterval) throws(CatalogError) {
        try walk(snapshot, interval) { check, key, _ in
            check.report.note("`\(ReadableKey.text(of: key))` is not a key that Pando writes.")
        }
    }

    /// A damaged page of the tree ends the walk over an interval; one of a large value costs only that value.
    private mutating func walk(
        _ snapshot: CatalogSnapshot, _ interval: KeyInterval, _ visit: (inout CatalogCheck, [UInt8], StoredValue) -> Void
    ) throws(CatalogError) {
        do throws(CatalogError) {
            var cursor = try snapshot.store.cursor(interval)
            while try cursor.next() {
                do throws(CatalogError) { visit(&self, cursor.keyBytes, try cursor.value) } catch {
                    guard error.kind == .corrupt else { throw error }
                    report.note("The value at `\(ReadableKey.text(of: cursor.keyBytes))` can't be read. \(error.message)")
                }
            }
        } catch {
            guard error.kind == .corrupt else { throw error }
            report.note(error.message)
        }
    }

    // MARK: Metadata

    private mutating func metadata(at key: String, _ value: StoredValue) {
        do throws(CatalogError) {
            if let id = key.rest(after: CatalogKeys.databaseIDs) {
                databaseNames[id] = value.text
            } else if let name = key.rest(after: CatalogKeys.databases) {
                let database = try DatabaseConfig(json: try value.config(at: key), at: key)
                databases[name] = database
                if database.name != name { report.note("`\(key)` holds the config of `\(database.name)`.") }
            } else if let id = key.rest(after: CatalogKeys.tableIDs) {
                tableNames[id] = value.text
            } else if let qualifiedName = key.rest(after: CatalogKeys.tables) {
                let parts = qualifiedName.split(separator: ".", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { return report.note("`\(key)` names no database.") }
                let table = try TableConfig(json: try value.config(at: key), databaseName: parts[0], at: key)
                tables[qualifiedName] = table
                primaryKeys[CatalogKeys.contentsPrefix(ofTable: table.id, inDatabase: table.databaseID)] = table.primaryKey
                if table.name != parts[1] { report.note("`\(key)` holds the config of `\(table.name)`.") }
            } else if let name = key.rest(after: CatalogKeys.users) {
                let user = try UserConfig(json: try value.config(at: key), at: key)
                if user.name != name { report.note("`\(key)` holds the account of `\(user.name)`.") }
            } else if let name = key.rest(after: CatalogKeys.roles) {
                let role = try RoleConfig(json: try value.config(at: key), at: key)
                if role.name != name { report.note("`\(key)` holds the role `\(role.name)`.") }
            } else if let id = key.rest(after: CatalogKeys.tokens) {
                let token = try TokenConfig(json: try value.config(at: key), at: key)
                if token.id != id { report.note("`\(key)` holds the token `\(token.id)`.") }
            } else if key.hasPrefix(CatalogKeys.settings) || key.hasPrefix(CatalogKeys.objects) {
                _ = try value.config(at: key)
            } else {
                report.note("`\(key)` is not a metadata key that this version of Pando writes.")
            }
        } catch {
            report.note(error.message)
        }
    }

    private mutating func compareDatabases() {
        for (name, database) in databases.sorted(by: { $0.key < $1.key }) where databaseNames[database.id] != name {
            report.note("`\(CatalogKeys.databases)\(name)` has the id `\(database.id)`, whose key does not lead back to it.")
        }
        for (id, name) in databaseNames.sorted(by: { $0.key < $1.key }) where databases[name]?.id != id {
            report.note("`\(CatalogKeys.databaseIDs)\(id)` leads to `\(name)`, which has not that id.")
        }
    }

    private mutating func compareTables() {
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            if tableNames[table.id] != name {
                report.note("`\(CatalogKeys.tables)\(name)` has the id `\(table.id)`, whose key does not lead back to it.")
            }
            if databases[table.databaseName]?.id != table.databaseID {
                report.note("`\(CatalogKeys.tables)\(name)` names a database with another id than its own `\(table.databaseID)`.")
            }
        }
        for (id, name) in tableNames.sorted(by: { $0.key < $1.key }) where tables[name]?.id != id {
            report.note("`\(CatalogKeys.tableIDs)\(id)` leads to `\(name)`, which has not that id.")
        }
    }

    // MARK: Contents

    private mutating func content(at key: [UInt8], _ value: StoredValue) {
        let docs = Array("docs:".utf8)
        if current.prefix.isEmpty || !key.starts(with: current.prefix) {
            let text = String(decoding: key.prefix(83), as: UTF8.self)  // db:<36>:table:<36>:
            current = (Array(text.utf8), primaryKeys[text])
            begin(configs[text])
            if current.primaryKey == nil { report.note("`\(ReadableKey.text(of: key))` belongs to no table.") }
        }
        guard let primaryKey = current.primaryKey else { return }
        let rest = key.dropFirst(current.prefix.count)
        if rest.starts(with: "index:".utf8) { return entry(at: key, Array(rest.dropFirst(6))) }
        if rest.starts(with: "log:".utf8) { return logRecord(at: key, rest.dropFirst(4), value) }
        if rest.starts(with: "expiry:".utf8) { return expiryEntry(at: key) }
        guard rest.starts(with: docs) else {
            return report.note("`\(ReadableKey.text(of: key))` is not a key that this version of Pando writes.")
        }
        report.documents += 1
        if let problem = problem(withDocument: value, at: Array(key.dropFirst(current.prefix.count + docs.count)), primaryKey) {
            report.note("The document at `\(ReadableKey.text(of: key))` \(problem).")
        }
    }

    // MARK: Expiry

    /// Every entry is that of its document.
    private mutating func expiryEntry(at key: [UInt8]) {
        guard let expiry, let snapshot, let table = configs[String(decoding: current.prefix, as: UTF8.self)] else {
            return report.note("`\(ReadableKey.text(of: key))` belongs to a table whose documents don't expire.")
        }
        guard let part = expiry.part(ofEntry: key), let stored = try? snapshot.store.get(table.documentsPrefix + part),
            let document = try? stored.document, (try? expiry.entry(of: document, part)) == key
        else { return report.note("The entry `\(ReadableKey.text(of: key))` is of no document that expires then.") }
    }

    private mutating func checkExpiry(of document: Datum, _ part: [UInt8]) {
        guard let expiry, let snapshot else { return }
        do throws(CatalogError) {
            guard let entry = try expiry.entry(of: document, part) else { return }
            if try snapshot.store.get(entry) == nil {
                report.note("The entry `\(ReadableKey.text(of: entry))` of a document that expires is missing.")
            }
        } catch {
            report.note(error.message)
        }
    }

    // MARK: Change logs

    /// Every record can be read, and follows from the one before.
    private mutating func logRecord(at key: [UInt8], _ rest: ArraySlice<UInt8>, _ value: StoredValue) {
        guard let table = configs[String(decoding: current.prefix, as: UTF8.self)], table.changeLog != nil else {
            return report.note("`\(ReadableKey.text(of: key))` belongs to a table that keeps no change log.")
        }
        if rest.isEmpty {
            logMark = CommitNumber(logMark: value.bytes)
            if logMark == nil { report.note("The mark of the change log of `\(table.qualifiedName)` can't be read.") }
            logEnd = nil
            return
        }
        guard let record = try? LogRecord(key: rest, value: value.bytes),
            [record.old, record.new].allSatisfy({ $0.map { (try? Datum(document: $0)) != nil } ?? true })
        else { return report.note("The change log record `\(ReadableKey.text(of: key))` can't be read.") }
        // A part of the commit that the mark names may still be there.
        if let logMark, record.commit < logMark {
            report.note("The change log record `\(ReadableKey.text(of: key))` is older than the log's mark.")
        }
        if let logEnd, logEnd != record.head.position {
            report.note("The change log record `\(ReadableKey.text(of: key))` doesn't follow from the one before.")
        }
        logEnd = record.head.position &+ UInt64(value.count)
    }

    // MARK: Index entries

    private mutating func begin(_ table: TableConfig?) {
        evaluators = []
        textIndexers = []
        indexes = [:]
        (logMark, logEnd) = (nil, nil)
        expiry = table.flatMap { ExpiryIndex($0) }
        guard let table, let snapshot else { return }
        for index in table.indexes {
            indexes[index.id] = index
            if index.isText {
                if index.failure == nil { begin(index, of: table, snapshot) }
                continue
            }
            // Entries of a function that nobody here understands are only held to lead to documents.
            // One that couldn't be built has the entries of some documents.
            if index.failure == nil, let evaluator = try? snapshot.indexEvaluators.evaluator(of: index, in: table) {
                evaluators.append(evaluator)
            }
        }
    }

    private mutating func begin(_ index: IndexConfig, of table: TableConfig, _ snapshot: CatalogSnapshot) {
        guard let indexer = snapshot.indexEvaluators.textIndexer(of: index, in: table, limits: .init()) else { return }
        textIndexers.append(indexer)
        do throws(CatalogError) {
            for problem in try TextIndexCheck.problems(prefix: indexer.writer.keys.prefix, snapshot.store) {
                report.note("Index `\(index.name)` of table `\(table.qualifiedName)`: \(problem)")
            }
        } catch {
            report.note("Index `\(index.name)` of table `\(table.qualifiedName)` can't be read. \(error.message)")
        }
    }

    /// A document is in a text index if it has words, with as many as it has.
    private mutating func checkWords(of document: Datum, at key: [UInt8]) {
        guard let snapshot else { return }
        for indexer in textIndexers {
            if case .building(let position) = indexer.index.state, !key.lexicographicallyPrecedes(position + [0]) { continue }
            let keys = indexer.writer.keys
            let number = (try? snapshot.store.get(keys.number(ofKey: key)))?.map { TextIndexKeys.number($0.bytes) }
            let indexed = number.flatMap { try? snapshot.store.get(keys.document($0)) }.flatMap { IndexedDocument($0.bytes) }
            let words: DocumentWords?
            // More lexemes than a tsvector has were indexed by older versions.
            do throws(CatalogError) { words = try indexer.words(of: document) } catch { continue }
            if indexed?.length != words?.length {
                report.note(
                    "Index `\(indexer.index.name)` has not the words of the document at `\(ReadableKey.text(of: current.prefix + Array("docs:".utf8) + key))`."
                )
            }
        }
    }

    /// Every document that a text index has is there.
    private mutating func textEntry(at key: [UInt8], _ rest: ArraySlice<UInt8>) {
        guard let part = TextIndexKeys.primaryKey(in: rest) else { return }
        report.indexEntries += 1
        guard let snapshot, let table = configs[String(decoding: current.prefix, as: UTF8.self)] else { return }
        if (try? snapshot.store.get(table.documentsPrefix + part)) == nil {
            report.note("The index entry `\(ReadableKey.text(of: key))` leads to no document.")
        }
    }

    /// Every entry that a document should have is there.
    private mutating func checkEntries(of document: Datum, at key: [UInt8], primaryKey: Datum) {
        for evaluator in evaluators {
            if case .building(let position) = evaluator.index.state, !key.lexicographicallyPrecedes(position + [0]) { continue }
            guard let entries = try? evaluator.keys(of: document, primaryKey: primaryKey) else { continue }
            for entry in entries where (try? snapshot?.store.get(entry)) == nil {
                report.note("Index `\(evaluator.index.name)` lacks the entry `\(ReadableKey.text(of: entry))`.")
            }
        }
    }

    /// Every entry is one that its document should have.
    private mutating func entry(at key: [UInt8], _ rest: [UInt8]) {
        let id = String(decoding: rest.prefix(36), as: UTF8.self)
        guard indexes[id] != nil, rest.count > 37 else {
            return report.note("`\(ReadableKey.text(of: key))` belongs to no index.")
        }
        if indexes[id]?.isText == true { return textEntry(at: key, rest.dropFirst(37)) }
        report.indexEntries += 1
        guard let snapshot, let table = configs[String(decoding: current.prefix, as: UTF8.self)] else { return }
        guard let entry = try? IndexKey.decode(Array(rest.dropFirst(37))) else {
            return report.note("`\(ReadableKey.text(of: key))` is not an index entry.")
        }
        guard let document = try? snapshot.get(entry.primaryKey, in: table) else {
            return report.note("The index entry `\(ReadableKey.text(of: key))` leads to no document.")
        }
        if let index = indexes[id], index.isUnique, index.isReady { checkUnique(key, entry, index) }
        guard let evaluator = evaluators.first(where: { $0.index.id == id }) else { return }
        if (try? evaluator.keys(of: document, primaryKey: entry.primaryKey))?.contains(key) != true {
            report.note("The index entry `\(ReadableKey.text(of: key))` does not follow from its document.")
        }
    }

    /// Entries of one value stand together. Of those that were cut it isn't known whether they are of one.
    private mutating func checkUnique(_ key: [UInt8], _ entry: IndexKey.Entry, _ index: IndexConfig) {
        let start = current.prefix.count + 43  // index:<36>:
        guard let (count, isCut) = IndexKey.valueByteCount(key.dropFirst(start)), !isCut else { return }
        let value = Array(key.prefix(start + count))
        if let before = uniqueEntry, before.value == value, before.primaryKey != entry.primaryKey {
            report.note(
                "Index `\(index.name)` is unique, and the documents with the keys \(before.primaryKey) and \(entry.primaryKey) have the same value."
            )
        }
        uniqueEntry = (value, entry.primaryKey)
    }

    private mutating func problem(withDocument value: StoredValue, at key: [UInt8], _ primaryKey: String) -> String? {
        guard let document = try? value.parsedDocument() else { return "can't be read" }
        guard let stored = document[field: primaryKey] else { return "has no `\(primaryKey)`" }
        guard let encoded = try? PrimaryKey.encode(stored), encoded == key else { return "has another key in its `\(primaryKey)`" }
        scratch.removeAll()
        guard (try? Document.encode(document, into: &scratch)) != nil, scratch.bytes == value.bytes else {
            return "is not in canonical form"
        }
        checkExpiry(of: document, key)
        if !textIndexers.isEmpty { checkWords(of: document, at: key) }
        if !evaluators.isEmpty { checkEntries(of: document, at: key, primaryKey: stored) }
        return nil
    }
}

extension String {
    fileprivate func rest(after prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
