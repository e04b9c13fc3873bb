import Catalog

extension CatalogTransaction {
    /// Throws `.tableExists` while other tables need a table: foreign keys of theirs refer to it, or their rows are in its cells. SQL, which
    /// can drop those as well, does not ask.
    package mutating func requireUnreferenced(_ name: String, in database: DatabaseConfig) throws(CatalogError) {
        let snapshot = try snapshot()
        guard let table = try snapshot.table(name, in: database) else { return }
        for other in try snapshot.tables(in: database) where other.id != table.id {
            guard let declaration = other.declaration else { continue }
            let refers = declaration[field: "constraints"]?.elements.contains { $0[field: "references"]?.string == table.id } ?? false
            guard refers || declaration[field: "cells"]?.string == table.id else { continue }
            throw CatalogError(
                .tableExists,
                "Table `\(table.qualifiedName)` can't be dropped: table `\(other.qualifiedName)` \(refers ? "refers to it" : "is in its cells"). "
                    + "Drop that one first; SQL's DROP TABLE … CASCADE does both.")
        }
    }
}
