/// What is known about a term before it runs. There is one for each term; see ``TermType/facts``.
public final class TermFacts: Sendable {
    /// How the text form spells a term.
    public enum Spelling: Sendable, Hashable {
        /// `r.now()`: a function of `r`.
        case function
        /// `x.upcase()`: a method of its first argument. `r.upcase(x)` reads as well.
        case method
        /// `db.table("t")` or `r.table("t")`: the first argument may be left out.
        case either
        /// Has a syntax of its own: a literal, a variable, `x => …`, `r.row`.
        case syntax
    }

    /// Which positional arguments the drivers turn into a function when they use `r.row`.
    public enum FunctionArguments: Sendable, Hashable {
        case none
        /// Only the argument at this position.
        case at(Int)
        /// All arguments after the first.
        case afterFirst
        case last
    }

    /// The name in the text form and the builder, in the JavaScript spelling.
    public let name: String
    public let spelling: Spelling
    /// The least and greatest number of positional arguments, the receiver among them. `Int.max` is "any number".
    public let arity: ClosedRange<Int>
    /// The options the term accepts, as they are written in the JSON form (`left_bound`), sorted.
    public let options: [String]
    public let functionArguments: FunctionArguments

    /// Whether a function may be written for the argument at `position` of `count`, so that a free `r.row` in it means that
    /// function's parameter.
    public func takesFunction(at position: Int, of count: Int) -> Bool {
        switch functionArguments {
        case .none: false
        case .at(let only): position == only
        case .afterFirst: position > 0
        case .last: position > 0 && position == count - 1
        }
    }

    /// Whether the term accepts the option `name`. An object literal accepts every name.
    public func accepts(option name: String) -> Bool {
        self.name == "makeObject" || options.contains(name)
    }

    init(
        _ name: String, _ spelling: Spelling, _ arity: ClosedRange<Int>, _ options: [String] = [],
        functions: FunctionArguments = .none
    ) {
        self.name = name
        self.spelling = spelling
        self.arity = arity
        self.options = options.sorted()
        self.functionArguments = functions
    }
}

extension TermType {
    /// What is known about this term before it runs. O(1).
    public var facts: TermFacts { Self.factsByNumber[Int(rawValue)]! }

    /// The term with this name in the text form, or nil.
    ///
    /// Both `orderBy` and `order_by` are found, and some older or other drivers' names (`indexesOf`, `iso8601`, `toJSON`).
    public init?(name: String) {
        guard let found = Self.typesByName[name] ?? Self.typesByName[Self.camelCase(name)] else { return nil }
        self = found
    }

    /// The option names that may be given for a whole query, sorted: each term that reads the name uses it.
    public static let globalOptions: [String] = [
        "_EVAL_FLAGS_", "_NO_RECURSE_", "_SHORTCUT_", "array_limit", "attempts", "auth", "base", "binary_format",
        "change_log", "changefeed_queue_size", "conflict", "data", "db", "default", "default_timezone", "dry_run", "durability",
        "emergency_repair", "emit", "expiry_field", "fill", "final_emit", "first_batch_scaledown_factor", "float", "geo", "geo_system",
        "group_format", "header", "identifier_format", "ignore_write_hook", "include_commit", "include_initial", "include_offsets",
        "include_states", "include_types", "index", "interleave", "left_bound", "max_batch_bytes", "max_batch_rows",
        "max_batch_seconds", "max_dist", "max_results", "method", "min_batch_rows", "multi", "non_atomic",
        "nonvoting_replica_tags", "noreply", "num_vertices", "ordered", "overwrite", "page", "page_limit", "params",
        "primary_key", "primary_replica_tag", "profile", "read_mode", "redirects", "replicas", "result_format",
        "return_changes", "return_vals", "right_bound", "shards", "since", "squash", "time_format", "timeout", "unique", "unit",
        "use_outdated", "verify", "wait_for",
    ]

    /// Turns `left_bound` into `leftBound`; leaves names without an inner underscore alone.
    static func camelCase(_ name: String) -> String {
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

    private static let factsByNumber: [TermFacts?] = {
        var table = [TermFacts?](repeating: nil, count: Int(allCases.map(\.rawValue).max()!) + 1)
        for type in allCases { table[Int(type.rawValue)] = type.statedFacts }
        return table
    }()

    private static let typesByName: [String: TermType] = {
        var types: [String: TermType] = [
            "indexesOf": .offsetsOf, "iso8601": .iso8601, "toIso8601": .toISO8601, "toJSON": .toJSONString,
            "toJson": .toJSONString, "toJSONString": .toJSONString, "geoJSON": .geoJSON, "geoJson": .geoJSON,
            "toGeoJSON": .toGeoJSON, "toGeoJson": .toGeoJSON, "javascript": .javaScript, "flatMap": .concatMap,
        ]
        for type in allCases where type.facts.spelling != .syntax { types[type.name] = type }
        return types
    }()

    /// The names that the text form knows as methods or as functions of `r`, for suggestions.
    static let writtenNames: [String] = allCases.filter { $0.facts.spelling != .syntax }.map(\.name)
}
