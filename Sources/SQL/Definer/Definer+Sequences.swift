import Catalog
import Ground

/// CREATE SEQUENCE and ALTER SEQUENCE.
extension Definer {
    func create(_ sequence: CreateSequence) throws(SQLError) -> StatementResult {
        let (schema, key, isTemporary) = try place(sequence.name, sequence.persistence)
        if try definitions.relation(named: sequence.name.last, schema: schema) != nil {
            guard sequence.ifNotExists else { throw error("42P07", "relation \"\(sequence.name.last)\" already exists") }
            session.notice("relation \"\(sequence.name.last)\" already exists, skipping", .notice, "42P07")
            return skipped("CREATE SEQUENCE")
        }
        let owner = try owner(sequence.options, schema)
        let content = try SequenceBuilder.content(sequence.options, type: .int8, self)
        try put("sequence", key, owner == nil ? content : try changed(content, owner ?? []), isTemporary: isTemporary)
        return done("CREATE SEQUENCE")
    }

    func alterSequence(
        _ name: QualifiedName, _ ifExists: Bool, _ options: [SequenceOption]
    ) throws(SQLError) -> StatementResult {
        guard case .sequence(let sequence)? = try definitions.relation(name) else {
            if try definitions.relation(name) != nil { throw error("42809", "\"\(name.last)\" is not a sequence") }
            guard ifExists else { throw definitions.missing(name) }
            session.notice("relation \"\(name.last)\" does not exist, skipping")
            return done("ALTER SEQUENCE")
        }
        try change(sequence, options)
        return done("ALTER SEQUENCE")
    }

    /// OWNED BY: the fields that tell of the owner; nil if nothing is said.
    private func owner(_ options: [SequenceOption], _ schema: String) throws(SQLError) -> [(String, Datum?)]? {
        for option in options {
            guard case .owned(let name) = option.kind else { continue }
            guard name.parts.count > 1 else {
                guard name.last.lowercased() == "none" else {
                    throw error("42601", "invalid OWNED BY option", hint: "Specify OWNED BY table.column or OWNED BY NONE.")
                }
                return [("owner_table", nil), ("owner_column", nil)]
            }
            let relation = QualifiedName(Array(name.parts.dropLast()))
            guard let found = try definitions.relation(relation) else {
                throw definitions.missing(relation)
            }
            guard case .table(let table) = found else {
                throw error("42809", "sequence cannot be owned by relation \"\(relation.last)\"")
            }
            guard table.schema == schema else { throw error("55000", "sequence must be in same schema as table it is linked to") }
            guard let column = table.declaration.column(named: name.last) else {
                throw error("42703", "column \"\(name.last)\" of relation \"\(table.name)\" does not exist")
            }
            return [("owner_table", Datum(table.config.id)), ("owner_column", Datum(column.number))]
        }
        return nil
    }

    func change(_ sequence: SequenceRelation, _ options: [SequenceOption]) throws(SQLError) {
        var old = sequence.content
        if let owner = try owner(options, sequence.schema) {
            if sequence.content[field: "owner_table"] != nil,
                try definitions.tables().contains(where: { table in
                    table.declaration.columns.contains { $0.sequence == sequence.name && $0.identity != nil }
                        && table.schema == sequence.schema
                })
            {
                throw SQLError(.featureNotSupported, "cannot change ownership of identity sequence")
            }
            // The serial column that it was made for doesn't take it along any more.
            for table in try definitions.tables() where table.schema == sequence.schema {
                guard let index = table.declaration.columns.firstIndex(where: { $0.sequence == sequence.name }) else { continue }
                let isKept =
                    owner.contains { $0.1 == Datum(table.config.id) }
                    && owner.contains { $0.1 == Datum(table.declaration.columns[index].number) }
                if isKept { continue }
                var declaration = table.declaration
                declaration.columns[index].sequence = nil
                try redeclare(table, declaration)
            }
            old = try changed(old, owner)
            try put("sequence", sequence.key, old, isTemporary: sequence.isTemporary)
            if options.count == 1 { return }
        }
        try session.requireOwnMemory("ALTER SEQUENCE", of: sequence)
        let states = SequenceStates.of(session.catalog)
        let state = states.state(sequence)
        old = Datum.fields(
            (0..<old.count).filter { !["last", "is_called"].contains(old.key(at: $0)) }.map { (old.key(at: $0), old[$0]) }
                + [("last", Datum(String(state.last))), ("is_called", Datum(state.isCalled))])
        let content = try SequenceBuilder.content(options, type: sequence.type, self, over: old)
        try put("sequence", sequence.key, content, isTemporary: sequence.isTemporary)
        let changed = SequenceRelation(sequence.key, content, isTemporary: sequence.isTemporary, database: sequence.database)
        session.restartedSequences.note(sequence, before: state, savepointCount: session.transaction.savepointCount)
        states.set(changed, changed.stored)
        // What is noted of it with the commit is what it was changed to.
        session.touched(changed)
    }
}
