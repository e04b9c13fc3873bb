/// All built-in functions, operators and casts, and how PostgreSQL chooses among those of one name.
package enum FunctionTable {
    /// What a call or an operator came to mean: the function, and the type that each argument is cast to first.
    package struct Resolved: Sendable {
        package var function: SQLFunction
        /// One for each argument of the call, defaults among them; those of a variadic function are its element type.
        package var argumentTypes: [SQLType]
        package var resultType: SQLType
        /// Whether the arguments from the variadic one on are to be gathered in an array.
        package var gathersVariadic: Bool
        /// Where each argument of the function comes from: the place of the given argument, or nil where its default stands. Nil if
        /// the arguments stand in the function's order and none is left out.
        package var argumentPlaces: [Int?]?

        package init(
            function: SQLFunction, argumentTypes: [SQLType], resultType: SQLType, gathersVariadic: Bool, argumentPlaces: [Int?]? = nil
        ) {
            self.function = function
            self.argumentTypes = argumentTypes
            self.resultType = resultType
            self.gathersVariadic = gathersVariadic
            self.argumentPlaces = argumentPlaces
        }
    }

    /// By number.
    package static let functions: [SQLFunction] = {
        var functions: [SQLFunction] = []
        for block in [facts1, facts2, facts3, textSearchFacts, bitStringFacts, extensionFacts] {
            for line in FactLines.joined(block) {
                let parts = line.cut(at: " ", most: 2)
                guard parts.count == 2 else { continue }
                for part in parts[1].cut(at: ";") {
                    if let function = FunctionFacts.function(String(parts[0]), part) { functions.append(function) }
                }
            }
        }
        return functions.sorted { $0.oid < $1.oid }
    }()

    private static let byNumber = Dictionary(uniqueKeysWithValues: functions.map { ($0.oid, $0) })
    private static let byName = Dictionary(grouping: functions, by: \.name)

    package static func function(_ oid: UInt32) -> SQLFunction? { byNumber[oid] }
    package static func functions(named name: String) -> [SQLFunction] { byName[name] ?? [] }

    /// What the functions do, by name, or by name and number (`length#1374`) where functions of one name have little in common.
    static let bodies: [String: SQLFunction.Body] = {
        var bodies: [String: SQLFunction.Body] = [:]
        for group in groups { bodies.merge(group) { _, new in new } }
        return bodies
    }()
}

/// Reads the facts of one function.
enum FunctionFacts {
    /// `3305 jsonb,_text,jsonb,bool>jsonb (jsonb_in,path,replacement,create_if_missing) =1=true`
    static func function(_ name: String, _ text: Substring) -> SQLFunction? {
        let parts = text.cut(at: " ", most: 3)
        guard parts.count >= 2, let oid = UInt32(parts[0]) else { return nil }
        let types = parts[1].cut(at: ">", keepingEmpty: true)
        guard types.count == 2, let result = type(types[1]) else { return nil }
        let arguments = types[0].cut(at: ",").compactMap(type)
        var rest = parts.count > 2 ? parts[2] : ""
        var flags: Set<UInt8> = []
        if let first = rest.utf8.first, first >= 0x61 {
            let both = rest.cut(at: " ", most: 2)
            flags = Set(both[0].utf8)
            rest = both.count > 1 ? both[1] : ""
        }
        func has(_ flag: Unicode.Scalar) -> Bool { flags.contains(UInt8(ascii: flag)) }
        let isAggregate = has("a")
        var function = SQLFunction(
            name: name, oid: oid, arguments: arguments, result: result,
            body: has("w")
                ? .window : FunctionTable.bodies["\(name)#\(oid)"] ?? FunctionTable.bodies[name] ?? missing(name, isAggregate: isAggregate))
        function.isStrict = isAggregate ? !takesNulls.contains(name) : !has("n")
        function.volatility = has("v") ? .volatile : has("s") ? .stable : .immutable
        function.returnsSet = has("r")
        function.isVariadic = has("x")
        function.isAggregate = isAggregate
        if let names = rest.takeParenthesized("(", ")") { function.argumentNames = names.cut(at: ",", keepingEmpty: true).map(String.init) }
        if let columns = rest.takeParenthesized("[", "]") {
            function.columns = columns.cut(at: ",").compactMap { column in
                let parts = column.cut(at: ":")
                guard parts.count == 2, let type = type(parts[1]) else { return nil }
                return SQLRecord.Field(String(parts[0]), type)
            }
        }
        if rest.takeParenthesized("=", "=") != nil { function.defaults = rest.cut(at: ",").map { String($0).trimming() } }
        return function
    }

    /// Aggregates that get rows in which an argument is NULL.
    private static let takesNulls: Set = [
        "array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "string_agg", "mode", "percentile_cont",
        "percentile_disc", "rank", "dense_rank", "percent_rank", "cume_dist",
    ]

    private static func type(_ name: Substring) -> SQLType? { TypeTable.entry(named: String(name)).map { SQLType($0.oid) } }

    /// What is known of and not there yet says so.
    private static func missing(_ name: String, isAggregate: Bool) -> SQLFunction.Body {
        let error = SQLError(.featureNotSupported, "function \(name) is not supported")
        if isAggregate { return .aggregate { _ in MissingAggregate(error) } }
        return .scalar { _, _ throws(SQLError) in throw error }
    }

    private final class MissingAggregate: Accumulator {
        let error: SQLError
        init(_ error: SQLError) { self.error = error }
        func add(_ arguments: [SQLValue]) throws(SQLError) { throw error }
        func result() throws(SQLError) -> SQLValue { throw error }
        var byteCount: Int { 0 }
    }
}
