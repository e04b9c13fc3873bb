import Catalog
import ReQLish

/// How a scan of a table without columns finds its rows: by its key, or by an index of ReQL's that is of fields and nothing else.
///
/// What a field holds nothing tells, so only conditions count that no other kind of value can meet: comparisons with a number, a bool or a text, and
/// with a constant in quotes that reads as a text alone. A document that lacks a field of an index has no entry in it, so all of its fields
/// have to be compared. The conditions themselves are asked again of each document.
struct OpenAccess {
    let entries: TableEntries
    let name: String
    private(set) var used: [Scalar] = []
    private(set) var equal: [(type: SQLType, value: Scalar)] = []
    private(set) var bounds: [(relation: CompareScalar.Relation, value: Scalar)] = []
    let isOneRow: Bool

    /// The best that there is; nil if there is none.
    static func best(_ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar], isSmall: Bool) -> OpenAccess? {
        let key = table.config.primaryKey
        if let access = OpenAccess(.key, "\(table.name)_pkey", [key], isUnique: true, entry, conditions) { return access }
        guard !isSmall else { return nil }
        let fields = IndexFields()
        var best: OpenAccess?
        for index in table.config.indexes {
            guard let found = fields.fields(of: index), found.isCompound == (found.names.count > 1),
                let access = OpenAccess(.index(index), index.name, found.names, isUnique: index.isUnique, entry, conditions)
            else { continue }
            if best.map({ access.used.count > $0.used.count }) ?? true { best = access }
        }
        return best
    }

    private init?(
        _ place: TableEntries.Place, _ name: String, _ fields: [String], isUnique: Bool, _ entry: RangeEntry, _ conditions: [Scalar]
    ) {
        for (place, field) in fields.enumerated() {
            guard let index = entry.columns.firstIndex(where: { $0.name == field }), let position = entry.positionIfUsed(index) else {
                return nil
            }
            let mine = conditions.compactMap { Self.comparison($0, position) }
            if let found = mine.first(where: { $0.relation == .equal }) {
                equal.append((found.value.type, found.value))
                used.append(found.condition)
                continue
            }
            // Bounds are of the last field.
            guard place == fields.count - 1 else { return nil }
            for item in mine where item.relation != .notEqual {
                bounds.append((item.relation, item.value))
                used.append(item.condition)
            }
        }
        guard used.count >= fields.count else { return nil }
        entries = TableEntries(place: place, columns: Array(fields.indices))
        self.name = name
        isOneRow = isUnique && bounds.isEmpty
    }

    /// A comparison of a field with something that is the same for all rows and tells of what kind the field has to be.
    private static func comparison(
        _ condition: Scalar, _ position: Int
    ) -> (condition: Scalar, relation: CompareScalar.Relation, value: Scalar)? {
        guard let relation = condition.openRelation ?? (condition as? CompareScalar)?.relation else { return nil }
        let (one, two) = (condition.operands[0], condition.operands[1])
        for (own, other, relation) in [(one, two, relation), (two, one, relation.mirrored)] {
            guard other.positions.isEmpty, !other.isVolatile else { continue }
            if condition.openRelation != nil {
                guard (own as? ColumnScalar)?.position == position, let constant = other as? ConstantScalar,
                    case .text(let text) = constant.constant, isTextAlone(text)
                else { continue }
                return (condition, relation, ConstantScalar(.text(text), .text))
            }
            guard (own.openField as? ColumnScalar)?.position == position,
                [SQLType.numeric.oid, SQLType.bool.oid, SQLType.text.oid].contains(other.type.oid), other.type.oid == own.type.oid
            else { continue }
            return (condition, relation, other)
        }
        return nil
    }

    /// Whether a constant in quotes is nothing but a text: no number, bool or time is written so.
    private static func isTextAlone(_ text: String) -> Bool {
        if (try? Numeric(text)) != nil { return false }
        for type in [SQLType.bool, .timestamptz] where (try? TextInput.value(text, type, NeutralSession.shared)) != nil { return false }
        return true
    }
}
