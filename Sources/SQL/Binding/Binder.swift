import Catalog

/// Finds out what the names of a statement mean, of what types its expressions are, and how it is run.
final class Binder {
    let session: Session
    let definitions: Definitions
    let source: SourceText
    let parameters: ParameterTypes
    var slotCount = 0
    /// The columns that each `*` stands for, by its place in the text, where that is asked for.
    var stars: [Int: String]?
    /// Parts of WITH that write, in the order in which they run.
    var writes: [CommonTableRows] = []
    /// How many joins stand before and around what is bound now: queries in FROM and in conditions count those of the queries around them.
    var joinsAround = 0
    /// Whether what was bound means the same whenever it is run, as long as the definitions and settings stay.
    var isKeepable = true
    /// What is computed before any row is read.
    var constants = ConstantParts()
    /// Whether what is bound now is run whatever the rest of the statement says: a table of WITH may be asked for by nobody.
    var notesConstants = true
    /// By which words rows are locked, in the statement or in a query in it; nil: none are.
    var locking: String?
    /// Whether columns that are fields of open tables are of types.
    var tellsTypes: Bool
    /// The open tables of which fields were named, by the fields.
    var metFields: [String: TableRelation] = [:]
    var types: any TypeCatalog { definitions }

    init(_ session: Session, _ definitions: Definitions, _ source: SourceText, _ parameters: ParameterTypes) {
        self.session = session
        self.definitions = definitions
        self.source = source
        self.parameters = parameters
        tellsTypes = session.tellsTypes
    }

    func makeSlot() -> Int {
        defer { slotCount += 1 }
        return slotCount
    }

    func error(_ state: String, _ message: String, detail: String? = nil, hint: String? = nil, at position: Position?) -> SQLError {
        guard let position else { return SQLError(SQLState(rawValue: state), message, detail: detail, hint: hint) }
        return source.error(SQLState(rawValue: state), message, detail: detail, hint: hint, at: position)
    }

    func unsupported(_ feature: String, at position: Position?) -> SQLError {
        error("0A000", "\(feature) is not supported", at: position)
    }

    func typeName(_ type: SQLType) -> String { TypeNames.name(of: type, types) }

    // MARK: - Names

    /// What a name of the statement leads to; a refusal has the name's place.
    func relation(_ name: QualifiedName) throws(SQLError) -> Relation? {
        do throws(SQLError) { return try definitions.relation(name) } catch {
            throw error.position == nil && error.state == .featureNotSupported ? source.error(error, at: name.position) : error
        }
    }

    /// Brings a column of an outer row over the line.
    func carry(_ scalar: Scalar, over boundary: Boundary, name: String) -> Scalar {
        if let slot = scalar as? SlotScalar {
            boundary.outerSlots.insert(slot.slot)
            return slot
        }
        let table = (scalar as? ColumnScalar)?.table
        for (slot, known) in boundary.own where known.isSame(as: scalar) {
            return SlotScalar(slot, scalar.type, name: name, table: table, fields: recordFields(scalar))
        }
        if scalar is ConstantScalar || scalar is ParameterScalar { return scalar }
        let slot = makeSlot()
        boundary.own.append((slot, scalar))
        boundary.outerSlots.insert(slot)
        return SlotScalar(slot, scalar.type, name: name, table: table, fields: recordFields(scalar))
    }

    /// A column by its name alone, of this query or one around it.
    func column(_ name: Name, _ scope: Scope) throws(SQLError) -> (scalar: Scalar, column: ScopeColumn)? {
        var found: ScopeColumn?
        for item in scope.items where item.areColumnsVisible {
            for column in item.columns where column.name == name.text {
                if found != nil { throw error("42702", "column reference \"\(name.text)\" is ambiguous", at: name.position) }
                found = column
                definitions.noteColumn?(name, column.name, column.isRenamed ? 0 : column.relationOID)
            }
        }
        if found == nil, let written = name.written {
            for item in scope.items where item.areColumnsVisible {
                for column in item.columns where column.name == written && found == nil {
                    found = column
                    definitions.noteColumn?(name, column.name, column.isRenamed ? 0 : column.relationOID)
                }
            }
        }
        if found == nil {
            let open = scope.items.filter { $0.areColumnsVisible && $0.open != nil }
            if open.count > 1 {
                throw error("42702", "column reference \"\(name.text)\" is ambiguous", hint: "Qualify it.", at: name.position)
            }
            // A name of an item is its row, not a field.
            if let item = open.first, scope.item(named: name.text) == nil { found = try openColumn(name, of: item) }
        }
        if let found { return (found.make(), found) }
        guard let parent = scope.parent, let boundary = scope.boundary, let outer = try column(name, parent) else { return nil }
        return (carry(outer.scalar, over: boundary, name: name.text), outer.column)
    }

    /// A field of an open table.
    private func openColumn(_ name: Name, of item: ScopeItem) throws(SQLError) -> ScopeColumn? {
        guard let open = item.open else { return nil }
        let field = name.written ?? name.text
        try definitions.warn(of: field, in: open.table)
        metFields[field] = open.table
        return open.column(name)
    }

    /// `table.column`; nil if there is no such table.
    func column(
        _ name: Name, of table: Name, schema: Name?, _ scope: Scope
    ) throws(SQLError) -> (scalar: Scalar, column: ScopeColumn)? {
        // One of the schema itself comes before one of which none is known, and may stand further out.
        if let schema, let found = try column(name, of: table, schema: schema, scope, isExact: true) { return found }
        return try column(name, of: table, schema: schema, scope, isExact: false)
    }

    private func column(
        _ name: Name, of table: Name, schema: Name?, _ scope: Scope, isExact: Bool
    ) throws(SQLError) -> (scalar: Scalar, column: ScopeColumn)? {
        var items = scope.items.filter {
            $0.name == table.text && $0.isQualifiedVisible && (schema == nil || !isExact && $0.schema == nil || $0.schema == schema?.text)
        }
        if items.contains(where: { !$0.isCell }) { items.removeAll(where: \.isCell) }
        if items.count > 1 { throw error("42P09", "table reference \"\(table.text)\" is ambiguous", at: table.position) }
        if let item = items.first {
            let matches = item.columns.filter { $0.name == name.text }
            if matches.count > 1 { throw error("42702", "column reference \"\(name.text)\" is ambiguous", at: name.position) }
            var found = matches.first ?? item.columns.first { $0.name == name.written }
            if found == nil { found = try openColumn(name, of: item) }
            if found == nil { found = try field(name, ofRows: item) }
            guard let found else {
                throw error(
                    "42703", "column \(table.text).\(name.text) does not exist", hint: nearestColumns(to: name, of: table, scope),
                    at: table.position)
            }
            if let refusal = found.refusal { throw refusal }
            definitions.noteColumn?(name, found.name, found.isRenamed ? 0 : found.relationOID)
            return (found.make(), found)
        }
        if !isExact, scope.forbidden.contains(where: { $0.name == table.text }) { throw forbiddenEntry(table) }
        guard let parent = scope.parent, let boundary = scope.boundary,
            let outer = try column(name, of: table, schema: schema, parent, isExact: isExact)
        else { return nil }
        return (carry(outer.scalar, over: boundary, name: name.text), outer.column)
    }

    /// All of a row of FROM as one value.
    func wholeRow(_ name: Name, _ scope: Scope) -> Scalar? {
        if let item = scope.item(named: name.text) {
            let columns = item.visibleColumns
            if columns.contains(where: { $0.refusal != nil }) { return nil }
            if columns.count == 1, item.rowType == .void { return columns[0].make() }
            let declared = item.relation.flatMap { Definitions.rowTypes(of: $0).first }
            var valueFields: [SQLRecord.Field]?
            if case .composite(let fields)? = declared?.kind, fields.count == columns.count { valueFields = fields }
            return RowScalar(
                declared.map { SQLType($0.oid) } ?? item.rowType, columns.map { SQLRecord.Field($0.name, $0.type) },
                columns.map { $0.make() },
                mayBeMissing: scope.items.count > 1, valueFields: valueFields)
        }
        guard let parent = scope.parent, let boundary = scope.boundary, let outer = wholeRow(name, parent) else { return nil }
        // Its columns come over one by one.
        if let row = outer as? RowScalar { return row.with(row.operands.map { carry($0, over: boundary, name: name.text) }) }
        return carry(outer, over: boundary, name: name.text)
    }

    /// Throws if the clause has no columns to name.
    func requireColumns(_ scope: Scope, at position: Position) throws(SQLError) {
        if !scope.rules.columns { throw error("0A000", "cannot use column reference in \(scope.rules.expression)", at: position) }
    }

    func bindColumn(_ reference: ColumnReference, _ scope: Scope) throws(SQLError) -> Scalar {
        let parts = reference.parts
        try requireColumns(scope, at: reference.position)
        guard !reference.isStar else {
            // `t.*` as a value is the row.
            if let name = parts.last, let row = wholeRow(name, scope) { return row }
            throw error("42601", "row expansion via \"*\" is not supported here", at: reference.position)
        }
        switch parts.count {
        case 1:
            if let found = try column(parts[0], scope) { return placed(found.scalar, parts[0].position, scope) }
            if let row = wholeRow(parts[0], scope) {
                if case .sequence? = scope.item(named: parts[0].text)?.relation {
                    throw error("42809", "relation \"\(parts[0].text)\" does not have a composite type", at: parts[0].position)
                }
                return row
            }
            if let hidden = scope.forbidden.first(where: { $0.columns.contains { $0.name == parts[0].text } }) {
                throw error(
                    "42703", "column \"\(parts[0].text)\" does not exist",
                    hint: "There is a column named \"\(parts[0].text)\" in table \"\(hidden.name ?? "")\", but it cannot be referenced "
                        + "from this part of the query.", at: parts[0].position)
            }
            throw error(
                "42703", "column \"\(parts[0].text)\" does not exist", hint: nearestColumns(to: parts[0], of: nil, scope),
                at: parts[0].position)
        case 2:
            if let found = try column(parts[1], of: parts[0], schema: nil, scope) {
                return placed(found.scalar, parts[0].position, scope)
            }
            if let path = try path(parts, scope) { return path }
            throw missingEntry(parts[0], scope, at: parts[0].position)
        default:
            if parts.count == 3, let found = try column(parts[2], of: parts[1], schema: parts[0], scope) { return found.scalar }
            if parts.count == 4, parts[0].text == session.database,
                let found = try column(parts[3], of: parts[2], schema: parts[1], scope)
            {
                return found.scalar
            }
            if let path = try path(parts, scope) { return path }
            throw error("42P01", "missing FROM-clause entry for table \"\(parts[parts.count - 2].text)\"", at: parts[0].position)
        }
    }

    /// Notes where a column stands that groups may not have.
    private func placed(_ scalar: Scalar, _ position: Position, _ scope: Scope) -> Scalar {
        if scope.rules.aggregates, !scope.insideAggregate, let column = scalar as? ColumnScalar {
            scope.columnPlaces.append((column.position, position))
        }
        return scalar
    }

    /// A path into a value: `column.field`, `table.column.field`.
    private func path(_ parts: [Name], _ scope: Scope) throws(SQLError) -> Scalar? {
        var scalar: Scalar
        var rest: ArraySlice<Name>
        if let base = try? column(parts[1], of: parts[0], schema: nil, scope)?.scalar {
            (scalar, rest) = (base, parts[2...])
        } else if let base = try? column(parts[0], scope)?.scalar {
            (scalar, rest) = (base, parts[1...])
        } else {
            return nil
        }
        guard scalar.type == .jsonb || scalar.type == .open || scalar.type == .record else { return nil }
        while let name = rest.popFirst() { scalar = try field(name, of: scalar) }
        return scalar
    }

    /// The columns of a record, where the expression tells them.
    func recordFields(_ scalar: Scalar) -> [SQLRecord.Field]? {
        switch scalar {
        case let row as RowScalar: return row.fields
        case let column as ColumnScalar: return column.fields
        case let call as CallScalar: return call.function.columns.isEmpty ? nil : call.function.columns
        case let subquery as SubqueryScalar: if case .scalar = subquery.kind { return subquery.fields } else { return nil }
        case let slot as SlotScalar: return slot.fields
        default: return nil
        }
    }

    /// `(value).name`.
    func field(_ name: Name, of scalar: Scalar) throws(SQLError) -> Scalar {
        if scalar.type == .jsonb || scalar.type == .open { return JSONFieldScalar(scalar, name.written ?? name.text) }
        var fields = recordFields(scalar)
        if fields == nil, case .composite(let declared)? = types.type(TypeTable.base(of: scalar.type, types).oid)?.kind {
            fields = declared
        }
        guard let fields, let index = fields.firstIndex(where: { $0.name == name.text }) else {
            if scalar.type.oid == SQLType.record.oid || fields != nil {
                throw error("42703", "could not identify column \"\(name.text)\" in record data type", at: name.position)
            }
            throw error(
                "42809", "column notation .\(name.text) applied to type \(typeName(scalar.type)), which is not a composite type",
                at: name.position)
        }
        if let row = scalar as? RowScalar, !row.mayBeMissing { return row.operands[index] }
        return FieldScalar(scalar, index, fields[index].type, name: name.text)
    }
}

/// The types of a statement's parameters, as far as they are known.
final class ParameterTypes {
    var types: [SQLType?]
    /// Of those whose types were found out, what they are assigned to where that has a length or a scale.
    private(set) var modified: [Int: SQLType] = [:]
    /// Whether there are no others; only PREPARE finds out how many there are.
    let isFixed: Bool
    /// Parameters that stood where nothing tells a type.
    private var untold: Set<Int> = []
    /// What parameters should be that were already found to be something else.
    private var otherTypes: [Int: SQLType] = [:]
    /// Of those that only fields of open tables tell a type: what clients are told. They are read as what they meet.
    private var met: [Int: SQLType] = [:]
    /// Values that stand in their place.
    var arguments: StatementArguments?

    init(_ types: [SQLType?], isFixed: Bool = true) {
        self.types = types.map { $0 == .unknown ? nil : $0 }
        self.isFixed = isFixed
    }

    func type(_ index: Int) -> SQLType? { index < types.count ? types[index] : nil }

    func mention(_ index: Int) { while types.count <= index { types.append(nil) } }

    /// Notes that a parameter without a type stands where anything may: `$1 IS NULL`.
    func leave(_ scalar: Scalar) {
        if let parameter = scalar as? ParameterScalar, parameter.type == .unknown { untold.insert(parameter.index) }
    }

    /// The types, when the whole statement has been looked at. Throws `42P08` for a parameter that has a type in one place and another
    /// one or none in another place, and `42P18` for one that has none.
    func determined(_ catalog: any TypeCatalog) throws(SQLError) -> [SQLType] {
        if let (index, other) = otherTypes.min(by: { $0.key < $1.key }), let known = types[index] {
            throw SQLError(
                SQLState(rawValue: "42P08"), "inconsistent types deduced for parameter $\(index + 1)",
                detail: "\(TypeTable.format(known, catalog)) versus \(TypeTable.format(SQLType(other.oid), catalog))")
        }
        for index in types.indices where types[index] != nil && untold.contains(index) {
            throw SQLError(SQLState(rawValue: "42P08"), "could not determine data type of parameter $\(index + 1)")
        }
        var determined: [SQLType] = []
        for (index, type) in types.enumerated() {
            guard let type = type ?? (met[index] == nil ? nil : .unknown) else {
                throw SQLError(.indeterminateDatatype, "could not determine data type of parameter $\(index + 1)")
            }
            determined.append(type)
        }
        return determined
    }

    /// Notes that a parameter stands beside a field whose values have the type.
    func meet(_ index: Int, _ type: SQLType) {
        mention(index)
        if met[index] == nil { met[index] = type }
    }

    /// What clients are told of parameters that were determined.
    func told(_ determined: [SQLType]) -> [SQLType] { determined.enumerated().map { $1 == .unknown ? met[$0] ?? .text : $1 } }

    func set(_ index: Int, _ type: SQLType) {
        mention(index)
        if let known = types[index] {
            if known.oid != type.oid { otherTypes[index] = type }
            return
        }
        types[index] = SQLType(type.oid)
        if type.modifier >= 0 { modified[index] = type }
    }
}

/// A field of a JSON value by its name.
final class JSONFieldScalar: Scalar {
    let name: String

    init(_ operand: Scalar, _ name: String) {
        self.name = name
        super.init(operand.type, [operand])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let value) = try operands[0].value(row, run), value.kind == .object, let field = value[field: name],
            !field.isNull
        else { return .null }
        return .json(field)
    }

    override var isQuickItself: Bool { true }
    override func with(_ operands: [Scalar]) -> Scalar { JSONFieldScalar(operands[0], name) }
    override func agrees(with other: Scalar) -> Bool { (other as? JSONFieldScalar)?.name == name }
}
