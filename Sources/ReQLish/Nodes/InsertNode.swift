import Ground

/// `insert`.
final class InsertNode: DatumNode {
    private var table: Node { call[0] }
    private var documents: Node { call[1] }
    private var conflict: Node? { call.option("conflict") }
    private var options: WriteOptionNodes { WriteOptionNodes(call) }

    /// The treatment of a document whose key is taken.
    private enum Conflict {
        case error
        case replace
        case update
        case function(Function)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try table.table(execution)
        let documents = try documents.evaluate(execution)
        let conflict = try conflict(execution)
        let options = try WriteOptions(options, readsTables: false, execution)
        let writer = try RowWriter(
            table.reference, options, execution, for: .insert, at: site, isIdle: documents.isEmptyArray)
        if writer.isOfProcess {
            try insertProcessRows(documents, conflict, writer, execution)
            return try writer.datum()
        }
        if documents.isSequence {
            let stream = try documents.rows(execution, at: self.documents.site).finite(at: self.documents.site).stream(execution)
            try writer.writeAll(stream) { document, transaction throws(ReQLError) in
                try self.insert(document, conflict, writer, execution, in: &transaction)
            }
        } else {
            try writer.write([try document(documents, execution)]) { document, transaction throws(ReQLError) in
                try self.insert(document, conflict, writer, execution, in: &transaction)
            }
        }
        return try writer.datum()
    }

    private func insert(
        _ document: Datum, _ conflict: Conflict, _ writer: RowWriter, _ execution: Execution, in transaction: inout CatalogTransaction
    ) throws(ReQLError) {
        if writer.isDeclared, document.isPlainObject, document[field: writer.primaryKey] == nil {
            return try writer.insertUnkeyed(document, in: &transaction)
        }
        try insert(document, conflict, writer, execution) { key, isGenerated, compute throws(ReQLError) in
            try writer.replace(key, in: &transaction, hasGeneratedKey: isGenerated, compute)
        }
    }

    private func document(_ documents: Value, _ execution: Execution) throws(ReQLError) -> Datum {
        let document = try documents.datum(execution, at: self.documents.site)
        guard document.kind == .object else {
            throw self.documents.site.mismatch(document, expected: "an OBJECT or a SEQUENCE of objects")
        }
        return document
    }

    /// Into a table that no file holds: without the writer's turn.
    private func insertProcessRows(
        _ documents: Value, _ conflict: Conflict, _ writer: RowWriter, _ execution: Execution
    ) throws(ReQLError) {
        func insert(_ document: Datum) throws(ReQLError) {
            try self.insert(document, conflict, writer, execution) { key, isGenerated, compute throws(ReQLError) in
                try writer.replaceProcessRow(key, hasGeneratedKey: isGenerated, compute)
            }
        }
        guard documents.isSequence else { return try insert(try document(documents, execution)) }
        let stream = try documents.rows(execution, at: self.documents.site).finite(at: self.documents.site).stream(execution)
        while let row = try stream.next().row { try insert(row) }
    }

    /// - Parameter replace: puts what is computed of the row that there is in its place.
    private func insert(
        _ document: Datum, _ conflict: Conflict, _ writer: RowWriter, _ execution: Execution,
        _ replace: (_ key: Datum, _ isGenerated: Bool, _ compute: (_ old: Datum) throws(ReQLError) -> Datum) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        guard document.isPlainObject else {
            return writer.count(.invalid(TypeCheck.mismatch(document, expected: "an OBJECT").message), old: .null)
        }
        var document = document
        var generatedKey: Datum?
        if document[field: writer.primaryKey] == nil {
            let key = Datum(UUID.random().description)
            generatedKey = key
            document = try site.building(document.setting(writer.primaryKey, to: key))
        }
        let new = document
        let key = new[field: writer.primaryKey] ?? .null
        let insertedBefore = writer.result.inserted
        try replace(key, generatedKey != nil) { old throws(ReQLError) in
            if old.isNull { return new }
            switch conflict {
            case .error:
                throw ReQLError(
                    .queryLogic, "Duplicate primary key `\(writer.primaryKey)`:\n\(old.shownInFull)\n\(new.shownInFull)")
            case .replace: return new
            case .update:
                return try Merge.merge(old, new)
            case .function(let function):
                return try function.call(execution, [.datum(key), .datum(old), .datum(new)])
                    .datum(execution, at: function.site)
            }
        }
        if let generatedKey, writer.result.inserted > insertedBefore || writer.table.system != nil {
            writer.result.add(generatedKey: generatedKey)
        }
    }

    private func conflict(_ execution: Execution) throws(ReQLError) -> Conflict {
        guard let conflict else { return .error }
        switch try conflict.evaluate(execution) {
        case .function(let function):
            guard conflict.determinism <= .duringQuery else {
                throw conflict.site.error(.queryLogic, "The function that resolves conflicts must give the same value each time.")
            }
            guard function.arity == nil || function.arity == 3 else {
                throw conflict.site.error(.queryLogic, "The function that resolves conflicts takes the key, the old and the new document.")
            }
            return .function(function)
        case let value:
            switch try value.datum(execution, at: conflict.site).string {
            case "error": return .error
            case "replace": return .replace
            case "update": return .update
            default:
                throw conflict.site.error(
                    .queryLogic, "`conflict` is \"error\", \"replace\", \"update\" or a function of the key and both documents.")
            }
        }
    }
}

extension Value {
    fileprivate var isEmptyArray: Bool {
        if case .datum(let datum) = self { datum.kind == .array && datum.count == 0 } else { false }
    }
}
