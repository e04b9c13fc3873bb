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
                guard let blank = line.firstIndex(of: " ") else { continue }
                let name = String(line[..<blank])
                for part in line[line.index(after: blank)...].split(separator: ";") {
                    if let function = FunctionFacts.function(name, part) { functions.append(function) }
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

/// Reads the lines of facts: a line that begins with more blanks goes on with the one before it.
enum FactLines {
    static func joined(_ block: String) -> [String] {
        var lines: [String] = []
        for line in block.split(separator: "\n") {
            if line.hasPrefix("  "), !lines.isEmpty {
                lines[lines.count - 1] += " " + line.drop { $0 == " " }
            } else {
                lines.append(String(line))
            }
        }
        return lines
    }
}

/// Reads the facts of one function.
enum FunctionFacts {
    /// `3305 jsonb,_text,jsonb,bool>jsonb (jsonb_in,path,replacement,create_if_missing) =1=true`
    static func function(_ name: String, _ text: Substring) -> SQLFunction? {
        let text = text.drop { $0 == " " }
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, let oid = UInt32(parts[0]), let arrow = parts[1].lastIndex(of: ">"),
            let result = type(parts[1][parts[1].index(after: arrow)...])
        else { return nil }
        let arguments = parts[1][..<arrow].split(separator: ",").compactMap(type)
        var rest = parts.count > 2 ? parts[2] : ""
        var flags: Substring = ""
        if let first = rest.first, first.isLetter {
            flags = rest.prefix { $0 != " " }
            rest = rest.dropFirst(flags.count).drop { $0 == " " }
        }
        let isAggregate = flags.contains("a")
        var function = SQLFunction(
            name: name, oid: oid, arguments: arguments, result: result,
            body: flags.contains("w")
                ? .window : FunctionTable.bodies["\(name)#\(oid)"] ?? FunctionTable.bodies[name] ?? missing(name, isAggregate: isAggregate))
        function.isStrict = isAggregate ? !takesNulls.contains(name) : !flags.contains("n")
        function.volatility = flags.contains("v") ? .volatile : flags.contains("s") ? .stable : .immutable
        function.returnsSet = flags.contains("r")
        function.isVariadic = flags.contains("x")
        function.isAggregate = isAggregate
        if rest.first == "(", let end = rest.firstIndex(of: ")") {
            function.argumentNames = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            function.columns = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",").compactMap { column in
                let parts = column.split(separator: ":")
                guard parts.count == 2, let type = type(parts[1]) else { return nil }
                return SQLRecord.Field(String(parts[0]), type)
            }
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        if rest.first == "=", let second = rest.dropFirst().firstIndex(of: "=") {
            function.defaults = rest[rest.index(after: second)...].split(separator: ",").map { String($0).trimming() }
        }
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
