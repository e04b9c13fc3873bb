/// The built-in types with all that PostgreSQL's catalogs know of them.
package enum TypeTable {
    /// One row of `pg_type`.
    package struct Entry: Sendable {
        package let oid: UInt32
        package let name: String
        /// As `format_type` writes it: `timestamp with time zone`.
        package let displayName: String
        package let length: Int16
        package let isByValue: Bool
        /// `b`, or `p` of a pseudo-type.
        package let kind: Character
        package let category: Character
        package let isPreferred: Bool
        package let elementOID: UInt32
        package let arrayOID: UInt32
        package let alignment: Character
        package let storage: Character

        /// Arrays proper, not the vectors of the catalogs.
        package var isArray: Bool {
            (category == "A" || oid == 2287) && length == -1 && elementOID != 0 && name.utf8.first == UInt8(ascii: "_")
        }
    }

    /// By number.
    package static let entries: [Entry] = facts.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: " ", maxSplits: 7)
        guard parts.count >= 7, let oid = UInt32(parts[0]), let element = UInt32(parts[4]), let array = UInt32(parts[5]),
            let kind = parts[3].first, let alignment = parts[6].first, let storage = parts[6].last
        else { return nil }
        let isByValue = parts[2].hasSuffix("v")
        return Entry(
            oid: oid, name: String(parts[1]), displayName: String(parts.count > 7 ? parts[7] : parts[1]),
            length: Int16(isByValue ? parts[2].dropLast() : parts[2]) ?? -1, isByValue: isByValue, kind: kind,
            category: parts[3].dropFirst().first ?? "X", isPreferred: parts[3].hasSuffix("!"), elementOID: element, arrayOID: array,
            alignment: alignment, storage: storage)
    }

    private static let byNumber = Dictionary(uniqueKeysWithValues: entries.map { ($0.oid, $0) })
    private static let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })

    /// Names that the grammar doesn't turn into those of the catalog by itself.
    private static let spellings: [String: String] = [
        "boolean": "bool", "smallint": "int2", "integer": "int4", "int": "int4", "bigint": "int8", "real": "float4",
        "double precision": "float8", "decimal": "numeric", "dec": "numeric", "character varying": "varchar", "character": "bpchar",
        "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz", "time without time zone": "time",
        "time with time zone": "timetz", "\"char\"": "char", "bit varying": "varbit",
    ]

    package static func entry(_ oid: UInt32) -> Entry? { byNumber[oid] }

    /// By the catalog's name or the standard's: `int4`, `integer`, `_int4`, `integer[]`.
    package static func entry(named name: String) -> Entry? {
        if let entry = byName[name] { return entry }
        if let spelling = spellings[name] { return byName[spelling] }
        if name.hasSuffix("[]"), let element = entry(named: String(name.dropLast(2))) { return byNumber[element.arrayOID] }
        return nil
    }

    /// Names of PostgreSQL's types that there are none of here, with what to use.
    package static func hint(forMissing name: String) -> String? {
        switch name {
        case "money": "Use numeric."
        case "xml": "Use text."
        case "hstore": "Use jsonb."
        case "point", "line", "lseg", "box", "path", "polygon", "circle": "Use jsonb with GeoJSON."
        case "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange": "Use two columns."
        case "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange": "Use a table."
        case "macaddr", "macaddr8": "Use text."
        default: nil
        }
    }
}

// MARK: - Relations between types

extension TypeTable {
    /// The type of an array's elements; nil if it is no array. Also of a domain's base and of the vectors of the catalogs.
    package static func element(of type: UInt32, _ types: any TypeCatalog) -> SQLType? {
        if let entry = entry(type) {
            return entry.elementOID != 0 && (entry.category == "A" || entry.isArray) ? SQLType(entry.elementOID) : nil
        }
        guard case .array(let element)? = types.type(type)?.kind else { return nil }
        return element
    }

    /// The type of arrays of it; nil if there are none.
    package static func array(of type: UInt32, _ types: any TypeCatalog) -> SQLType? {
        if let entry = entry(type) { return entry.arrayOID == 0 ? nil : SQLType(entry.arrayOID) }
        return (types.type(type)?.arrayOID).flatMap { $0 == 0 ? nil : SQLType($0) }
    }

    /// What a domain is made of, through domains of domains; other types themselves.
    package static func base(of type: SQLType, _ types: any TypeCatalog) -> SQLType {
        var type = type
        while type.oid >= 16384, case .domain(let base, _)? = types.type(type.oid)?.kind { type = base }
        return type
    }

    package static func isEnum(_ type: UInt32, _ types: any TypeCatalog) -> Bool {
        guard type >= 16384, case .enum? = types.type(type)?.kind else { return false }
        return true
    }

    package static func isComposite(_ type: UInt32, _ types: any TypeCatalog) -> Bool {
        guard type >= 16384, case .composite? = types.type(type)?.kind else { return false }
        return true
    }

    package static func category(of type: UInt32, _ types: any TypeCatalog) -> Character {
        if let entry = entry(type) { return entry.category }
        guard type != SQLType.open.oid else { return "U" }
        switch types.type(type)?.kind {
        case .enum: return "E"
        case .composite: return "C"
        case .array: return "A"
        case .domain(let base, _): return category(of: base.oid, types)
        case nil: return "U"
        }
    }

    package static func isPreferred(_ type: UInt32) -> Bool { entry(type)?.isPreferred ?? false }
}

// MARK: - Modifiers

extension TypeTable {
    /// The modifier that numbers in parentheses stand for.
    ///
    /// - Parameter fields: of an interval, as PostgreSQL's mask of them; 0x7FFF for all.
    package static func modifier(_ oid: UInt32, _ numbers: [Int], intervalFields fields: Int32 = 0x7FFF) throws(SQLError) -> Int32 {
        switch oid {
        case SQLType.varchar.oid, SQLType.bpchar.oid:
            let name = oid == SQLType.varchar.oid ? "varchar" : "char"
            guard numbers.count == 1 else { throw invalidModifier() }
            guard numbers[0] >= 1 else { throw SQLError(.invalidParameterValue, "length for type \(name) must be at least 1") }
            guard numbers[0] <= 10_485_760 else {
                throw SQLError(.invalidParameterValue, "length for type \(name) cannot exceed 10485760")
            }
            return Int32(numbers[0]) + 4
        case SQLType.bit.oid, SQLType.varbit.oid:
            let name = oid == SQLType.varbit.oid ? "varbit" : "bit"
            guard numbers.count == 1 else { throw invalidModifier() }
            guard numbers[0] >= 1 else { throw SQLError(.invalidParameterValue, "length for type \(name) must be at least 1") }
            guard numbers[0] <= BitString.greatestCount else {
                throw SQLError(.invalidParameterValue, "length for type \(name) cannot exceed \(BitString.greatestCount)")
            }
            return Int32(numbers[0])
        case SQLType.numeric.oid:
            guard numbers.count == 1 || numbers.count == 2 else {
                throw SQLError(.invalidParameterValue, "invalid NUMERIC type modifier")
            }
            guard (1...1000).contains(numbers[0]) else {
                throw SQLError(.invalidParameterValue, "NUMERIC precision \(numbers[0]) must be between 1 and 1000")
            }
            let scale = numbers.count == 2 ? numbers[1] : 0
            guard (-1000...1000).contains(scale) else {
                throw SQLError(.invalidParameterValue, "NUMERIC scale \(scale) must be between -1000 and 1000")
            }
            return (Int32(numbers[0]) << 16 | Int32(scale) & 0x7FF) + 4
        case SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid:
            guard numbers.count == 1 else { throw invalidModifier() }
            let isZoned = oid == SQLType.timetz.oid || oid == SQLType.timestamptz.oid
            let name = (oid == SQLType.time.oid || oid == SQLType.timetz.oid ? "TIME" : "TIMESTAMP") + "(\(numbers[0]))"
            guard numbers[0] >= 0 else {
                throw SQLError(.invalidParameterValue, "\(name)\(isZoned ? " WITH TIME ZONE" : "") precision must not be negative")
            }
            return Int32(min(numbers[0], 6))
        case SQLType.interval.oid:
            guard numbers.count <= 1 else { throw SQLError(.invalidParameterValue, "invalid INTERVAL type modifier") }
            guard let precision = numbers.first else { return fields == 0x7FFF ? -1 : fields << 16 | 0xFFFF }
            guard precision >= 0 else {
                throw SQLError(.invalidParameterValue, "INTERVAL(\(precision)) precision must not be negative")
            }
            return fields << 16 | Int32(min(precision, 6))
        default:
            if let entry = entry(oid), entry.isArray { return try modifier(entry.elementOID, numbers, intervalFields: fields) }
            throw SQLError(.syntaxError, "type modifier is not allowed for type \"\(entry(oid)?.name ?? "\(oid)")\"")
        }
    }

    private static func invalidModifier() -> SQLError { SQLError(.invalidParameterValue, "invalid type modifier") }

    /// Precision and scale of a numeric's modifier.
    package static func numericBounds(_ modifier: Int32) -> (precision: Int, scale: Int)? {
        guard modifier >= 4 else { return nil }
        let value = modifier - 4
        return (Int(value >> 16 & 0xFFFF), Int((value & 0x7FF) ^ 1024) - 1024)
    }

    private static let intervalFieldNames: [Int32: String] = [
        1 << 2: "year", 1 << 1: "month", 1 << 3: "day", 1 << 10: "hour", 1 << 11: "minute", 1 << 12: "second",
        1 << 2 | 1 << 1: "year to month", 1 << 3 | 1 << 10: "day to hour", 1 << 3 | 1 << 10 | 1 << 11: "day to minute",
        1 << 3 | 1 << 10 | 1 << 11 | 1 << 12: "day to second", 1 << 10 | 1 << 11: "hour to minute",
        1 << 10 | 1 << 11 | 1 << 12: "hour to second", 1 << 11 | 1 << 12: "minute to second",
    ]

    /// What stands behind the type's name: `(10,2)`.
    package static func modifierText(_ type: SQLType) -> String {
        guard type.modifier >= 0 else { return "" }
        switch type.oid {
        case SQLType.varchar.oid, SQLType.bpchar.oid: return type.modifier >= 4 ? "(\(type.modifier - 4))" : ""
        case SQLType.bit.oid, SQLType.varbit.oid: return "(\(type.modifier))"
        case SQLType.numeric.oid:
            guard let (precision, scale) = numericBounds(type.modifier) else { return "" }
            return "(\(precision),\(scale))"
        case SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid: return "(\(type.modifier))"
        case SQLType.interval.oid:
            let fields = type.modifier >> 16 & 0x7FFF
            let precision = type.modifier & 0xFFFF
            return (intervalFieldNames[fields].map { " " + $0 } ?? "") + (precision == 0xFFFF ? "" : "(\(precision))")
        default: return ""
        }
    }

    /// The type as people write it: `character varying(10)`, `timestamp(3) with time zone`, `integer[]`.
    package static func format(_ type: SQLType, _ types: any TypeCatalog) -> String {
        guard let entry = entry(type.oid) else {
            if type.oid == SQLType.open.oid { return "jsonb" }
            if type.oid == 0 { return "-" }
            guard let user = types.type(type.oid) else { return "???" }
            if case .array(let element) = user.kind { return format(element, types) + "[]" }
            let name = Quoting.identifier(user.name)
            return types.isVisible(user) ? name : Quoting.identifier(user.schema) + "." + name
        }
        if entry.isArray { return format(SQLType(entry.elementOID, modifier: type.modifier), types) + "[]" }
        // Without a length, character is one character, which bpchar is not.
        if type.oid == SQLType.bpchar.oid, type.modifier < 0 { return type.modifier == -1 ? "bpchar" : "character" }
        if type.oid == SQLType.bit.oid, type.modifier == -1 { return "\"bit\"" }
        let name = entry.displayName
        let text = modifierText(type)
        if text.isEmpty { return name }
        let endsWithModifier = type.oid == SQLType.varchar.oid || type.oid == SQLType.varbit.oid
        if !endsWithModifier, let space = name.firstIndex(of: " ") { return name[..<space] + text + name[space...] }
        return name + text
    }
}
