/// A database's entry in the file, stored as JSON `{id, name, created_at}` at `__meta__:databases:<name>`.
public struct DatabaseConfig: Sendable, Hashable {
    /// A UUID in lower case, the same for the database's whole life.
    public let id: String
    public let name: String
    /// Seconds since 1970-01-01T00:00:00Z, to the millisecond.
    public let createdAt: Double

    package init(id: String, name: String, createdAt: Double) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
    }
}

extension DatabaseConfig {
    /// The stored form.
    var json: Datum {
        ["id": Datum(id), "name": Datum(name), "created_at": Datum(createdAt)]
    }

    /// Reads the stored form; `key` is where it stood, for the message.
    init(json: Datum, at key: String) throws(CatalogError) {
        self.init(
            id: try json.configString("id", at: key),
            name: try json.configString("name", at: key),
            createdAt: try json.configNumber("created_at", at: key))
    }
}

extension Datum {
    /// A string field of a stored config.
    func configString(_ field: String, at key: String) throws(CatalogError) -> String {
        guard let value = self[field: field]?.string else {
            throw CatalogError(.corrupt, "The config at `\(key)` has no string `\(field)`. Run `pando check`.")
        }
        return value
    }

    /// A number field of a stored config.
    func configNumber(_ field: String, at key: String) throws(CatalogError) -> Double {
        guard let value = self[field: field]?.number else {
            throw CatalogError(.corrupt, "The config at `\(key)` has no number `\(field)`. Run `pando check`.")
        }
        return value
    }
}
