import Catalog

/// What of a scan's conditions is told by the bytes of stored documents, so that no value is made of a document that fails it.
///
/// It may let documents pass for which the conditions are not true, as it compares values of different kinds by ReQL's order: they are tested
/// again, but for those that it says are told.
struct ScanTest {
    private let table: TableRelation
    private let entry: RangeEntry
    private let run: Run
    private let types: any TypeCatalog

    /// The test, nil if the bytes tell nothing, and the conditions that are true for every document which passes it.
    static func make(
        _ conditions: [Scalar], _ table: TableRelation, _ entry: RangeEntry, _ run: Run
    ) -> (test: DocumentTest?, told: [Scalar]) {
        guard !conditions.isEmpty else { return (nil, []) }
        let maker = ScanTest(table: table, entry: entry, run: run, types: run.session.types)
        var tests: [DocumentTest] = []
        var told: [Scalar] = []
        for condition in conditions {
            guard let found = maker.openTest(condition) ?? maker.test(condition) else { continue }
            tests.append(found.test)
            if found.isExact { told.append(condition) }
        }
        return (tests.isEmpty ? nil : tests.count == 1 ? tests[0] : .all(tests), told)
    }

    private struct FieldTest {
        let test: DocumentTest
        let fields: Set<String>
        /// Whether the condition is true for a document that passes.
        var isExact = false
    }

    /// What is told of fields of open tables, whatever they hold.
    private func openTest(_ condition: Scalar) -> FieldTest? {
        guard table.declaration.isOpen, let outcome = OpenTests(run: run, field: field).outcome(condition) else { return nil }
        return FieldTest(test: outcome.whenTrue, fields: [], isExact: true)
    }

    private func test(_ condition: Scalar) -> FieldTest? {
        switch condition {
        case let comparison as CompareScalar:
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            return padded(one, [two], comparison.relation) ?? padded(two, [one], comparison.relation)
                ?? (comparison.relation == .equal ? beginning(one, [two]) ?? beginning(two, [one]) : nil)
                ?? self.comparison(one, comparison.relation, two)
                ?? self.comparison(two, comparison.relation.mirrored, one)
        case let comparison as OpenCompareScalar where comparison.relation == .equal:
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            return literal(one, two) ?? literal(two, one)
        case let call as CallScalar where call.operands.count == 2: return dayComparison(call) ?? like(call)
        case let subquery as SubqueryScalar: return among(subquery)
        case is ListMatchScalar where condition.operands.count <= 50:
            let others = Array(condition.operands.dropFirst())
            if let test = padded(condition.operands[0], others, .equal) ?? beginning(condition.operands[0], others) { return test }
            return either(
                condition.operands.dropFirst().map { comparison(condition.operands[0], .equal, $0) })
        case is OrScalar: return either(condition.operands.map(test)) ?? implied(condition)
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

    /// What an OR over several fields says of each that all of its sides say something of.
    private func implied(_ condition: Scalar) -> FieldTest? {
        guard condition.operands.count <= Self.mostSides else { return nil }
        let sides = condition.operands.map { side in
            AndScalar.conditions(of: side).compactMap(test).filter { $0.fields.count == 1 }
        }
        var found: [DocumentTest] = []
        var fields: Set<String> = []
        for field in Set(sides[0].flatMap(\.fields)).sorted() {
            let own = sides.map { side in side.filter { $0.fields.contains(field) }.map(\.test) }
            guard own.allSatisfy({ !$0.isEmpty }) else { continue }
            found.append(.any(own.map { .all($0) }))
            fields.insert(field)
        }
        return found.isEmpty ? nil : FieldTest(test: .all(found), fields: fields)
    }

    private static let mostSides = 20

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

    private static let dayRelations: [String: CompareScalar.Relation] = [
        "date_lt_timestamp": .less, "date_le_timestamp": .lessOrEqual, "date_gt_timestamp": .greater, "date_ge_timestamp": .greaterOrEqual,
    ]

    private func dayComparison(_ call: CallScalar) -> FieldTest? {
        guard let (relation, days) = Self.dayComparison(call, run) else { return nil }
        return comparison(call.operands[0], relation, ConstantScalar(.date(days), .date))
    }

    /// A day beside a moment, such as a day and an interval make: it is compared with the day that the moment is in.
    static func dayComparison(_ call: CallScalar, _ run: Run) -> (relation: CompareScalar.Relation, days: Int32)? {
        let other = call.operands[1]
        guard let relation = dayRelations[call.function.name], other.positions.isEmpty, !other.isVolatile,
            case .timestamp(let moment)? = try? other.value([], run), moment != .min, moment != .max
        else { return nil }
        let day = moment / 86_400_000_000 - (moment % 86_400_000_000 < 0 ? 1 : 0)
        guard let days = Int32(exactly: day), days != .min, days != .max else { return nil }
        // Within the day, midnight is before the moment.
        let isWithin = moment != day * 86_400_000_000
        let found: CompareScalar.Relation =
            switch relation {
            case .less where isWithin: .lessOrEqual
            case .greaterOrEqual where isWithin: .greater
            default: relation
            }
        return (found, days)
    }

    /// Texts whose blanks at the end don't count: equal to one of several, or not equal to one.
    private func padded(_ own: Scalar, _ others: [Scalar], _ relation: CompareScalar.Relation) -> FieldTest? {
        guard relation == .equal || relation == .notEqual, own.type.oid == SQLType.bpchar.oid, case let column = unlabeled(own),
            column.type.oid == SQLType.bpchar.oid, let field = field(column)
        else { return nil }
        var texts: [String] = []
        for other in others {
            guard other.type.oid == SQLType.bpchar.oid, let value = fixed(other) else { return nil }
            switch value {
            case .text(let text): texts.append(text)
            case .null where relation == .equal: break
            default: return nil
            }
        }
        let test = TextTest(among: texts, isBlankPadded: true)
        return FieldTest(test: .text(field: field, test, isNegated: relation == .notEqual), fields: [field], isExact: true)
    }

    /// A text beside a pattern of parts with anything between them.
    private func like(_ call: CallScalar) -> FieldTest? {
        let isNegated = call.function.name == "textnlike"
        guard isNegated || call.function.name == "textlike", case let column = unlabeled(call.operands[0]),
            column.type.oid == SQLType.text.oid || column.type.oid == SQLType.varchar.oid, let field = field(column),
            case .text(let pattern)? = fixed(call.operands[1]), let test = TextTest(like: pattern)
        else { return nil }
        return FieldTest(test: .text(field: field, test, isNegated: isNegated), fields: [field], isExact: true)
    }

    /// The first characters of a text beside texts of as many: with one of them it begins.
    private func beginning(_ own: Scalar, _ others: [Scalar]) -> FieldTest? {
        guard let call = unlabeled(own) as? CallScalar, call.function.name == "substring", call.operands.count == 3,
            case .int(1)? = fixed(call.operands[1]), case .int(let count)? = fixed(call.operands[2])
        else { return nil }
        var column = unlabeled(call.operands[0])
        if let cast = column as? CastScalar, cast.type.oid == SQLType.text.oid { column = unlabeled(cast.operands[0]) }
        guard [SQLType.text.oid, SQLType.varchar.oid, SQLType.bpchar.oid].contains(column.type.oid), let field = field(column) else {
            return nil
        }
        var tests: [DocumentTest] = []
        for other in others {
            switch fixed(other) {
            case .text(let text)?:
                // Blanks at the end may be none of a padded text's.
                guard text.utf8.count == Int(count), text.utf8.allSatisfy({ $0 < 0x80 }), !text.hasSuffix(" "), !text.contains("%"),
                    let test = TextTest(like: text + "%")
                else { return nil }
                tests.append(.text(field: field, test, isNegated: false))
            case .null?: break
            default: return nil
            }
        }
        return tests.isEmpty ? nil : FieldTest(test: .any(tests), fields: [field], isExact: true)
    }

    private func unlabeled(_ scalar: Scalar) -> Scalar {
        var scalar = scalar
        while scalar is RelabeledScalar { scalar = scalar.operands[0] }
        return scalar
    }

    private func fixed(_ scalar: Scalar) -> SQLValue? {
        scalar.positions.isEmpty && !scalar.isVolatile ? try? scalar.value([], run) : nil
    }

    /// An integer that is to be among the rows of a query.
    private func among(_ subquery: SubqueryScalar) -> FieldTest? {
        guard let own = subquery.operands.first, ColumnPlaces.isInteger(own.type), let field = field(own),
            let numbers = try? subquery.integers(run)
        else { return nil }
        return FieldTest(test: .among(field: field, numbers), fields: [field], isExact: true)
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
