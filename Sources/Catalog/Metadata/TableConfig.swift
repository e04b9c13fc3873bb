/// A table's entry in the file, stored as JSON at `__meta__:tables:<database name>.<name>`.
///
/// A config stays good after a rename of the table or its database, for documents are found by ids; after a drop, reads through an
/// old snapshot still work and writes throw `.tableNotFound`.
///
/// Immutable, so a class is a value too: queries hand it on all the time, and each copy of so many fields would count every reference in it.
public final class TableConfig: Sendable {
    /// A UUID in lower case, the same for the table's whole life.
    public let id: String
    public let name: String
    public let databaseID: String
    public let databaseName: String
    /// The top-level field that is a document's key.
    public let primaryKey: String
    /// Seconds since 1970-01-01T00:00:00Z, to the millisecond.
    public let createdAt: Double
    /// How writes to the table commit unless they say otherwise.
    public let durability: Durability
    /// The secondary indexes, as they were made.
    public let indexes: [IndexConfig]
    /// How many shards the table says it has. One server keeps them all in one place; the number is only remembered.
    public let shardCount: Int
    /// Which replicas a write waits for. With one server it makes no difference; it is only remembered.
    public let writeAcknowledgement: WriteAcknowledgement
    /// What every write of a document goes through (see ``IndexFunctions``): a function of the language above, as text.
    public let writeHook: String?
    /// How much of its changes the table keeps, so that feeds can be resumed; nil: nothing.
    public let changeLog: ChangeLogConfig?
    /// The top-level field with the time after which a document is removed; nil: none is.
    public let expiryField: String?
    /// What SQL has declared of the table: its columns and constraints, as the floor that knows SQL writes them.
    public let declaration: Datum?
    /// What SQL's COMMENT says of a table that declares nothing, and of fields that are no columns:
    /// `{"table": "…", "fields": {"city": "…"}}`; nil: nothing.
    package let comments: Datum?
    /// What is remembered of XML that came into the table, so that it goes out as it came; see ``XMLShape``.
    let xml: Datum?
    /// The relations that the table declares, as they are stored; see ``relations``.
    let relationForms: Datum?

    public enum WriteAcknowledgement: String, Sendable, CaseIterable {
        case majority, single
    }

    /// `db:<database id>:table:<id>:docs:`, made once.
    let documentsPrefix: [UInt8]

    init(
        id: String, name: String, databaseID: String, databaseName: String, primaryKey: String, createdAt: Double,
        durability: Durability = .hard, indexes: [IndexConfig] = [], shardCount: Int = 1,
        writeAcknowledgement: WriteAcknowledgement = .majority, writeHook: String? = nil, changeLog: ChangeLogConfig? = nil,
        expiryField: String? = nil, declaration: Datum? = nil, comments: Datum? = nil, xml: Datum? = nil, relations: Datum? = nil
    ) {
        self.id = id
        self.name = name
        self.databaseID = databaseID
        self.databaseName = databaseName
        self.primaryKey = primaryKey
        self.createdAt = createdAt
        self.durability = durability
        self.indexes = indexes
        self.shardCount = shardCount
        self.writeAcknowledgement = writeAcknowledgement
        self.writeHook = writeHook
        self.changeLog = changeLog
        self.expiryField = expiryField
        self.declaration = declaration
        self.comments = comments
        self.xml = xml
        relationForms = relations
        documentsPrefix = Array(CatalogKeys.documentsPrefix(ofTable: id, inDatabase: databaseID).utf8)
    }

    /// `<database>.<table>`, as people write it.
    public var qualifiedName: String { "\(databaseName).\(name)" }
}

extension TableConfig: Hashable {
    public static func == (a: TableConfig, b: TableConfig) -> Bool {
        a === b
            || (a.id, a.name, a.databaseID, a.databaseName, a.primaryKey, a.createdAt) == (
                b.id, b.name, b.databaseID, b.databaseName, b.primaryKey, b.createdAt
            )
                && (a.durability, a.shardCount, a.writeAcknowledgement, a.indexes) == (
                    b.durability, b.shardCount, b.writeAcknowledgement, b.indexes
                )
                && (a.writeHook, a.changeLog, a.expiryField, a.declaration, a.xml, a.relationForms) == (
                    b.writeHook, b.changeLog, b.expiryField, b.declaration, b.xml, b.relationForms
                )
                && a.comments == b.comments
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(name)
    }
}

extension TableConfig {
    /// A table of the system database, which is in no file.
    package static func system(id: String, name: String, in database: DatabaseConfig) -> TableConfig {
        TableConfig(id: id, name: name, databaseID: database.id, databaseName: database.name, primaryKey: "id", createdAt: 0)
    }
}

extension TableConfig {
    /// The stored form. The database's name is not in it: it stands in the key, so renaming a database leaves the values as they are.
    var json: Datum {
        get throws(CatalogError) {
            var forms: [Datum] = []
            for index in indexes { forms.append(try index.storedForm) }
            return try datum { () throws(DatumError) in
                try Datum.object([
                    ("id", Datum(id)), ("name", Datum(name)), ("database_id", Datum(databaseID)), ("primary_key", Datum(primaryKey)),
                    ("created_at", Datum(createdAt)), ("indexes", try .array(forms)),
                ]).changing(settings)
            }
        }
    }

    /// What can be changed, as fields of the stored form. Those that are as usual are left out, but for the durability.
    var settings: [(String, Datum?)] {
        [
            ("durability", Datum(durability.rawValue)), ("shards", shardCount == 1 ? nil : Datum(shardCount)),
            ("write_acks", writeAcknowledgement == .majority ? nil : Datum(writeAcknowledgement.rawValue)),
            ("write_hook", writeHook.map { Datum($0) }), ("change_log", changeLog?.datum),
            ("expiry_field", expiryField.map { Datum($0) }), ("declaration", declaration), ("comments", comments),
            ("xml", xml), ("relations", relationForms),
        ]
    }

    /// Reads the stored form; `key` is where it stood, for the message.
    convenience init(json: Datum, databaseName: String, at key: String) throws(CatalogError) {
        self.init(
            id: try json.configString("id", at: key),
            name: try json.configString("name", at: key),
            databaseID: try json.configString("database_id", at: key),
            databaseName: databaseName,
            primaryKey: try json.configString("primary_key", at: key),
            createdAt: try json.configNumber("created_at", at: key),
            durability: json[field: "durability"]?.string.flatMap(Durability.init(rawValue:)) ?? .hard,
            indexes: json[field: "indexes"].map { ($0.kind == .array ? Array($0.elements) : []).map(IndexConfig.init(json:)) } ?? [],
            shardCount: json[field: "shards"]?.integer ?? 1,
            writeAcknowledgement: json[field: "write_acks"]?.string.flatMap(WriteAcknowledgement.init(rawValue:)) ?? .majority,
            writeHook: json[field: "write_hook"]?.string, changeLog: json[field: "change_log"].flatMap(ChangeLogConfig.init),
            expiryField: json[field: "expiry_field"]?.string, declaration: json[field: "declaration"]?.owned,
            comments: json[field: "comments"]?.owned, xml: json[field: "xml"]?.owned, relations: json[field: "relations"]?.owned)
    }
}
