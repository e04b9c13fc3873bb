/// The operators `= <> < <= > >=` and the functions that sort.
enum ComparisonFunctions {
    private enum Operation: CaseIterable {
        case eq, ne, lt, le, gt, ge

        var name: String { String(describing: self) }
    }

    @inline(__always) private static func holds(_ operation: Operation, _ order: Int) -> Bool {
        switch operation {
        case .eq: order == 0
        case .ne: order != 0
        case .lt: order < 0
        case .le: order <= 0
        case .gt: order > 0
        case .ge: order >= 0
        }
    }

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        let plain = [
            "int2", "int4", "int8", "int24", "int42", "int28", "int82", "int48", "int84", "float4", "float8", "float48", "float84",
            "numeric_", "text_", "text", "name", "char", "bool", "oid", "bytea", "date_", "time_", "timetz_", "timestamp_", "timestamptz_",
            "interval_", "uuid_", "jsonb_", "network_", "bpchar", "text_pattern_", "bpchar_pattern_",
            "tid", "cid", "xid", "bit", "varbit",
        ]
        for operation in Operation.allCases {
            let body: SQLFunction.Body = .binary { .bool(holds(operation, Ordering.compare($0, $1))) }
            for type in plain { bodies[type + operation.name] = body }
            for type in ["pg_lsn_", "xid8"] {
                bodies[type + operation.name] = .binary { .bool(holds(operation, Ordering.compareUnsigned($0, $1))) }
            }
            bodies["name" + operation.name + "text"] = body
            bodies["text" + operation.name + "name"] = body
            // Integers and texts are compared most, so these have bodies of their own.
            let integers: SQLFunction.Body = .binary { .bool(holds(operation, Ordering.compare($0.int, $1.int))) }
            for type in plain.prefix(9) { bodies[type + operation.name] = integers }
            // The order of these depends on more than the values.
            let typed: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
                try requireComparable(arguments[0], arguments[1], context.session.types)
                return .bool(
                    holds(
                        operation,
                        Ordering(context.argumentTypes[0], context.session.types).compare(arguments[0], arguments[1])))
            }
            for type in ["array_", "record_", "enum_", "oidvector", "record_image_"] { bodies[type + operation.name] = typed }
            let dates: SQLFunction.Body = .scalar { .bool(holds(operation, compareMoments($0, $1))) }
            for pair in pairsOfMoments { bodies[pair.replacing("%", with: operation.name)] = dates }
        }
        for pair in pairsOfMoments {
            bodies[pair.replacing("%", with: "cmp")] = .scalar { .int(Int64(compareMoments($0, $1))) }
        }
        bodies["xideq"] = bodies["xid8eq"]
        bodies["xideqint4"] = bodies["int8eq"]
        bodies["xidneq"] = bodies["int8ne"]
        bodies["xidneqint4"] = bodies["int8ne"]
        bodies["texteq"] = .binary { a, b in
            guard case .text(let x) = a, case .text(let y) = b else { return .bool(false) }
            return .bool(Ordering.equal(x, y))
        }
        bodies["textne"] = .binary { a, b in
            guard case .text(let x) = a, case .text(let y) = b else { return .bool(true) }
            return .bool(!Ordering.equal(x, y))
        }
        let compared: SQLFunction.Body = .binary { .int(Int64(Ordering.compare($0, $1))) }
        for name in [
            "numeric_cmp", "date_cmp", "time_cmp", "timetz_cmp", "timestamp_cmp", "timestamptz_cmp", "interval_cmp", "uuid_cmp",
            "jsonb_cmp", "network_cmp", "byteacmp", "bpcharcmp", "bitcmp", "varbitcmp",
        ] {
            bodies[name] = compared
        }
        bodies["xid8cmp"] = .binary { .int(Int64(Ordering.compareUnsigned($0, $1))) }
        bodies["text_larger"] = .binary { Ordering.compare($0, $1) >= 0 ? $0 : $1 }
        bodies["text_smaller"] = .binary { Ordering.compare($0, $1) <= 0 ? $0 : $1 }
        return bodies
    }()

    /// Throws `42804` where columns of records come together that can't be compared before two that differ.
    static func requireComparable(_ a: SQLValue, _ b: SQLValue, _ types: any TypeCatalog) throws(SQLError) {
        switch (a, b) {
        case (.record, .record): _ = try areAlike(a, b, types)
        case (.array(let x), .array(let y)):
            for (one, other) in zip(x.elements, y.elements) {
                guard case .record = one, case .record = other else { return }
                guard try areAlike(one, other, types) else { return }
            }
        default: break
        }
    }

    /// Whether two records are equal.
    private static func areAlike(_ a: SQLValue, _ b: SQLValue, _ types: any TypeCatalog) throws(SQLError) -> Bool {
        guard case .record(let x) = a, case .record(let y) = b else { return false }
        for place in 0..<min(x.values.count, y.values.count, x.fields.count, y.fields.count) {
            let (type, other) = (SQLType(x.fields[place].type.oid), SQLType(y.fields[place].type.oid))
            guard type == other || type == .unknown || other == .unknown else {
                throw SQLError(
                    .datatypeMismatch,
                    "cannot compare dissimilar column types \(TypeTable.format(type, types)) and \(TypeTable.format(other, types)) "
                        + "at record column \(place + 1)")
            }
            let (left, right) = (x.values[place], y.values[place])
            if left.isNull, right.isNull { continue }
            if left.isNull || right.isNull { return false }
            if case .record = left {
                guard try areAlike(left, right, types) else { return false }
            } else if Ordering(type, types).compare(left, right) != 0 {
                return false
            }
        }
        guard x.values.count == y.values.count else {
            throw SQLError(.datatypeMismatch, "cannot compare record types with different numbers of columns")
        }
        return true
    }

    private static let pairsOfMoments = [
        "date_%_timestamp", "date_%_timestamptz", "timestamp_%_date", "timestamptz_%_date", "timestamp_%_timestamptz",
        "timestamptz_%_timestamp",
    ]

    private static func compareMoments(_ arguments: [SQLValue], _ context: CallContext) -> Int {
        let zone = context.session.settings.timeZone
        let isZoned = arguments.contains { if case .timestamptz = $0 { true } else { false } }
        return Ordering.compare(moment(arguments[0], isZoned, zone), moment(arguments[1], isZoned, zone))
    }

    /// A date, timestamp or timestamptz as microseconds: of UTC if one of two is zoned.
    /// Beyond the first and the last moment of all it is as near to them as may be.
    private static func utc(_ local: Int64, _ zone: SQLTimeZone) -> Int64 {
        if DateTimeConversion.isInfinite(local) { return local }
        let (moment, overflow) = local.subtractingReportingOverflow(Int64(zone.offset(ofLocal: local)) * 1_000_000)
        return overflow ? (local > 0 ? Int64.max - 1 : Int64.min + 1) : moment
    }

    /// The moment at which a day begins.
    static func moment(_ days: Int32) -> Int64 {
        if days == Calendar.infiniteDate { return .max }
        if days == Calendar.negativeInfiniteDate { return .min }
        // Beyond a timestamp's years the date is only compared.
        guard Calendar.timestamp(days: Int(days), microseconds: 0) != nil else { return days > 0 ? .max - 1 : .min + 1 }
        return Int64(days) &* Calendar.microsecondsPerDay
    }

    private static func moment(_ value: SQLValue, _ isZoned: Bool, _ zone: SQLTimeZone) -> Int64 {
        switch value {
        case .date(let days):
            let local = moment(days)
            return isZoned && Calendar.isTimestamp(local) ? utc(local, zone) : local
        case .timestamp(let local): return isZoned ? utc(local, zone) : local
        default: return value.microseconds
        }
    }
}
