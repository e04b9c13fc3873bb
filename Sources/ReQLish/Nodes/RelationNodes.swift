import Ground

// Relations that tables declare: making, dropping, listing them, and how they are.

/// `relationCreate(name, {field, to, reverse})`, `relationCreate(name, {from, to, kind, weight, reverse})`.
final class CreateRelationNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables have no relations")
        try execution.require(.config, on: table.config, at: site)
        // Whether its indexes can be built tells of the documents.
        try execution.require(.read, on: table.config, at: site)
        let name = try call[1].string(execution)
        let reverse = try call.ownOption("reverse").map { node throws(ReQLError) in try node.string(execution) }
        for name in [name, reverse].compactMap({ $0 }) {
            guard !name.isEmpty, !name.contains(where: { $0 == "." || $0 == "\0" }) else {
                throw call[1].site.error(.queryLogic, "A relation's name has a letter at least, and no point: found `\(name)`.")
            }
            if try table.relations(at: call[1].site).contains(where: { $0.name == name || $0.reverse == name }) {
                throw call[1].site.error(.operationFailed, "Relation `\(name)` already exists on table `\(table.qualifiedName)`.")
            }
        }
        guard name != reverse else { throw call[1].site.error(.queryLogic, "A relation is called otherwise in reverse.") }
        let relation = try RelationOption(declaring: call).declared(execution, table)
        let edges: RelationConfig.Edges
        switch relation.edges {
        case .field(let way):
            guard let to = relation.to else { throw site.error(.queryLogic, "The relation needs `to`, the table that its keys are of.") }
            edges = .field(way.text, to: .init(to.config))
        case .documents(_, let from, let to):
            edges = .documents(
                from: .init(field: from, table: relation.from.map { .init($0.config) }),
                to: .init(field: to, table: relation.to.map { .init($0.config) }))
        }
        let wanted = Self.indexes(of: relation, called: name, in: table)
        try execution.change(at: site) { transaction throws(CatalogError) in
            for index in wanted { try transaction.createIndex(index.name, on: table.config, index.source, isMulti: index.isMulti) }
            let declared = RelationConfig(
                name: name, reverse: reverse, edges, kind: relation.kind, weight: relation.weight, indexes: wanted.map(\.name))
            try transaction.setRelations(try transaction.current(table.config).relations + [declared], of: table.config)
        }
        execution.writer.startBuilding()
        return try site.object([("created", 1), ("indexes", Datum(elements: wanted.map { Datum($0.name) }))])
    }

    /// The indexes that are missing.
    private static func indexes(
        of relation: GraphRelation, called name: String, in table: TableReference
    ) -> [(name: String, source: IndexConfig.Source, isMulti: Bool)] {
        func free(_ wanted: String) -> String {
            var name = wanted
            var number = 2
            while !table.isMissing(name) {
                name = "\(wanted)_\(number)"
                number += 1
            }
            return name
        }
        switch relation.edges {
        case .field(let way):
            if table.config.indexes.contains(where: { $0.isMulti && way.isIndexed(by: $0) }) { return [] }
            let source: IndexConfig.Source =
                way.names.count == 1
                ? .field(way.names[0]) : .function(IndexFields.function(way.names.reduce("[10,[1]]", IndexFields.get)))
            return [(free(name), source, true)]
        case .documents(_, let from, let to):
            var missing: [(name: String, source: IndexConfig.Source, isMulti: Bool)] = []
            for (near, far, suffix) in [(from, to, "out"), (to, from, "in")] {
                let isThere = table.config.indexes.contains { index in
                    guard let fields = table.indexFields.fields(of: index), fields.isCompound else { return false }
                    return fields.names.starts(with: [near, far])
                }
                if isThere { continue }
                missing.append((free("\(name)_\(suffix)"), IndexFields.source([near, far]), false))
            }
            return missing
        }
    }
}

/// `relationDrop(name)`.
final class DropRelationNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables have no relations")
        try execution.require(.config, on: table.config, at: site)
        let name = try call[1].string(execution)
        let relation = try table.relation(named: name, at: call[1].site)
        if relation.isForeignKey {
            throw call[1].site.error(
                .operationFailed,
                "`\(relation.name)` is a foreign key of `\(table.qualifiedName)`; ALTER TABLE … DROP CONSTRAINT of SQL drops it.")
        }
        try execution.change(at: site) { transaction throws(CatalogError) in
            let now = try transaction.current(table.config)
            for index in relation.indexes where now.index(named: index) != nil { try transaction.dropIndex(index, of: now) }
            try transaction.setRelations(now.relations.filter { $0.name != relation.name }, of: now)
        }
        return ["dropped": 1]
    }
}

/// `relationList()`.
final class RelationListNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables have no relations")
        return Datum(elements: try table.relations(at: site).map { Datum($0.name) })
    }
}

/// `relationStatus(name, …)`. Counting edges reads them all.
final class RelationStatusNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables have no relations")
        try table.checkRead(at: site)
        var relations: [RelationConfig] = []
        for name in call.arguments.dropFirst() {
            relations.append(try table.relation(named: try name.string(execution), at: name.site))
        }
        if relations.isEmpty { relations = try table.relations(at: site) }
        var statuses: [Datum] = []
        for relation in relations { statuses.append(try status(of: relation, table, execution)) }
        return try site.array(statuses)
    }

    private func status(of relation: RelationConfig, _ table: TableReference, _ execution: Execution) throws(ReQLError) -> Datum {
        var fields = try site.reading(table.snapshot.fields(of: relation))
        do throws(ReQLError) {
            let (edges, dangling) = try count(relation, table, execution)
            fields += [("ready", .true), ("edges", Datum(edges)), ("dangling", Datum(dangling))]
        } catch {
            guard error.kind == .queryLogic else { throw error }
            fields += [("ready", .false), ("problem", Datum(error.message))]
        }
        return try site.object(fields)
    }

    /// How many edges there are, and how many have an end without a document.
    private func count(
        _ relation: RelationConfig, _ table: TableReference, _ execution: Execution
    ) throws(ReQLError) -> (edges: Int, dangling: Int) {
        let relation = try GraphRelation(relation, of: table, execution, at: site)
        // Those against the edges need an index too.
        _ = try Graph([relation], .in, execution, at: site)
        let all = WholeGraph(try Graph([relation], .out, missing: .keep, execution, at: site))
        var edges = 0
        try all.forEachBatch { links, _ throws(ReQLError) in edges += links.count }
        let whole = WholeGraph(try Graph([relation], .out, execution, at: site))
        var sound = 0
        try whole.forEachBatch { links, _ throws(ReQLError) in sound += links.count }
        return (edges, edges - sound)
    }
}

extension TableReference {
    fileprivate func relations(at site: Site) throws(ReQLError) -> [RelationConfig] { try site.reading(snapshot.relations(of: config)) }

    fileprivate func relation(named name: String, at site: Site) throws(ReQLError) -> RelationConfig {
        if let relation = try relations(at: site).first(where: { $0.name == name }) { return relation }
        throw site.error(.operationFailed, "Relation `\(name)` was not found on table `\(qualifiedName)`.")
    }
}
