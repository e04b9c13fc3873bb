import Synchronization

/// The value that an index has for a document; nil if the document has none.
///
/// Always the same for the same document, whatever else is in the file: entries are found again by evaluating it again. Throws
/// `.functionTooSlow` and `.cancelled`, and nothing else.
public typealias IndexFunction = @Sendable (_ document: Datum, _ limits: FunctionLimits) throws(CatalogError) -> Datum?

/// The interpreter of the functions of indexes. This floor stores them and knows no query language; the floor above registers itself
/// with ``Catalog/register(_:)``. Where nobody did, tables with such indexes can be read and not written.
public protocol IndexFunctions: Sendable {
    /// Throws what keeps the stored text from being evaluated.
    func compile(_ function: String) throws(CatalogError) -> IndexFunction

    /// The function as RethinkDB's tools carry it in archives, and what to show people. An index of a field is one too.
    func exported(_ index: IndexConfig) -> (blob: [UInt8], query: String)?

    /// Reads what ``exported(_:)`` or RethinkDB wrote.
    func imported(_ blob: [UInt8]) -> IndexDefinition?

    /// The cells of the globe that together cover a geometry, as numbers; none for a geometry that is not valid. They are what a geo
    /// index has entries of, so they are the same for the same geometry on every machine and for ever.
    func cells(of geometry: Datum) -> [Int]

    /// The top-level fields whose values are all that a function answers, alone or as an array; nil if it is anything else. Where one of
    /// them is missing, it answers nothing.
    func fields(of function: String) -> (names: [String], areArray: Bool)?
}

extension IndexFunctions {
    public func fields(of function: String) -> (names: [String], areArray: Bool)? { nil }
}

/// Functions of indexes, each compiled once: an index's id stands for one function for ever.
final class IndexEvaluators: Sendable {
    private struct State {
        var functions: (any IndexFunctions)?
        var declared: (any DeclaredTables)?
        var compiled: [String: IndexFunction] = [:]
        /// What text indexes know of words, by their ids.
        var words: [String: (analyzer: SharedTextAnalyzer, pending: PendingWords)] = [:]
        /// Write hooks by their texts.
        var hooks: [String: WriteHookFunction] = [:]
    }

    private let state = Mutex(State())
    private let functionTime: Duration
    private let storedAny = Atomic<Bool>(false)

    init(functionTime: Duration) {
        self.functionTime = functionTime
    }

    /// Whether a table that is known has a function.
    var hasStored: Bool { storedAny.load(ordering: .relaxed) }

    func noteStored() { storedAny.store(true, ordering: .relaxed) }

    func limits(_ cancellation: Cancellation?) -> FunctionLimits { FunctionLimits(time: functionTime, cancellation: cancellation) }

    func register(_ functions: any IndexFunctions) {
        state.withLock { $0.functions = functions }
    }

    var functions: (any IndexFunctions)? { state.withLock { $0.functions } }

    func register(_ declared: any DeclaredTables) {
        state.withLock { $0.declared = declared }
    }

    var declared: (any DeclaredTables)? { state.withLock { $0.declared } }

    /// Enough for every index in use; what was dropped goes when it is reached.
    private static let maximumCount = 4096

    func compiledHook(_ text: String) -> WriteHookFunction? { state.withLock { $0.hooks[text] } }

    func keepHook(_ function: @escaping WriteHookFunction, for text: String) {
        noteStored()
        state.withLock { state in
            if state.hooks.count >= Self.maximumCount { state.hooks = [:] }
            state.hooks[text] = function
        }
    }

    /// What cuts texts into words for a text index, and the documents that were pending in it.
    func knownWords(
        of id: String, _ definition: TextIndexDefinition
    ) -> (analyzer: SharedTextAnalyzer, pending: PendingWords) {
        state.withLock { state in
            if let known = state.words[id] { return known }
            // Each may be large.
            if state.words.count >= Self.knownWordsCount { state.words = [:] }
            let made = (analyzer: SharedTextAnalyzer(definition), pending: PendingWords())
            state.words[id] = made
            return made
        }
    }

    private static let knownWordsCount = 32

    /// Throws `.newerFormat` if nobody here understands the function, and for a text index, which has no values.
    /// - Parameter cancellation: who may stop the function.
    func evaluator(
        of index: IndexConfig, in table: TableConfig, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) -> IndexEvaluator {
        let limits = limits(cancellation)
        switch index.source {
        case .field(let name):
            guard index.isGeo else { return IndexEvaluator(index, table, limits) { document, _ in document[field: name] } }
            guard let functions else { break }
            return IndexEvaluator(index, table, limits, functions) { document, _ in document[field: name] }
        case .function(let text):
            if let (functions, function) = state.withLock({ state in state.compiled[index.id].map { (state.functions, $0) } }) {
                return IndexEvaluator(index, table, limits, functions, function)
            }
            guard let functions else { break }
            let function = try functions.compile(text)
            noteStored()
            state.withLock { state in
                if state.compiled.count >= Self.maximumCount { state.compiled = [:] }
                state.compiled[index.id] = function
            }
            return IndexEvaluator(index, table, limits, functions, function)
        case .columns(let names, let keyParts):
            let keyField = table.primaryKey
            return IndexEvaluator(index, table, limits) { document, _ in
                IndexEvaluator.value(of: names, behind: keyParts, of: keyField, in: document)
            }
        case .text:
            throw CatalogError(
                .notStorable,
                "Index `\(index.name)` of table `\(table.qualifiedName)` is a text index: it has words and no values. Use `search`.")
        case .unknown: break
        }
        throw CatalogError(
            .newerFormat,
            "Table `\(table.qualifiedName)` has the index `\(index.name)`, whose function can't be evaluated here. Use Pando's "
                + "queries, or a newer version.")
    }
}

/// An index ready to say which entries a document has in it.
struct IndexEvaluator: Sendable {
    let index: IndexConfig
    /// `db:…:table:…:index:<id>:`.
    let prefix: [UInt8]
    private let table: String
    private let limits: FunctionLimits
    private let function: IndexFunction
    private let functions: (any IndexFunctions)?
    /// Whether `maxval` is an entry: it stands for null.
    fileprivate let hasNulls: Bool

    fileprivate init(
        _ index: IndexConfig, _ table: TableConfig, _ limits: FunctionLimits, _ functions: (any IndexFunctions)? = nil,
        _ function: @escaping IndexFunction
    ) {
        self.index = index
        prefix = table.indexPrefix(of: index)
        self.table = table.qualifiedName
        self.limits = limits
        self.functions = functions
        self.function = function
        if case .columns = index.source { hasNulls = true } else { hasNulls = false }
    }

    /// What an index of columns has of a document.
    fileprivate static func value(of columns: [String], behind keyParts: Int, of keyField: String, in document: Datum) -> Datum {
        func part(_ name: String) -> Datum {
            guard let value = document[field: name], IndexKey.encode(value: value) != nil else { return .maxval }
            return value
        }
        guard keyParts > 0 else { return columns.count == 1 ? part(columns[0]) : Datum(elements: columns.map { part($0).owned }) }
        let key = document[field: keyField]
        let parts = (0..<keyParts).map { place in
            key.map { $0.kind == .array && place < $0.count ? $0[place].owned : .maxval } ?? .maxval
        }
        return Datum(elements: parts + columns.map { part($0).owned })
    }

    /// What is indexed of a document: nothing, one value, or the elements of an array. Some may be of a kind that has no entry.
    ///
    /// Throws `.functionTooSlow` or `.cancelled`, as does whatever asks for values.
    func values(of document: Datum) throws(CatalogError) -> [Datum] {
        guard let value = try value(of: document) else { return [] }
        return index.isMulti && value.kind == .array ? Array(value.elements) : [value]
    }

    private func value(of document: Datum) throws(CatalogError) -> Datum? {
        do throws(CatalogError) { return try function(document, limits) } catch {
            guard error.kind == .functionTooSlow else { throw error }
            throw limits.exceeded(by: "The function of index `\(index.name)` of table `\(table)`")
        }
    }

    /// The fields whose values are all that is indexed, alone or as an array, and whether a document without one of them has an entry; nil
    /// if documents have to be evaluated.
    var onlyFields: (names: [String], areArray: Bool, hasNulls: Bool)? {
        switch index.source {
        case .columns(let names, 0): return (names, names.count > 1, true)
        case .field(let name) where !index.isMulti && !index.isGeo: return ([name], false, false)
        case .function(let text) where !index.isMulti && !index.isGeo:
            return functions?.fields(of: text).map { ($0.names, $0.areArray, false) }
        default: return nil
        }
    }

    /// Whether two documents with one key must have the same entries: what is indexed is of fields, and alike in both.
    func isUnchanged(from old: Datum, to new: Datum) -> Bool {
        switch index.source {
        case .field(let name): Self.isUnchanged(name, from: old, to: new)
        case .columns(let names, _): names.allSatisfy { Self.isUnchanged($0, from: old, to: new) }
        case .function, .text, .unknown: false
        }
    }

    private static func isUnchanged(_ name: String, from old: Datum, to new: Datum) -> Bool {
        guard let before = old[field: name] else { return new[field: name] == nil }
        return new[field: name].map { $0.isIdentical(to: before) } ?? false
    }

    /// The tree keys of all entries of a document.
    func keys(of document: Datum, primaryKey: Datum) throws(CatalogError) -> [[UInt8]] {
        let values = try values(of: document)
        return try IndexKey.entries(of: index.isGeo ? cells(of: values) : values, allowsBounds: hasNulls, primaryKey: primaryKey).map {
            prefix + $0
        }
    }

    /// Adds the tree keys of all entries of a document, whose primary key may be one.
    func addKeys(of document: Datum, primaryKey: Datum, to batch: inout KeyBatch) throws(CatalogError) {
        guard !index.isMulti, !index.isGeo else {
            for key in try keys(of: document, primaryKey: primaryKey) {
                try batch.add { bytes throws(CatalogError) in
                    bytes += key[prefix.count...]
                    return true
                }
            }
            return
        }
        guard let value = try value(of: document) else { return }
        try batch.add { bytes throws(CatalogError) in IndexKey.append(value, allowsBounds: hasNulls, primaryKey: primaryKey, to: &bytes) }
    }

    /// All cells that some of the geometries are in, each once. What is not a geometry has none.
    private func cells(of values: [Datum]) -> [Datum] {
        guard let functions else { return [] }
        var cells: Set<Int> = []
        for value in values where value.isGeometry { cells.formUnion(functions.cells(of: value)) }
        return cells.sorted().map { Datum($0) }
    }

    /// The value that stands behind a cut entry.
    func value(of document: Datum, startingWith bytes: [UInt8], ordinal: Int) throws(CatalogError) -> Datum? {
        var passed = 0
        for value in try values(of: document) {
            guard let encoded = IndexKey.encode(value: value, allowsBounds: hasNulls), encoded.bytes == bytes else { continue }
            if passed == ordinal { return value }
            passed += 1
        }
        return nil
    }
}

/// The values that an index has of a document, told without looking into the file.
public struct IndexValues: Sendable {
    private let evaluator: IndexEvaluator

    fileprivate init(_ evaluator: IndexEvaluator) {
        self.evaluator = evaluator
    }

    /// The values that have an entry; of a multi index as often as the document has them. Of a geo index, the geometries.
    public func values(of document: Datum) throws(CatalogError) -> [Datum] {
        let (isGeo, hasNulls) = (evaluator.index.isGeo, evaluator.hasNulls)
        return try evaluator.values(of: document).filter {
            isGeo ? $0.isGeometry : IndexKey.encode(value: $0, allowsBounds: hasNulls) != nil
        }
    }
}

extension CatalogSnapshot {
    /// Throws `.newerFormat` if nobody here understands the index's function.
    public func values(of index: IndexConfig, in table: TableConfig) throws(CatalogError) -> IndexValues {
        IndexValues(try indexEvaluators.evaluator(of: index, in: table))
    }
}

extension TableConfig {
    /// `db:…:table:…:index:<id>:`, with which all entries of an index begin.
    func indexPrefix(of index: IndexConfig) -> [UInt8] {
        // Of bytes: to put texts together takes as long as to count a range.
        let contents = documentsPrefix.dropLast(CatalogKeys.documents.utf8.count)
        var prefix: [UInt8] = []
        prefix.reserveCapacity(contents.count + CatalogKeys.indexes.utf8.count + index.id.utf8.count + 1)
        prefix += contents
        prefix += CatalogKeys.indexes.utf8
        prefix += index.id.utf8
        prefix.append(UInt8(ascii: ":"))
        return prefix
    }

    /// The names of all indexes, sorted, as an array.
    public var indexNames: Datum {
        Datum(elements: indexes.map { Datum($0.name) }.sorted())
    }

    /// The index of that name.
    public func index(named name: String) -> IndexConfig? {
        indexes.first { $0.name == name }
    }
}
