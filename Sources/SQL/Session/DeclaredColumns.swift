package import Catalog

/// The columns that SQL has declared of a table, for doors that write and read documents as texts.
package struct DeclaredColumns {
    /// In their order.
    package let names: [String]
    /// Those whose values are strings in documents, also where they look like something else.
    package let texts: Set<String>

    /// Nil for a table whose documents may have other fields, too.
    package init?(_ table: TableConfig) {
        guard let declaration = table.declaration.map(Declaration.init), !declaration.isOpen, declaration.cells == nil else { return nil }
        names = declaration.columns.map(\.name)
        texts = Set(declaration.columns.filter { Self.isText($0.type) }.map(\.name))
    }

    /// Whether a value has the form of a string. Types that somebody has made may have any.
    private static func isText(_ type: SQLType) -> Bool {
        let others: Set<UInt32> = [
            SQLType.bool.oid, SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.oid.oid, SQLType.numeric.oid,
            SQLType.float4.oid, SQLType.float8.oid, SQLType.json.oid, SQLType.jsonb.oid, SQLType.bytea.oid, SQLType.timestamptz.oid,
        ]
        return type.oid < 16384 && !others.contains(type.oid) && TypeTable.element(of: type.oid, NeutralSession.noTypes) == nil
    }
}
