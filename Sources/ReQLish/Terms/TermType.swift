/// The operations of ReQL.
///
/// Every term that RethinkDB 2.4 knows is here, so that any query can be read, checked and printed. A term is declared by its name
/// here and its row in ``declaration``, from which the JSON reader, the parser, the printer, the builder, completion and `docs/REQL.md`
/// take what they know of it; `Call.plainNode()` says what it is compiled to. The compiler notices a term that lacks one of them.
///
/// The raw value is the term's place in the table; ``number`` is what the JSON form and the drivers' protocol call it.
public enum TermType: UInt8, Sendable, CaseIterable, Hashable {
    // Literals
    case datum, makeArray, makeObject, variable, function
    // Databases and tables
    case db, dbCreate, dbDrop, dbList, table, tableCreate, tableDrop, tableList, config, status, wait, sync, reconfigure, rebalance,
        grant, info, digest
    // Secondary indexes
    case indexCreate, indexWait, indexStatus, indexList, indexRename, indexDrop
    // Reading
    case get, getAll, between, betweenDeprecated, orderBy, asc, desc, filter, nth, bracket, skip, limit, slice, sample, distinct,
        isEmpty, contains, offsetsOf, range, changes
    // Searching texts
    case search, searchWords, matches
    // Changing rows
    case map, concatMap, getField, hasFields, withFields, pluck, without, merge, literal, keys, values, object, union, innerJoin,
        outerJoin, eqJoin, zip
    // Summing up
    case group, ungroup, count, sum, avg, min, max, reduce, fold
    // Writing
    case insert, update, replace, delete, forEach, setWriteHook, getWriteHook
    // Comparing and reckoning
    case eq, ne, lt, le, gt, ge, and, or, not, add, sub, mul, div, mod, floor, ceil, round, bitAnd, bitOr, bitXor, bitNot, bitSal,
        bitSar, random
    // Text
    case match, split, upcase, downcase, format, toJSONString, json, uuid, binary
    // Arrays
    case append, prepend, insertAt, spliceAt, deleteAt, changeAt, setInsert, setUnion, setIntersection, setDifference, difference
    // Times
    case now, time, epochTime, iso8601, toISO8601, toEpochTime, inTimezone, timezone, during, date, timeOfDay, year, month, day,
        dayOfWeek, dayOfYear, hours, minutes, seconds, monday, tuesday, wednesday, thursday, friday, saturday, sunday, january,
        february, march, april, may, june, july, august, september, october, november, december
    // Places
    case point, line, polygon, circle, fill, polygonSub, geoJSON, toGeoJSON, distance, intersects, includes, getIntersecting, getNearest
    // Graphs
    case traverse, neighbors, shortestPath, subgraph, degree, components, pageRank, relationCreate, relationDrop, relationList,
        relationStatus
    // Steering
    case implicitVariable, functionCall, branch, `default`, error, args, typeOf, coerceTo, minval, maxval, javaScript, http
}

extension TermType {
    /// What is known about this term before it runs. O(1).
    package var facts: TermFacts { Self.allFacts[Int(rawValue)] }

    /// The term's name in queries, in the JavaScript spelling: `orderBy`, `getAll`, `ISO8601`.
    public var name: String { facts.name }

    /// The term's number in the JSON form and the drivers' protocol: RethinkDB's. Terms that RethinkDB doesn't have are numbered from
    /// 1,000 on.
    public var number: Int { facts.number }

    /// The term with this number, or nil.
    public init?(number: Int) {
        guard Self.typesByNumber.indices.contains(number), let type = Self.typesByNumber[number] else { return nil }
        self = type
    }

    /// The term with this name in the text form, or nil.
    ///
    /// Both `orderBy` and `order_by` are found, and some older or other drivers' names (`indexesOf`, `iso8601`, `toJSON`).
    public init?(name: String) {
        guard let type = Self.typesByName[name] ?? Self.typesByName[Self.camelCase(name)] else { return nil }
        self = type
    }

    /// The terms that have a name in the text form, without those that are only read for the sake of old queries.
    package static let written = allCases.filter { $0.facts.spelling != .syntax && !$0.facts.traits.contains(.superseded) }

    /// The names of options that may be given for a whole query: each term that reads the name uses it.
    static let globalOptions: Set<String> = allCases.reduce(into: [
        "_NO_RECURSE_", "array_limit", "binary_format", "db", "first_batch_scaledown_factor", "group_format", "max_batch_bytes",
        "max_batch_rows", "max_batch_seconds", "min_batch_rows", "noreply", "profile", "time_format",
    ]) { $0.formUnion($1.facts.options) }

    private static let allFacts = allCases.map(\.declaration)

    private static let typesByNumber: [TermType?] = {
        var types = [TermType?](repeating: nil, count: (allFacts.map(\.number).max() ?? 0) + 1)
        for type in allCases { types[type.number] = type }
        return types
    }()

    private static let typesByName: [String: TermType] = {
        var types: [String: TermType] = [:]
        for type in allCases where type.facts.spelling != .syntax {
            for name in [type.name] + type.facts.aliases { types[name] = type }
        }
        return types
    }()
}

// MARK: Names of options

extension TermType {
    /// Turns `left_bound` into `leftBound`; leaves names without an inner underscore alone.
    package static func camelCase(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "_")), !name.hasPrefix("_") else { return name }
        var result = ""
        var raise = false
        for scalar in name.unicodeScalars {
            if scalar == "_" {
                raise = true
            } else if raise {
                result += String(scalar).uppercased()
                raise = false
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Turns `leftBound` into `left_bound`; leaves names that have an underscore alone.
    static func snakeCase(_ name: String) -> String {
        guard !name.utf8.contains(UInt8(ascii: "_")) else { return name }
        var result = ""
        for scalar in name.unicodeScalars {
            if scalar.properties.isUppercase { result += "_" }
            result += scalar.properties.lowercaseMapping
        }
        return result
    }
}
