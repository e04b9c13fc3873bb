import Catalog
import ReQLish

// SHOW CELLS.
extension Session {
    private static let groupColumns = [
        ResultColumn(name: "group", type: .name), ResultColumn(name: "key", type: .text), ResultColumn(name: "cells", type: .int8),
        ResultColumn(name: "tables", type: .text),
    ]

    func cellColumns(of group: QualifiedName?) throws(SQLError) -> [ResultColumn] {
        guard let group else { return Self.groupColumns }
        let definitions = Definitions(self, try transaction.readState())
        self.definitions = definitions
        let (table, tables) = try cells(group, definitions)
        return columns(table, tables)
    }

    private func columns(_ group: TableRelation, _ tables: [TableRelation]) -> [ResultColumn] {
        let properties = group.declaration.columns.map { ResultColumn(name: $0.name, type: TypeTable.base(of: $0.type, types)) }
        return properties + (tables.map(\.name) + ["rows"]).map { ResultColumn(name: $0, type: .int8) }
    }

    func showCells(_ group: QualifiedName?, _ filter: Expression?, _ source: SourceText) throws(SQLError) -> StatementResult {
        let definitions = Definitions(self, try transaction.readState())
        self.definitions = definitions
        guard let group else { return try showGroups(definitions) }
        let (table, tables) = try cells(group, definitions)
        try definitions.require(.read, table)
        let binder = Binder(self, definitions, source, ParameterTypes([]))
        let choice = try binder.choice(filter, table, Scope(parent: nil, rules: .from))
        let run = Run(self, definitions.state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        let snapshot = definitions.state.snapshot
        var rows: [Row] = []
        for cell in try choice.forms(run) {
            try run.check()
            let document = try definitions.reading { () throws(CatalogError) in
                try snapshot.get(Cells.documentKey(cell), in: table.config)
            }
            var row: Row = table.declaration.columns.map { column in
                document?[field: column.name].map { StoredForm.value($0.owned, column.type, TypeTable.base(of: column.type, types)) }
                    ?? .null
            }
            // Unknown to who may not read one of the tables.
            var all: Int? = 0
            for other in tables {
                let mayRead = try definitions.may(.read, PermissionScope(other.config))
                let count = try definitions.reading { () throws(CatalogError) in try snapshot.count(in: other.config, Cells.bounds(cell)) }
                row.append(mayRead ? .int(Int64(count)) : .null)
                all = mayRead ? all.map { $0 + count } : nil
            }
            rows.append(row + [all.map { .int(Int64($0)) } ?? .null])
        }
        return StatementResult(columns: columns(table, tables), tag: { _ in "SHOW" }, rows: Plan.source(rows), isComplete: true)
    }

    private func cells(_ name: QualifiedName, _ definitions: Definitions) throws(SQLError) -> (TableRelation, [TableRelation]) {
        switch try definitions.relation(name) {
        case nil: throw SQLError(SQLState(rawValue: "42P01"), "cell group \"\(name.text)\" does not exist")
        case .table(let table)? where table.declaration.isCellGroup:
            return (table, try definitions.tables().filter { $0.declaration.cells == table.config.id })
        default: throw SQLError(SQLState(rawValue: "42809"), "\"\(name.last)\" is not a cell group")
        }
    }

    private func showGroups(_ definitions: Definitions) throws(SQLError) -> StatementResult {
        let tables = try definitions.tables()
        var rows: [Row] = []
        for group in tables where group.declaration.isCellGroup {
            let key = group.declaration.primaryKeyIndexes.map { group.declaration.columns[$0].name }
            let count = try definitions.reading { () throws(CatalogError) in
                try definitions.state.snapshot.documentCount(in: group.config)
            }
            let mayRead = try definitions.may(.read, PermissionScope(group.config))
            let members = tables.filter { $0.declaration.cells == group.config.id }.map(\.name)
            rows.append([
                .text(group.name), .text(key.joined(separator: ", ")), mayRead ? .int(Int64(count)) : .null,
                .text(members.joined(separator: ", ")),
            ])
        }
        return StatementResult(columns: Self.groupColumns, tag: { _ in "SHOW" }, rows: Plan.source(rows), isComplete: true)
    }
}
