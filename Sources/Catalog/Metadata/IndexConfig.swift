import Ground

/// A secondary index's entry in the file: an element of `indexes` in its table's config.
///
/// An id belongs to one source for its whole life; another function under the same name is another index with another id.
public struct IndexConfig: Sendable, Hashable {
    /// The source of a document's indexed value.
    public enum Source: Sendable, Hashable {
        /// The top-level field of this name.
        case field(String)
        /// A function, in a form that the floor above understands (see ``IndexFunctions``).
        case function(String)
        /// The top-level fields of these names: the value of one, an array of the values of several. Every document has an entry: what is
        /// null, missing or can be no key stands as `maxval` in it, so it comes last. Before them stand the first parts of the document's
        /// key, as many as `keyParts`: then it is an array, whatever follows.
        case columns([String], keyParts: Int)
        /// The words of texts: what is searched, and has no values.
        case text(TextIndexDefinition)
        /// Something that a newer version has written.
        case unknown
    }

    public enum State: Sendable, Hashable {
        /// Documents with keys up to this one, as bytes behind `docs:`, are in the index; empty: none are yet.
        case building(through: [UInt8])
        case ready
        /// It can't be what it was to be: unique. Says why.
        case failed(String)
    }

    /// A UUID in lower case.
    public let id: String
    public let name: String
    public let source: Source
    /// An array has an entry for each element, and not one for the whole.
    public let isMulti: Bool
    /// Values are geometries; the entries are the cells of the globe that they are in (see ``IndexFunctions/cells(of:)``).
    public let isGeo: Bool
    /// No two documents may have the same value.
    public let isUnique: Bool
    public let state: State
    /// The stored form, with whatever else stands in it.
    let json: Datum

    public var isReady: Bool { state == .ready }

    /// Whether it is searched for words, and has no values.
    public var isText: Bool {
        if case .text = source { true } else { false }
    }

    /// The same of an index that SQL has made: only SQL searches it.
    package var isOfLexemes: Bool {
        if case .text(let definition) = source { definition.lexemes != nil } else { false }
    }

    /// Why it never will be ready; nil if it is, or will be.
    public var failure: String? {
        if case .failed(let reason) = state { reason } else { nil }
    }

    init(id: String = UUID.random().description, name: String, _ definition: IndexDefinition, state: State) {
        self.id = id
        self.name = name
        source = definition.source
        isMulti = definition.isMulti
        isGeo = definition.isGeo
        isUnique = definition.isUnique
        self.state = state
        json = .emptyObject
    }

    init(json: Datum) {
        id = json[field: "id"]?.string ?? ""
        name = json[field: "name"]?.string ?? ""
        isMulti = json[field: "multi"]?.bool ?? false
        let cells = json[field: "geo"] ?? 0
        isGeo = cells == Self.cells
        if json[field: "id"] == nil || (!isGeo && cells != 0) {
            source = .unknown
        } else if let text = json[field: "text"] {
            source = TextIndexDefinition(json: text).map(Source.text) ?? .unknown
        } else if let columns = json[field: "columns"], columns.kind == .array, columns.count > 0, let keyParts = Self.keyParts(json) {
            source = .columns(columns.elements.map { $0.string ?? "" }, keyParts: keyParts)
        } else if let field = json[field: "field"]?.string {
            source = .field(field)
        } else {
            source = json[field: "function"]?.string.map(Source.function) ?? .unknown
        }
        isUnique = json[field: "unique"]?.bool ?? false
        if let reason = json[field: "failed"]?.string {
            state = .failed(reason)
        } else if let text = json[field: "built_through"] {
            state = .building(through: text.string.flatMap([UInt8].init(hexadecimal:)) ?? [])
        } else {
            state = .ready
        }
        self.json = json
    }

    /// The stored form. `built_through` stands in it only while the index is being built, `unique` and `failed` only where they are so.
    var storedForm: Datum {
        get throws(CatalogError) {
            var text: Datum?
            if case .text(let definition) = source { text = try definition.json }
            return try datum { () throws(DatumError) in
                var stored = try json.setting("id", to: Datum(id)).setting("name", to: Datum(name)).setting("multi", to: Datum(isMulti))
                if isGeo { stored = try stored.setting("geo", to: Self.cells) }
                if isUnique { stored = try stored.setting("unique", to: true) }
                if let text { stored = try stored.setting("text", to: text) }
                switch source {
                case .field(let field): stored = try stored.setting("field", to: Datum(field))
                case .function(let text): stored = try stored.setting("function", to: Datum(text))
                case .columns(let names, let keyParts):
                    stored = try stored.setting("sql", to: keyParts > 0 ? 2 : 1)
                        .setting("columns", to: Datum(elements: names.map { Datum($0) }))
                    if keyParts > 0 { stored = try stored.setting("key_parts", to: Datum(keyParts)) }
                case .text, .unknown: break
                }
                switch state {
                case .ready: return try stored.removing("built_through")
                case .failed(let reason): return try stored.removing("built_through").setting("failed", to: Datum(reason))
                case .building(let key): return try stored.setting("built_through", to: Datum(key.hexadecimal))
                }
            }
        }
    }

    /// Of an index of columns, how many parts of the key stand before them; nil if it is none that this version knows.
    private static func keyParts(_ json: Datum) -> Int? {
        if json[field: "sql"] == 1 { return 0 }
        guard json[field: "sql"] == 2, let count = json[field: "key_parts"]?.integer, count > 0 else { return nil }
        return count
    }

    /// Another index like it.
    var withNewID: IndexConfig { IndexConfig(name: name, definition, state: state) }

    func changed(name: String? = nil, state: State? = nil) -> IndexConfig {
        IndexConfig(self, name: name ?? self.name, state: state ?? self.state)
    }

    private init(_ old: IndexConfig, name: String, state: State) {
        id = old.id
        self.name = name
        source = old.source
        isMulti = old.isMulti
        isGeo = old.isGeo
        isUnique = old.isUnique
        self.state = state
        json = old.json
    }

    /// The way in which geometries become cells, as it stands in the file. One that cuts the globe otherwise would be another number.
    private static let cells: Datum = 1

    public var definition: IndexDefinition { IndexDefinition(source, isMulti: isMulti, isGeo: isGeo, isUnique: isUnique) }
}

/// An index but for its name.
public struct IndexDefinition: Sendable, Hashable {
    public var source: IndexConfig.Source
    public var isMulti: Bool
    public var isGeo: Bool
    public var isUnique: Bool

    public init(_ source: IndexConfig.Source, isMulti: Bool = false, isGeo: Bool = false, isUnique: Bool = false) {
        self.source = source
        self.isMulti = isMulti
        self.isGeo = isGeo
        self.isUnique = isUnique
    }

    /// The same of an index that has no entries yet: texts are cut into words as they are in an index that is made now. Its owner has told of
    /// fields, language and stop words, and these stay.
    var builtAnew: IndexDefinition {
        guard case .text(let text) = source else { return self }
        var definition = self
        definition.source = .text(text.newest)
        return definition
    }

    /// Whether what is indexed is computed from documents, and not one of their fields.
    package var isComputed: Bool {
        if case .function = source { true } else { false }
    }
}

/// Builds a value from others.
func datum(_ body: () throws(DatumError) -> Datum) throws(CatalogError) -> Datum {
    do throws(DatumError) { return try body() } catch { throw CatalogError(error) }
}
