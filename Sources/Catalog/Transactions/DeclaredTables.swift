/// Who understands what SQL has declared of tables: what is registered with ``Catalog/register(_:)-(DeclaredTables)``. This floor stores
/// declarations and knows no SQL. Where nobody did, declared tables can be read and not written.
package protocol DeclaredTables: Sendable {
    /// What holds the writes of one transaction to the declarations that there are.
    func gate() throws(CatalogError) -> any DeclarationGate

    /// The ids of the tables to which the foreign keys of a table refer.
    func references(of table: TableConfig) -> Set<String>

    /// The foreign keys of a table that are relations: one field with the key of another table's document.
    func foreignKeys(of table: TableConfig, in snapshot: CatalogSnapshot) throws(CatalogError) -> [RelationConfig]
}

/// Holds documents that are written by other doors than SQL's to what is declared of their tables.
package protocol DeclarationGate: AnyObject {
    /// Writes a document in place of another, as the declaration makes it; nil stands for none on either side. What foreign keys have to
    /// do is done as well. Returns what is stored now. After a refusal nothing has changed.
    func write(_ new: Datum?, over old: Datum?, in table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError)
        -> Datum?

    /// Whether all rows of a table can go without anybody looking at each: nothing refers to them.
    func mayCut(_ table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError) -> Bool

    /// From now on rows of a table may refer to rows of the same table that are still to come, until ``requireSelfReferences(of:_:)``.
    func awaitSelfReferences(of table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError)

    /// The rows of a table are all there. Throws if one refers to none of them.
    func requireSelfReferences(of table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError)

    /// Looks at all rows of a table that came with its declaration: each has to be one that the declaration allows. Foreign keys are left
    /// to ``settleForeignKeys(of:ids:_:)``. Throws what is thrown for such a row, with its key.
    ///
    /// - Parameter ids: the ids that tables have here, by those that they had where they come from.
    func validate(_ table: TableConfig, ids: [String: String], _ transaction: inout CatalogTransaction) throws(CatalogError)

    /// Looks at the foreign keys of a table that came with its declaration. One that refers to nothing is taken out; one that rows break is
    /// held for what is written from now on, and marked as not valid.
    ///
    /// - Parameter ids: the ids that tables have here, by those that they had where they come from.
    /// - Returns: what became of foreign keys; for people.
    func settleForeignKeys(of table: TableConfig, ids: [String: String], _ transaction: inout CatalogTransaction) throws(CatalogError)
        -> [String]

    /// Drops a table with what belongs to it.
    func drop(_ table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError)
}

extension Catalog {
    /// Registers who understands declarations.
    package func register(_ declared: any DeclaredTables) { indexEvaluators.register(declared) }
}

extension CatalogTransaction {
    /// Whether the table that was found to be writable is one whose documents have to be held to a declaration here.
    var isHeld: Bool { knownIsDeclared && holdsDeclarations }

    /// Writes by the gate. Returns what is stored.
    mutating func held(_ new: Datum?, over old: Datum?, in table: TableConfig) throws(CatalogError) -> Datum? {
        try declarationGate(for: table).write(new, over: old, in: table, &self)
    }

    /// For who holds documents to what a config says of its table, and has had to wait since it was read.
    ///
    /// - Throws: `.serializationFailure` if SQL has declared something else meanwhile, `.tableNotFound` if the table is gone.
    package func requireDeclared(as table: TableConfig) throws(CatalogError) {
        let now = try current(table)
        guard now === table || now.declaration == table.declaration else { throw CatalogError.notSerializable }
    }

    /// Writes the rows of a table one by one, of which each may refer to any other: that is looked at once all of them are there.
    mutating func writeReferring(
        in table: TableConfig, _ body: (inout CatalogTransaction) throws(CatalogError) -> Void
    ) throws(CatalogError) {
        guard table.declaration != nil, catalog.indexEvaluators.declared != nil else { return try body(&self) }
        try declarationGate(for: table).awaitSelfReferences(of: table, &self)
        try body(&self)
        try declarationGate(for: table).requireSelfReferences(of: table, &self)
    }

    /// Drops a table that has sequences, of which others may take values. False if there is nothing of the kind: then whoever asks drops it.
    mutating func dropHeld(_ table: TableConfig, in database: DatabaseConfig) throws(CatalogError) -> Bool {
        guard table.declaration != nil, holdsDeclarations, catalog.indexEvaluators.declared != nil,
            try snapshot().objects("sequence", in: database).contains(where: { $0.1[field: "owner_table"]?.string == table.id })
        else { return false }
        try declarationGate(for: table).drop(table, &self)
        return try self.table(table.name, in: database) == nil
    }

    private mutating func declarationGate(for table: TableConfig) throws(CatalogError) -> any DeclarationGate {
        if let gate { return gate }
        guard let declared = catalog.indexEvaluators.declared else {
            throw CatalogError(
                .newerFormat,
                "Table `\(table.qualifiedName)` is declared by SQL, and its documents can't be held to that here. Write to it by SQL or at a "
                    + "server.")
        }
        let made = try declared.gate()
        gate = made
        return made
    }

    /// Removes all documents of a declared table: at once, if nothing refers to them. Nil: that is for the caller to do.
    mutating func deleteHeld(in table: TableConfig) throws(CatalogError) -> Int? {
        guard try !declarationGate(for: table).mayCut(table, &self) else { return nil }
        var keys: [Datum] = []
        let cursor = try snapshot().documents(in: table)
        while let document = try cursor.next() { keys.append(document[field: table.primaryKey]?.owned ?? .null) }
        var count = 0
        for key in keys {
            try check()
            if try delete(key, in: table) { count += 1 }
        }
        return count
    }
}
