import Ground

/// The names of the fields that documents have.
package struct FieldNames {
    package private(set) var names: Set<String> = []
    /// Documents of a table mostly have the same fields: those that were last seen at each position.
    private var layout: [FieldFinder] = []

    package init() {}

    package mutating func add(_ document: Datum) {
        guard document.isStoredDocument else {
            for index in 0..<document.count { names.insert(document.key(at: index)) }
            return
        }
        let stored = document.stored
        for index in 0..<stored.fieldCount {
            if index < layout.count, layout[index].isField(index, of: stored) { continue }
            let name = document.key(at: index)
            names.insert(name)
            let finder = FieldFinder(name)
            if index < layout.count { layout[index] = finder } else { layout.append(finder) }
        }
        withExtendedLifetime(document) {}
    }

    /// The columns of a table: its key, if it has one, then the others by their names.
    /// - Parameter others: names that are no document's.
    package func columns(primaryKey: String?, others: Set<String> = []) -> [String] {
        let first = primaryKey.map { [$0] } ?? []
        return first + names.union(others).subtracting(first).sorted()
    }
}
