/// What the database knows about types that are not built in.
package protocol TypeCatalog {
    func type(_ oid: UInt32) -> UserType?
    /// The schema is nil where the search path decides.
    func type(named name: String, schema: String?) -> UserType?
    /// Whether its name alone leads to a type.
    func isVisible(_ type: UserType) -> Bool
}

extension TypeCatalog {
    package func isVisible(_ type: UserType) -> Bool { type.schema == "public" || type.schema.isEmpty }
}

/// A type that a statement declared, or the row type of a table.
package struct UserType: Sendable {
    package enum Kind: Sendable {
        /// The labels in their order.
        case `enum`([String])
        case domain(base: SQLType, isNotNull: Bool)
        case composite([SQLRecord.Field])
        case array(of: SQLType)
    }

    package var name: String
    package var schema: String
    package var oid: UInt32
    package var arrayOID: UInt32
    package var kind: Kind

    package init(name: String, schema: String, oid: UInt32, arrayOID: UInt32, kind: Kind) {
        self.name = name
        self.schema = schema
        self.oid = oid
        self.arrayOID = arrayOID
        self.kind = kind
    }
}
