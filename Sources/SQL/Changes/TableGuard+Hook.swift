import Catalog

// Write hooks, which ReQL sets: they come before all that the declaration asks for.
extension TableGuard {
    var isHookAsked: Bool { table.config.writeHook != nil && !ignoresHook }

    /// Has the table's write hook make of a row what it will. Returns the row's key; nil if no hook is asked.
    ///
    /// Throws what a document is refused with that comes through another door.
    /// - Parameter oldKey: that of the row that is replaced.
    func hook(_ values: inout Row, _ others: inout [(String, Datum)], over oldKey: Datum?) throws(SQLError) -> Datum? {
        guard isHookAsked else { return nil }
        let key = try key(of: values, existing: oldKey)
        let document = try document(values, key, others)
        let config = table.config
        let hooked = try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            let old: Datum? = if let oldKey { try transaction.get(oldKey, in: config) } else { nil }
            return try transaction.asked(document, over: old, in: config)
        }
        let reader = if let hookReader { hookReader } else { try DeclaredRowReader(table, definitions, run) }
        hookReader = reader
        let (given, rest) = try reader.parts(of: hooked, isNew: false)
        others = rest
        for (index, value) in given.enumerated() where table.declaration.columns[index].generated == nil {
            if let value { values[index] = value } else { values[index] = try defaultValue(index) }
        }
        try complete(&values)
        return try self.key(of: values, existing: key)
    }
}
