import Catalog
import Ground

// CREATE TABLE … (LIKE …).
extension TableBuilder {
    mutating func add(_ like: LikeClause) throws(SQLError) {
        if case .view(let view)? = try definer.definitions.relation(like.relation) {
            try definer.definitions.require(.read, view)
            for field in view.columns {
                guard declaration.column(named: field.name) == nil else {
                    throw error("42701", "column \"\(field.name)\" specified more than once")
                }
                declaration.columns.append(.init(name: field.name, number: declaration.nextNumber, type: field.type))
                declaration.nextNumber += 1
            }
            return
        }
        let found = try definer.definitions.relation(like.relation)
        guard case .table(let table)? = found else {
            guard found == nil else {
                throw error("42809", "relation \"\(like.relation.last)\" is invalid in LIKE clause", at: like.relation.position)
            }
            throw definer.definitions.missing(like.relation)
        }
        try definer.definitions.require(.read, table)
        var included: Set<String> = []
        let all: Set<String> = ["defaults", "constraints", "identity", "generated", "indexes", "comments", "storage", "statistics"]
        for choice in like.choices {
            let parts = choice.part == "all" ? all : [choice.part]
            if choice.isIncluded { included.formUnion(parts) } else { included.subtract(parts) }
        }
        var numbers: [Int: Int] = [:]
        for column in table.declaration.columns {
            guard declaration.column(named: column.name) == nil else {
                throw error("42701", "column \"\(column.name)\" specified more than once")
            }
            var copy = column
            copy.number = declaration.nextNumber
            numbers[column.number] = copy.number
            declaration.nextNumber += 1
            copy.sequence = nil
            copy.identity = nil
            if !included.contains("defaults") { copy.defaultText = nil }
            let schema = schema
            copy.defaultText = try copy.defaultText.map { (text) throws(SQLError) in
                try SequenceNames.replacing(in: text) { (name) throws(SQLError) in
                    guard let found = try definer.definitions.sequence(name, ofTablesIn: table.schema), found.schema != schema else {
                        return nil
                    }
                    return SequenceNames.qualified(found.schema, found.name)
                }
            }
            if !included.contains("generated") { copy.generated = nil }
            if !included.contains("comments") { copy.comment = nil }
            if included.contains("identity"), let identity = column.identity { try addSequence(&copy, [], identity: identity) }
            declaration.columns.append(copy)
        }
        for constraint in table.declaration.constraints {
            var copy = constraint
            copy.id = UUID.random().description
            copy.columns = constraint.columns.compactMap { numbers[$0] }
            // There are no rows that it could not hold for.
            copy.isValidated = true
            if !included.contains("comments") { copy.comment = nil }
            switch constraint.kind {
            case .check where included.contains("constraints"): declaration.constraints.append(copy)
            case .primary where included.contains("indexes"), .unique where included.contains("indexes"):
                let names = constraint.columns.compactMap { number in table.declaration.columns.first { $0.number == number }?.name }
                var rule = UniqueRule()
                rule.nullsAreEqual = constraint.nullsAreEqual
                rule.included = table.columnNames(constraint.included).map { Name($0, at: Position(0)) }
                uniqueColumns.append(
                    (
                        nil, names.map { Name($0, at: Position(0)) }, rule, constraint.kind == .primary, constraint.isDeferrable,
                        constraint.isDeferred
                    ))
            default: break
            }
        }
        guard included.contains("indexes") else { return }
        for index in table.declaration.indexes {
            var copy = index
            copy.id = UUID.random().description
            let parts = (index.elements + index.included).map(OutputNames.name(ofElement:))
            let taken = declaration.indexes.map(\.name)
            let (definer, schema) = (definer, schema)
            let base = "\(name)_\(OutputNames.distinct(parts).joined(separator: "_"))_idx"
            copy.name = try definer.freeName(base) { (candidate) throws(SQLError) in
                if taken.contains(candidate) { return true }
                if try definer.definitions.table(ofIndex: candidate, schema: schema) != nil { return true }
                return try definer.definitions.relation(named: candidate, schema: schema) != nil
            }
            if !included.contains("comments") { copy.comment = nil }
            declaration.indexes.append(copy)
        }
    }
}
