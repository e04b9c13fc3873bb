import Catalog

/// Entries by which rows are found without going through their table: the documents by their key, or those of an index.
struct TableEntries: Sendable {
    enum Place {
        /// The key is the column.
        case key
        /// The key is an array of the columns.
        case compoundKey
        case index(IndexConfig)
    }

    let place: Place
    /// Indexes of the columns in a row, in the order of the entries.
    let columns: [Int]
    /// How many parts of an entry stand behind the columns: where it has more, it is an array of one column, too.
    var moreParts = 0

    private var width: Int { columns.count + moreParts }

    /// Whether an entry is a value, and not an array.
    var isSingle: Bool { width == 1 }

    /// Whether the values of all columns are one row's.
    var isWhole: Bool { moreParts == 0 }

    /// The entries whose first columns have the values.
    func bounds(_ values: [Datum]) -> KeyBounds {
        if width == 1 { return values.isEmpty ? .all : .only(values[0]) }
        return bounds(values, lower: nil, upper: nil)
    }

    /// The entries whose first columns have the values, and the next one is within bounds that are no NULL.
    func bounds(_ values: [Datum], lower: (value: Datum, isInclusive: Bool)?, upper: (value: Datum, isInclusive: Bool)?) -> KeyBounds {
        let isBound = lower != nil || upper != nil
        guard width > 1 else {
            return KeyBounds(
                lower: lower?.value, lowerInclusive: lower?.isInclusive ?? true, upper: upper?.value ?? .maxval,
                upperInclusive: upper?.isInclusive ?? false)
        }
        // Behind the columns that are given all others come: an array that goes on is above the one that doesn't.
        func array(_ last: Datum?, goesOn: Bool) -> Datum {
            var elements = values + (last.map { [$0] } ?? [])
            if goesOn { while elements.count < width { elements.append(.maxval) } }
            return Datum(elements: elements)
        }
        let isAbove = lower.map { !$0.isInclusive } ?? false
        let first = array(lower?.value, goesOn: isAbove)
        let last: (Datum, Bool)
        if let upper {
            last = (array(upper.value, goesOn: upper.isInclusive), upper.isInclusive)
        } else {
            last = (array(isBound ? .maxval : nil, goesOn: !isBound), !isBound)
        }
        return KeyBounds(lower: first, lowerInclusive: !isAbove, upper: last.0, upperInclusive: last.1)
    }
}

extension TableEntries {
    /// Whether values of a type that are equal, and no others, have one stored form that can be in an entry.
    static func canHold(_ type: SQLType, _ types: any TypeCatalog) -> Bool {
        let base = TypeTable.base(of: type, types)
        switch base.oid {
        case SQLType.bool.oid, SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.numeric.oid, SQLType.float4.oid,
            SQLType.float8.oid, SQLType.text.oid, SQLType.varchar.oid, SQLType.name.oid, SQLType.uuid.oid, SQLType.date.oid,
            SQLType.time.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid, SQLType.bytea.oid,
            // Digits as texts are in the order of the bits.
            SQLType.bit.oid, SQLType.varbit.oid:
            return true
        default: return TypeTable.isEnum(base.oid, types)
        }
    }

    /// Whether entries of such a type are in the order of their values.
    static func ordersAsValues(_ type: SQLType, _ types: any TypeCatalog) -> Bool {
        canHold(type, types) && !TypeTable.isEnum(TypeTable.base(of: type, types).oid, types)
    }

    /// Whether values of one type have the stored form of the other.
    static func haveOneForm(_ one: SQLType, _ other: SQLType, _ types: any TypeCatalog) -> Bool {
        family(one, types) == family(other, types)
    }

    private static func family(_ type: SQLType, _ types: any TypeCatalog) -> UInt32 {
        let oid = TypeTable.base(of: type, types).oid
        switch oid {
        case SQLType.int2.oid, SQLType.int4.oid: return SQLType.int8.oid
        case SQLType.varchar.oid, SQLType.name.oid: return SQLType.text.oid
        default: return oid
        }
    }

    /// What stands in an entry for a value; nil if it can't be stored, so that no entry has it.
    static func form(_ value: SQLValue, _ type: SQLType, _ types: any TypeCatalog) -> Datum? {
        if value.isNull { return .maxval }
        return try? StoredForm.datum(value, TypeTable.base(of: type, types))
    }

    /// The same for a bound. Days and times of years that can't be stored are not where their texts would be.
    static func bound(_ value: SQLValue, _ type: SQLType, _ types: any TypeCatalog) -> Datum? {
        guard let form = form(value, type, types) else { return nil }
        switch value {
        case .date, .timestamp:
            let text = form.string ?? ""
            return text.utf8.dropFirst(4).first == UInt8(ascii: "-") && !text.hasSuffix("BC") ? form : nil
        default: return form
        }
    }
}

extension TableEntries {
    /// Those that a table has, the key first.
    ///
    /// - Parameter rowTypes: the types of its columns, then those of the key of its cell.
    static func all(
        _ config: TableConfig, _ declaration: Declaration, rowTypes: [SQLType], _ types: any TypeCatalog
    ) -> [TableEntries] {
        var entries: [TableEntries] = []
        let primary = declaration.keyColumns
        let cell = Array(declaration.columns.count..<rowTypes.count)
        if let column = declaration.columns.firstIndex(where: { $0.name == config.primaryKey }) {
            entries.append(TableEntries(place: .key, columns: [column]))
        } else if !cell.isEmpty {
            let known = primary.prefix { canHold(rowTypes[$0], types) }
            entries.append(TableEntries(place: .compoundKey, columns: cell + known, moreParts: max(primary.count, 1) - known.count))
        } else if primary.count > 1, primary.allSatisfy({ canHold(rowTypes[$0], types) }) {
            entries.append(TableEntries(place: .compoundKey, columns: primary))
        }
        for index in config.indexes where index.isReady {
            guard case .columns(let names, let keyParts) = index.source else { continue }
            let columns = names.compactMap { name in declaration.columns.firstIndex { $0.name == name } }
            guard columns.count == names.count, keyParts == cell.count else { continue }
            entries.append(TableEntries(place: .index(index), columns: cell + columns))
        }
        return entries.filter { $0.columns.allSatisfy { canHold(rowTypes[$0], types) } }
    }
}

extension TableRelation {
    /// Those that there are, the key first.
    func entries(_ types: any TypeCatalog) -> [TableEntries] {
        declared.plainEntries ?? TableEntries.all(config, declaration, rowTypes: rowTypes, types)
    }
}

extension Declaration {
    /// The field that is the key of the table's documents.
    var documentKey: String {
        guard cells == nil, let primary = shownPrimaryKey, primary.columns.count == 1, let index = self.index(of: primary.columns[0])
        else {
            return "_key"
        }
        return isExact(index) ? columns[index].name : "_key"
    }

    /// The primary key, where the keys of documents show it: not one that may be broken for a while, nor one beside a hidden key.
    private var shownPrimaryKey: Constraint? {
        guard !hidesKey, let primaryKey, !primaryKey.isDeferrable else { return nil }
        return primaryKey
    }

    /// Whether the values of a column are equal exactly where documents have the same for them.
    private func isExact(_ index: Int) -> Bool {
        let types: [SQLType] = [.bool, .int2, .int4, .int8, .text, .varchar, .uuid, .date, .timestamp, .bytea]
        return types.contains { $0.oid == columns[index].type.oid }
    }

    /// Indexes of the columns that the array in the key of a document is made of, behind the cell's: those of the primary key. Empty where
    /// the key is a column, or counted.
    var keyColumns: [Int] {
        guard let primary = shownPrimaryKey, cells != nil || primary.columns.count > 1 else { return [] }
        return primaryKeyIndexes
    }

    /// Whether rows that are alike in the columns of the primary key would be one document.
    var keysAreUnique: Bool { cells == nil && !keyColumns.isEmpty && keyColumns.allSatisfy { isExact($0) } }

    /// Which indexes of columns a table is to have: those of UNIQUE and of indexes of nothing but columns, and of foreign keys' columns that
    /// no other index begins with.
    func wantedColumnIndexes(_ types: any TypeCatalog) -> [(name: String, columns: [String])] {
        guard !isOpen else { return [] }
        var wanted: [(name: String, columns: [String])] = []
        var begun: [[String]] = []
        if let primary = shownPrimaryKey, cells != nil || documentKey != "_key" || primary.columns.count > 1 {
            begun.append(names(primary.columns))
        }
        func want(_ name: String, _ names: [String]) {
            let columns = names.compactMap { column(named: $0) }
            guard !names.isEmpty, columns.count == names.count, columns.allSatisfy({ TableEntries.canHold($0.type, types) }),
                !begun.contains(names)
            else { return }
            wanted.append((name, names))
            begun.append(names)
        }
        for constraint in constraints where constraint.kind == .primary || constraint.kind == .unique {
            want(constraint.name, names(constraint.columns))
        }
        for index in indexes where index.predicate == nil && (index.method == "btree" || index.method == "hash") {
            let names = index.elements.compactMap { element -> String? in
                guard case .column(let reference)? = try? Parser.expression(element) else { return nil }
                return reference.parts.last?.text
            }
            if names.count == index.elements.count, Set(names).count == names.count { want(index.name, names) }
        }
        for constraint in constraints where constraint.kind == .foreign {
            let names = names(constraint.columns)
            guard !begun.contains(where: { $0.starts(with: names) }) else { continue }
            want(constraint.name, names)
        }
        return wanted
    }

    private func names(_ numbers: [Int]) -> [String] {
        numbers.compactMap { number in index(of: number).map { columns[$0].name } }
    }
}
