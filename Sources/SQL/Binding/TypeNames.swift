/// Types by the names that statements write.
enum TypeNames {
    /// As messages show it: `character varying(10)[]`.
    static func name(of type: SQLType, _ types: any TypeCatalog) -> String { TypeTable.format(type, types) }

    /// Throws `42704` if there is none of the name.
    static func resolve(_ name: TypeName, _ binder: Binder) throws(SQLError) -> SQLType {
        if name.isSet { throw binder.unsupported("SETOF", at: name.position) }
        let last = name.name.last
        let schema = name.name.parts.count > 1 ? name.name.parts[name.name.parts.count - 2].text : nil
        var type: SQLType
        if schema == nil || schema == "pg_catalog", let entry = TypeTable.entry(named: last), name.isBuiltIn || entry.kind != "x" {
            type = SQLType(entry.oid)
        } else if !name.isBuiltIn, let user = binder.types.type(named: last, schema: schema == "public" ? "public" : schema) {
            type = SQLType(user.oid)
            binder.definitions.noteTypeName?(name.name, user.oid)
        } else if let relation = try? binder.definitions.relation(name.name), let row = Definitions.rowTypes(of: relation).first {
            type = SQLType(row.oid)
        } else if case .table(let table)? = try? binder.definitions.relation(name.name) {
            throw binder.unsupported("the row type of table \(table.name)", at: name.position)
        } else {
            if let error = binder.definitions.missingSchema(of: name.name) {
                throw binder.error(error.state.rawValue, error.message, at: name.position)
            }
            throw binder.error(
                "42704", "type \"\(name.name.text)\" does not exist", hint: TypeTable.hint(forMissing: last), at: name.position)
        }
        type.modifier = try modifier(name, type, binder)
        guard !name.dimensions.isEmpty else { return type }
        guard let array = TypeTable.array(of: type.oid, binder.types) else {
            throw binder.error("42704", "could not find array type for data type \(self.name(of: type, binder.types))", at: name.position)
        }
        return SQLType(array.oid, modifier: type.modifier)
    }

    /// A number, or a text that is one.
    private static func modifier(_ literal: Literal, sign: String, _ binder: Binder, _ position: Position) throws(SQLError) -> Int {
        let text: String
        switch literal.value {
        case .integer(let number): text = String(number)
        case .decimal(let digits): text = digits
        case .string(let string) where sign.isEmpty: text = string
        default: throw binder.error("22023", "type modifiers must be simple constants", at: position)
        }
        guard case .int(let number) = try TextInput.value(sign + text, .int4, NeutralSession.shared) else { return 0 }
        return Int(number)
    }

    private static func modifier(_ name: TypeName, _ type: SQLType, _ binder: Binder) throws(SQLError) -> Int32 {
        var numbers: [Int] = []
        for expression in name.modifiers {
            switch expression {
            case .literal(let literal):
                numbers.append(try modifier(literal, sign: "", binder, name.position))
            case .prefix(let sign, .literal(let literal)) where sign.symbol == "-":
                numbers.append(try modifier(literal, sign: "-", binder, name.position))
            default: throw binder.error("42601", "type modifiers must be simple constants or identifiers", at: name.position)
            }
        }
        switch type.oid {
        case SQLType.varchar.oid, SQLType.bpchar.oid:
            let word = type.oid == SQLType.varchar.oid ? "varchar" : "char"
            guard let length = numbers.first else {
                // A bare CHARACTER is one of length 1.
                return type.oid == SQLType.bpchar.oid && name.isBuiltIn && name.name.last != "bpchar" ? 5 : -1
            }
            guard length >= 1 else { throw binder.error("22023", "length for type \(word) must be at least 1", at: name.position) }
            guard length <= 10_485_760 else {
                throw binder.error("22023", "length for type \(word) cannot exceed 10485760", at: name.position)
            }
            return Int32(length + 4)
        case SQLType.bit.oid, SQLType.varbit.oid:
            guard !numbers.isEmpty else { return -1 }
            do throws(SQLError) { return try TypeTable.modifier(type.oid, numbers) } catch {
                throw binder.error(error.state.rawValue, error.message, at: name.position)
            }
        case SQLType.numeric.oid:
            guard let precision = numbers.first else { return -1 }
            guard 1...1000 ~= precision else {
                throw binder.error("22023", "NUMERIC precision \(precision) must be between 1 and 1000", at: name.position)
            }
            let scale = numbers.count > 1 ? numbers[1] : 0
            guard -1000...1000 ~= scale else {
                throw binder.error("22023", "NUMERIC scale \(scale) must be between -1000 and 1000", at: name.position)
            }
            return Int32((precision << 16) | (scale & 0x7FF)) + 4
        case SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid:
            guard let digits = numbers.first else { return -1 }
            guard digits >= 0 else { throw binder.error("22023", "type modifier must not be negative", at: name.position) }
            return Int32(min(digits, 6))
        case SQLType.interval.oid: return interval(name, numbers.first)
        default:
            guard numbers.isEmpty else {
                throw binder.error("42601", "type modifier is not allowed for type \"\(name.name.last)\"", at: name.position)
            }
            return -1
        }
    }

    private static func interval(_ name: TypeName, _ digits: Int?) -> Int32 {
        let (year, month, day, hour, minute, second) = (1 << 2, 1 << 1, 1 << 3, 1 << 10, 1 << 11, 1 << 12)
        var mask = 0x7FFF
        switch name.intervalFields {
        case .year: mask = year
        case .month: mask = month
        case .day: mask = day
        case .hour: mask = hour
        case .minute: mask = minute
        case .second: mask = second
        case .yearToMonth: mask = year | month
        case .dayToHour: mask = day | hour
        case .dayToMinute: mask = day | hour | minute
        case .dayToSecond: mask = day | hour | minute | second
        case .hourToMinute: mask = hour | minute
        case .hourToSecond: mask = hour | minute | second
        case .minuteToSecond: mask = minute | second
        case nil: guard digits != nil else { return -1 }
        }
        return Int32(mask << 16 | (digits.map { min($0, 6) } ?? 0xFFFF))
    }
}
