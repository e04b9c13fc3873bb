import Catalog

/// What values of a type are made of, where documents don't tell: the fields of rows, and elements of declared types.
final class StoredShape: Sendable {
    private struct Part: Sendable {
        let type: SQLType
        let base: SQLType
        let shape: StoredShape?

        init(_ type: SQLType, _ types: any TypeCatalog) {
            self.type = type
            base = TypeTable.base(of: type, types)
            shape = .of(type, types)
        }

        func value(_ datum: Datum) -> SQLValue { StoredForm.value(datum, type, base, shape) }
    }

    private enum Content: Sendable {
        case row([SQLRecord.Field], [Part])
        /// Flat: of arrays, which a domain makes one value each.
        case array(of: Part, isFlat: Bool)
    }

    private let content: Content
    private init(_ content: Content) { self.content = content }

    /// Nil for values that stand for themselves, and for arrays of them.
    static func of(_ type: SQLType, _ types: any TypeCatalog) -> StoredShape? {
        guard type.oid >= 16384 else { return nil }
        let base = TypeTable.base(of: type, types)
        if let element = TypeTable.element(of: base.oid, types) {
            guard element.oid >= 16384 else { return nil }
            let part = Part(element, types)
            return StoredShape(.array(of: part, isFlat: TypeTable.element(of: part.base.oid, types) != nil))
        }
        guard case .composite(let fields)? = types.type(base.oid)?.kind else { return nil }
        return StoredShape(.row(fields, fields.map { Part($0.type, types) }))
    }

    /// The value that a document has; NULL if it is of another form.
    func value(_ datum: Datum) -> SQLValue {
        switch content {
        case .row(let fields, let parts):
            guard datum.kind == .object else { return .null }
            let values = zip(fields, parts).map { field, part in datum[field: field.name].map { part.value($0) } ?? .null }
            return .record(SQLRecord(fields: fields, values: values))
        case .array(let part, let isFlat): return StoredForm.array(datum, part.type, isFlat: isFlat) { part.value($0) }
        }
    }
}
