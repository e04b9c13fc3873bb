import Catalog

extension Definitions {
    /// The table of cells that a schema is for; nil for other schemas.
    func group(ofSchema schema: String) throws(SQLError) -> TableRelation? {
        guard let database = state.database else { return nil }
        let content = try reading { () throws(CatalogError) in try state.snapshot.object("schema", schema, in: database) }
        return try content?[field: "cells"]?.string.flatMap { id throws(SQLError) in try table(id: id) }
    }
}
