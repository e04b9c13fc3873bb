import Catalog

/// What of a scan's conditions is told by the bytes of stored documents, so that no value is made of a document that fails it.
///
/// It may let documents pass for which the conditions are not true, as it compares values of different kinds by ReQL's order: they are tested
/// again.
struct ScanTest {
    private let table: TableRelation
    private let entry: RangeEntry
    private let run: Run
    private let types: any TypeCatalog

    /// Nil if the bytes tell nothing.
    static func make(_ conditions: [Scalar], _ table: TableRelation, _ entry: RangeEntry, _ run: Run)
        -> DocumentTest?
    {
        guard !conditions.isEmpty else { return nil }
        let maker = ScanTest(table: table, entry: entry, run: run, types: run.session.types)
        let tests = conditions.compactMap { maker.test($0)?.test }
        return tests.isEmpty ? nil : tests.count == 1 ? tests[0] : .all(tests)
    }

    private struct FieldTest {
        let test: DocumentTest
        let fields: Set<String>
    }

    private func test(_ condition: Scalar) -> FieldTest? {
        switch condition {
        case let comparison as CompareScalar:
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            return self.comparison(one, comparison.relation, two)
                ?? self.comparison(two, comparison.relation.mirrored, one)
        case let comparison as OpenCompareScalar where comparison.relation == .equal:
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            return literal(one, two) ?? literal(two, one)
        case is ListMatchScalar where condition.operands.count <= 50:
            return either(
                condition.operands.dropFirst().map { comparison(condition.operands[0], .equal, $0) })
        case is OrScalar: return either(condition.operands.map(test))
        case is AndScalar:
            let tests = condition.operands.compactMap(test)
            return tests.isEmpty
                ? nil
                : FieldTest(
                    test: .all(tests.map(\.test)), fields: tests.reduce(into: []) { $0.formUnion($1.fields) })
        default: return nil
        }
    }

    /// A field that is not there ends a test, so all have to be about one.
    private func either(_ tests: [FieldTest?]) -> FieldTest? {
        let known = tests.compactMap { $0 }
        guard known.count == tests.count, let first = known.first, first.fields.count == 1,
            known.allSatisfy({ $0.fields == first.fields })
        else { return nil }
        return FieldTest(test: .any(known.map(\.test)), fields: first.fields)
    }

    private func comparison(_ own: Scalar, _ relation: CompareScalar.Relation, _ other: Scalar)
        -> FieldTest?
    {
        guard other.positions.isEmpty, !other.isVolatile else { return nil }
        var column = own
        while column is RelabeledScalar { column = column.operands[0] }
        let type: SQLType
        if let cast = column as? OpenCastScalar, !cast.isExplicit {
            column = cast.operands[0]
            type = cast.type
            guard
                [SQLType.numeric.oid, SQLType.text.oid, SQLType.bool.oid, SQLType.float8.oid].contains(
                    type.oid)
            else { return nil }
        } else {
            type = column.type
            guard type != .open, TableEntries.canHold(type, types),
                TableEntries.haveOneForm(own.type, type, types),
                TableEntries.haveOneForm(other.type, type, types)
            else { return nil }
        }
        guard let field = field(column), let value = try? other.value([], run) else { return nil }
        if value.isNull { return FieldTest(test: .constant(false), fields: [field]) }
        let isEquality = relation == .equal || relation == .notEqual
        guard isEquality || TableEntries.ordersAsValues(type, types),
            let form = isEquality
                ? TableEntries.form(value, type, types) : TableEntries.bound(value, type, types),
            DocumentTest.canCompare(with: form)
        else { return nil }
        return FieldTest(test: .compare(field: field, relation.ofDocuments, form), fields: [field])
    }

    /// An open field beside a text that is read as what the field is: of texts only one is equal, and other kinds are looked at.
    private func literal(_ own: Scalar, _ other: Scalar) -> FieldTest? {
        guard own.type == .open, other.type == .unknown, other.positions.isEmpty,
            let field = field(own),
            case .text(let text)? = try? other.value([], run)
        else { return nil }
        return FieldTest(
            test: .any([
                .compare(field: field, .equal, Datum(text)), .compare(field: field, .less, Datum("")),
            ]), fields: [field])
    }

    /// The name of the field that is the column.
    private func field(_ scalar: Scalar) -> String? {
        guard let column = scalar as? ColumnScalar,
            let index = entry.usedColumns.first(where: { $0.value.position == column.position })?.key,
            index != table.documentIndex, index != table.keyIndex, !table.cellIndexes.contains(index)
        else { return nil }
        return index < table.declaration.columns.count
            ? table.declaration.columns[index].name : entry.columns[index].name
    }
}

extension CompareScalar.Relation {
    fileprivate var ofDocuments: Comparison {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        }
    }
}
