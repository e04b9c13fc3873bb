// Secondary indexes: making, dropping, renaming, listing them and waiting for them.

/// The table and the index's name that these terms take.
private struct IndexName {
    let table: Node
    let name: Node

    init(_ call: Call) {
        table = call[0]
        name = call[1]
    }

    /// Throws for the name of the primary key, which is an index of its own kind.
    static func check(_ name: String, _ table: TableReference, at site: Site) throws(ReQLError) {
        guard name != table.config.primaryKey else {
            throw site.error(.queryLogic, "Index name conflict: `\(name)` is the name of the primary key.")
        }
    }
}

/// `indexCreate(name)`, `indexCreate(name, function)`.
final class CreateIndexNode: DatumNode {
    private var index: IndexName { IndexName(call) }
    private var definition: Node? { call.count > 2 ? call[2] : nil }
    private var multi: Node? { call.ownOption("multi") }
    private var geo: Node? { call.ownOption("geo") }
    private var unique: Node? { call.ownOption("unique") }
    private var text: Node? { call.ownOption("text") }
    private var fields: Node? { call.ownOption("fields") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try index.table.ordinaryTable(execution, "its tables have no indexes")
        try execution.require(.config, on: table.config, at: site)
        let name = try index.name.string(execution)
        try IndexName.check(name, table, at: index.name.site)
        var definition = IndexDefinition(.field(name))
        if let written = self.definition { definition = try read(written, execution) }
        if let text {
            definition.source = .text(try textDefinition(text, name, definition.source, execution))
        } else if let fields {
            throw fields.site.error(.queryLogic, "`fields` belongs to a text index: give `text` too.")
        }
        if let multi { definition.isMulti = try multi.bool(execution) }
        if let geo { definition.isGeo = try geo.bool(execution) }
        if let unique { definition.isUnique = try unique.bool(execution) }
        // Whether it can be built, how long that takes and what it says when it can't tells of the documents.
        if definition.isUnique || definition.isComputed { try execution.require(.read, on: table.config, at: site) }
        let index = try execution.change(at: site) { [definition] transaction throws(CatalogError) in
            try transaction.createIndex(
                name, on: table.config, definition.source, isMulti: definition.isMulti, isGeo: definition.isGeo,
                isUnique: definition.isUnique)
        }
        if definition.isUnique { try buildNow(index, table, execution) } else { execution.writer.startBuilding() }
        return ["created": 1]
    }

    private func textDefinition(
        _ text: Node, _ name: String, _ source: IndexConfig.Source, _ execution: Execution
    ) throws(ReQLError) -> TextIndexDefinition {
        guard case .field(let field) = source else {
            throw site.error(.queryLogic, "A text index is of fields: name them in the option `fields`.")
        }
        let (language, stopWords) = try TextOptions.language(try text.datum(execution), at: text.site)
        let named: [TextIndexDefinition.Field]
        if let fields {
            named = try TextOptions.fields(try fields.datum(execution), at: fields.site)
        } else {
            named = [try TextOptions.field(field, weight: 1, at: site)]
        }
        return TextIndexDefinition(fields: named, language: language, stopWords: stopWords)
    }

    /// An index that must be unique is built before the query is answered, so that it is the query that fails if there are duplicates.
    private func buildNow(_ index: IndexConfig, _ table: TableReference, _ execution: Execution) throws(ReQLError) {
        do throws(ReQLError) {
            while try !execution.writer.buildIndex(index.id, of: table.config, at: site) { try execution.check() }
            execution.forgetSnapshot()
            let snapshot = try execution.snapshot(at: site)
            // Another one who built it may have found the duplicates.
            let built = try site.reading(snapshot.table(id: table.config.id))
            if let failure = built?.indexes.first(where: { $0.id == index.id })?.failure { throw site.error(.operationFailed, failure) }
        } catch {
            // Gone already if the table is.
            _ = try? execution.change(at: site) { transaction throws(CatalogError) in
                try transaction.dropIndex(index.name, of: table.config)
            }
            throw error
        }
    }

    private func read(_ definition: Node, _ execution: Execution) throws(ReQLError) -> IndexDefinition {
        if let written = definition as? FunctionNode { return IndexDefinition(try IndexFunctionText.source(of: written, execution)) }
        let value = try definition.evaluate(execution)
        guard case .datum(let datum) = value, let blob = datum.binary else {
            throw value.mismatch(expected: "a FUNCTION, or the BINARY form of one that `indexStatus` answers,", at: definition.site)
        }
        return try definition.site.locating(FunctionBlob.read(blob))
    }
}

/// `indexDrop(name)`.
final class DropIndexNode: DatumNode {
    private var index: IndexName { IndexName(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try index.table.ordinaryTable(execution, "its tables have no indexes")
        try execution.require(.config, on: table.config, at: site)
        let name = try index.name.string(execution)
        try execution.change(at: site) { transaction throws(CatalogError) in _ = try transaction.dropIndex(name, of: table.config) }
        return ["dropped": 1]
    }
}

/// `indexRename(old, new)`.
final class RenameIndexNode: DatumNode {
    private var index: IndexName { IndexName(call) }
    private var newName: Node { call[2] }
    private var overwrite: Node? { call.ownOption("overwrite") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try index.table.ordinaryTable(execution, "its tables have no indexes")
        try execution.require(.config, on: table.config, at: site)
        let name = try index.name.string(execution)
        let newName = try newName.string(execution)
        try IndexName.check(name, table, at: index.name.site)
        try IndexName.check(newName, table, at: self.newName.site)
        let isOverwriting = try overwrite?.bool(execution) ?? false
        let isRenamed = try execution.change(at: site) { transaction throws(CatalogError) in
            try transaction.renameIndex(name, of: table.config, to: newName, overwriting: isOverwriting)
        }
        return ["renamed": Datum(isRenamed ? 1 : 0)]
    }
}

/// `indexList()`: names, sorted. The primary index is not listed.
final class IndexListNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        try receiver.table(execution).reference.config.indexNames
    }
}

/// `indexStatus(name, …)` and `indexWait(name, …)`, of the named indexes or of all.
final class IndexStatusNode: DatumNode {
    private var names: ArraySlice<Node> { call.arguments.dropFirst() }
    private var waits: Bool { call.type == .indexWait }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        var wanted: Set<String> = []
        let table = try receiver.table(execution).reference
        for name in names { wanted.insert(try name.string(execution)) }
        let indexes = try chosen(wanted, of: table.config)
        guard waits, !table.isPast, indexes.contains(where: { !$0.isReady }) else { return try statuses(indexes, table) }
        // A waiting query helps to build: builders take turns between batches.
        let names = Set(indexes.map(\.name))
        for index in try toBuild(names, table) where !index.isReady {
            do throws(ReQLError) {
                while try !execution.writer.buildIndex(index.id, of: table.config, at: site) { try execution.check() }
            } catch {
                // What is left of the reason is told below: it has keys of documents, which not everybody may read who may wait.
                // And what keeps another index from being built is nothing to whoever waits for these.
                guard error.cause == .duplicateValue || !names.contains(index.name) else { throw error }
            }
        }
        execution.forgetSnapshot()
        let now = try receiver.table(execution).reference
        for index in try chosen(wanted, of: now.config) {
            if let failure = index.failure { throw site.error(.operationFailed, failure) }
        }
        return try statuses(try chosen(wanted, of: now.config), now)
    }

    /// The indexes that are waited for, as they were made. Of a small table those that were made before them come first: that takes no
    /// time, and whoever makes several and waits for the last one expects all of them to be there.
    private func toBuild(_ names: Set<String>, _ table: TableReference) throws(ReQLError) -> [IndexConfig] {
        let all = table.config.indexes
        let isSmall = try site.reading(table.snapshot.count(in: table.config, .all)) <= Self.smallCount
        guard isSmall, let last = all.lastIndex(where: { names.contains($0.name) }) else { return all.filter { names.contains($0.name) } }
        return Array(all[...last])
    }

    /// Documents that make no batch of their own.
    private static let smallCount = 500

    private func chosen(_ wanted: Set<String>, of table: TableConfig) throws(ReQLError) -> [IndexConfig] {
        for name in wanted.sorted() where table.index(named: name) == nil {
            throw site.error(.operationFailed, "Index `\(name)` was not found on table `\(table.qualifiedName)`.")
        }
        return table.indexes.filter { wanted.isEmpty || wanted.contains($0.name) }.sorted { $0.name < $1.name }
    }

    private func statuses(_ indexes: [IndexConfig], _ table: TableReference) throws(ReQLError) -> Datum {
        var statuses: [Datum] = []
        for index in indexes {
            var status = index.status(ReQLIndexFunctions())
            // How many documents there are is told to those who may read them.
            if index.isText, index.failure == nil, (try? table.checkRead(at: site)) != nil {
                let reader = try site.reading(TextIndexReader(index, in: table.config, table.snapshot))
                status = try site.building(status.setting("text", to: true))
                for (name, number) in try site.reading(reader.status()) {
                    status = try site.building(status.setting(name, to: Datum(number)))
                }
            }
            if !index.isReady {
                let progress = try site.reading(table.snapshot.progress(of: index, in: table.config))
                status = try site.building(status.setting("progress", to: Datum(progress)))
            }
            statuses.append(status)
        }
        return try site.array(statuses)
    }
}
