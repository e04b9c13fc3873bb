/// The table of terms. `arity` counts the receiver, as the JSON form does.
extension TermType {
    private static let any = Int.max
    private static let writeOptions = ["durability", "ignore_write_hook", "non_atomic", "return_changes", "return_vals"]
    private static let bounds = ["left_bound", "right_bound"]

    /// Built once into the table behind ``facts``.
    var statedFacts: TermFacts {
        coreFacts ?? arithmeticFacts ?? administrationFacts ?? readingFacts ?? transformationFacts ?? arrayAndStringFacts
            ?? timeFacts ?? geometryFacts
    }

    private var coreFacts: TermFacts? {
        switch self {
        case .datum: TermFacts("datum", .syntax, 1...1)
        case .makeArray: TermFacts("makeArray", .syntax, 0...Self.any)
        case .makeObject: TermFacts("makeObject", .syntax, 0...0)
        case .variable: TermFacts("var", .syntax, 1...1)
        case .javaScript: TermFacts("js", .function, 1...1, ["timeout"])
        case .error: TermFacts("error", .function, 0...1)
        case .implicitVariable: TermFacts("row", .syntax, 0...0)
        case .functionCall:
            TermFacts("do", .syntax, 1...Self.any, ["_EVAL_FLAGS_", "_SHORTCUT_"], functions: .at(0))
        case .branch: TermFacts("branch", .function, 3...Self.any)
        case .or: TermFacts("or", .method, 0...Self.any)
        case .and: TermFacts("and", .method, 0...Self.any)
        case .not: TermFacts("not", .method, 1...1)
        case .forEach: TermFacts("forEach", .method, 2...2, functions: .afterFirst)
        case .function: TermFacts("func", .syntax, 2...2)
        case .default: TermFacts("default", .method, 2...2)
        case .literal: TermFacts("literal", .function, 0...1)
        case .args: TermFacts("args", .function, 1...1)
        case .ungroup: TermFacts("ungroup", .method, 1...1)
        case .coerceTo: TermFacts("coerceTo", .method, 2...2)
        case .typeOf: TermFacts("typeOf", .method, 1...1)
        case .info: TermFacts("info", .method, 1...1)
        case .json: TermFacts("json", .function, 1...1)
        case .toJSONString: TermFacts("toJsonString", .method, 1...1)
        case .object: TermFacts("object", .function, 0...Self.any)
        case .binary: TermFacts("binary", .function, 1...1)
        case .uuid: TermFacts("uuid", .function, 0...1)
        case .random: TermFacts("random", .function, 0...2, ["float"])
        case .http:
            TermFacts(
                "http", .function, 1...1,
                [
                    "attempts", "auth", "data", "header", "method", "page", "page_limit", "params", "redirects", "result_format",
                    "timeout", "verify",
                ])
        case .minval: TermFacts("minval", .function, 0...0)
        case .maxval: TermFacts("maxval", .function, 0...0)
        default: nil
        }
    }

    private var arithmeticFacts: TermFacts? {
        switch self {
        case .eq: TermFacts("eq", .method, 2...Self.any)
        case .ne: TermFacts("ne", .method, 2...Self.any)
        case .lt: TermFacts("lt", .method, 2...Self.any)
        case .le: TermFacts("le", .method, 2...Self.any)
        case .gt: TermFacts("gt", .method, 2...Self.any)
        case .ge: TermFacts("ge", .method, 2...Self.any)
        case .add: TermFacts("add", .method, 1...Self.any)
        case .sub: TermFacts("sub", .method, 1...Self.any)
        case .mul: TermFacts("mul", .method, 1...Self.any)
        case .div: TermFacts("div", .method, 1...Self.any)
        case .mod: TermFacts("mod", .method, 2...2)
        case .floor: TermFacts("floor", .method, 1...1)
        case .ceil: TermFacts("ceil", .method, 1...1)
        case .round: TermFacts("round", .method, 1...1)
        case .bitAnd: TermFacts("bitAnd", .method, 1...Self.any)
        case .bitOr: TermFacts("bitOr", .method, 1...Self.any)
        case .bitXor: TermFacts("bitXor", .method, 1...Self.any)
        case .bitNot: TermFacts("bitNot", .method, 1...1)
        case .bitSal: TermFacts("bitSal", .method, 2...2)
        case .bitSar: TermFacts("bitSar", .method, 2...2)
        default: nil
        }
    }

    private var administrationFacts: TermFacts? {
        let replication = ["nonvoting_replica_tags", "primary_replica_tag", "replicas", "shards"]
        return switch self {
        case .db: TermFacts("db", .function, 1...1)
        case .dbCreate: TermFacts("dbCreate", .function, 1...1)
        case .dbDrop: TermFacts("dbDrop", .function, 1...1)
        case .dbList: TermFacts("dbList", .function, 0...0)
        case .table: TermFacts("table", .either, 1...2, ["identifier_format", "read_mode", "use_outdated"])
        case .tableCreate:
            TermFacts("tableCreate", .either, 1...2, ["change_log", "durability", "expiry_field", "primary_key"] + replication)
        case .tableDrop: TermFacts("tableDrop", .either, 1...2)
        case .tableList: TermFacts("tableList", .either, 0...1)
        case .config: TermFacts("config", .method, 1...1)
        case .status: TermFacts("status", .method, 1...1)
        case .wait: TermFacts("wait", .method, 0...1, ["timeout", "wait_for"])
        case .reconfigure: TermFacts("reconfigure", .method, 0...1, ["dry_run", "emergency_repair"] + replication)
        case .rebalance: TermFacts("rebalance", .method, 0...1)
        case .sync: TermFacts("sync", .method, 1...1)
        case .grant: TermFacts("grant", .either, 2...3)
        case .setWriteHook: TermFacts("setWriteHook", .method, 2...2, functions: .afterFirst)
        case .getWriteHook: TermFacts("getWriteHook", .method, 1...1)
        case .indexCreate: TermFacts("indexCreate", .method, 2...3, ["geo", "multi", "unique"], functions: .at(2))
        case .indexDrop: TermFacts("indexDrop", .method, 2...2)
        case .indexList: TermFacts("indexList", .method, 1...1)
        case .indexStatus: TermFacts("indexStatus", .method, 1...Self.any)
        case .indexWait: TermFacts("indexWait", .method, 1...Self.any)
        case .indexRename: TermFacts("indexRename", .method, 3...3, ["overwrite"])
        default: nil
        }
    }

    private var readingFacts: TermFacts? {
        switch self {
        case .get: TermFacts("get", .method, 2...2)
        case .getAll: TermFacts("getAll", .method, 1...Self.any, ["index"])
        case .between: TermFacts("between", .method, 3...3, ["index"] + Self.bounds)
        case .betweenDeprecated: TermFacts("betweenDeprecated", .method, 3...3, ["index"] + Self.bounds)
        case .orderBy: TermFacts("orderBy", .method, 1...Self.any, ["index"], functions: .afterFirst)
        case .asc: TermFacts("asc", .function, 1...1, functions: .at(0))
        case .desc: TermFacts("desc", .function, 1...1, functions: .at(0))
        case .distinct: TermFacts("distinct", .method, 1...1, ["index"])
        case .nth: TermFacts("nth", .method, 2...2)
        case .bracket: TermFacts("bracket", .method, 2...2)
        case .skip: TermFacts("skip", .method, 2...2)
        case .limit: TermFacts("limit", .method, 2...2)
        case .slice: TermFacts("slice", .method, 2...3, Self.bounds)
        case .sample: TermFacts("sample", .method, 2...2)
        case .isEmpty: TermFacts("isEmpty", .method, 1...1)
        case .offsetsOf: TermFacts("offsetsOf", .method, 2...2, functions: .afterFirst)
        case .contains: TermFacts("contains", .method, 1...Self.any, functions: .afterFirst)
        case .count: TermFacts("count", .method, 1...2, functions: .afterFirst)
        case .range: TermFacts("range", .function, 0...2)
        default: nil
        }
    }

    private var transformationFacts: TermFacts? {
        switch self {
        case .map: TermFacts("map", .method, 2...Self.any, functions: .last)
        case .filter: TermFacts("filter", .method, 2...2, ["default"], functions: .afterFirst)
        case .concatMap: TermFacts("concatMap", .method, 2...2, functions: .afterFirst)
        case .withFields: TermFacts("withFields", .method, 1...Self.any)
        case .keys: TermFacts("keys", .method, 1...1)
        case .values: TermFacts("values", .method, 1...1)
        case .getField: TermFacts("getField", .method, 2...2)
        case .hasFields: TermFacts("hasFields", .method, 1...Self.any)
        case .pluck: TermFacts("pluck", .method, 1...Self.any)
        case .without: TermFacts("without", .method, 1...Self.any)
        case .merge: TermFacts("merge", .method, 1...Self.any, functions: .afterFirst)
        case .reduce: TermFacts("reduce", .method, 2...2, ["base"], functions: .afterFirst)
        case .fold: TermFacts("fold", .method, 3...3, ["emit", "final_emit"], functions: .last)
        case .union: TermFacts("union", .method, 0...Self.any, ["interleave"])
        case .innerJoin: TermFacts("innerJoin", .method, 3...3, functions: .last)
        case .outerJoin: TermFacts("outerJoin", .method, 3...3, functions: .last)
        case .eqJoin: TermFacts("eqJoin", .method, 3...3, ["index", "ordered"], functions: .at(1))
        case .zip: TermFacts("zip", .method, 1...1)
        case .group: TermFacts("group", .method, 1...Self.any, ["index", "multi"], functions: .afterFirst)
        case .sum: TermFacts("sum", .method, 1...2, ["index"], functions: .afterFirst)
        case .avg: TermFacts("avg", .method, 1...2, ["index"], functions: .afterFirst)
        case .min: TermFacts("min", .method, 1...2, ["index"], functions: .afterFirst)
        case .max: TermFacts("max", .method, 1...2, ["index"], functions: .afterFirst)
        case .difference: TermFacts("difference", .method, 2...2)
        case .changes:
            TermFacts(
                "changes", .method, 1...1,
                [
                    "changefeed_queue_size", "include_commit", "include_initial", "include_offsets", "include_states", "include_types",
                    "since", "squash",
                ])
        case .insert:
            TermFacts("insert", .method, 2...2, ["conflict", "durability", "ignore_write_hook", "return_changes", "return_vals"])
        case .update: TermFacts("update", .method, 2...2, Self.writeOptions, functions: .afterFirst)
        case .replace: TermFacts("replace", .method, 2...2, Self.writeOptions, functions: .afterFirst)
        case .delete: TermFacts("delete", .method, 1...1, Self.writeOptions)
        default: nil
        }
    }

    private var arrayAndStringFacts: TermFacts? {
        switch self {
        case .append: TermFacts("append", .method, 2...2)
        case .prepend: TermFacts("prepend", .method, 2...2)
        case .insertAt: TermFacts("insertAt", .method, 3...3)
        case .spliceAt: TermFacts("spliceAt", .method, 3...3)
        case .deleteAt: TermFacts("deleteAt", .method, 2...3)
        case .changeAt: TermFacts("changeAt", .method, 3...3)
        case .setInsert: TermFacts("setInsert", .method, 2...2)
        case .setUnion: TermFacts("setUnion", .method, 2...2)
        case .setIntersection: TermFacts("setIntersection", .method, 2...2)
        case .setDifference: TermFacts("setDifference", .method, 2...2)
        case .match: TermFacts("match", .method, 2...2)
        case .split: TermFacts("split", .method, 1...3)
        case .upcase: TermFacts("upcase", .method, 1...1)
        case .downcase: TermFacts("downcase", .method, 1...1)
        case .format: TermFacts("format", .method, 2...2)
        default: nil
        }
    }

    private var timeFacts: TermFacts? {
        switch self {
        case .iso8601: TermFacts("ISO8601", .function, 1...1, ["default_timezone"])
        case .toISO8601: TermFacts("toISO8601", .method, 1...1)
        case .epochTime: TermFacts("epochTime", .function, 1...1)
        case .toEpochTime: TermFacts("toEpochTime", .method, 1...1)
        case .now: TermFacts("now", .function, 0...0)
        case .inTimezone: TermFacts("inTimezone", .method, 2...2)
        case .during: TermFacts("during", .method, 3...3, Self.bounds)
        case .date: TermFacts("date", .method, 1...1)
        case .timeOfDay: TermFacts("timeOfDay", .method, 1...1)
        case .timezone: TermFacts("timezone", .method, 1...1)
        case .year: TermFacts("year", .method, 1...1)
        case .month: TermFacts("month", .method, 1...1)
        case .day: TermFacts("day", .method, 1...1)
        case .dayOfWeek: TermFacts("dayOfWeek", .method, 1...1)
        case .dayOfYear: TermFacts("dayOfYear", .method, 1...1)
        case .hours: TermFacts("hours", .method, 1...1)
        case .minutes: TermFacts("minutes", .method, 1...1)
        case .seconds: TermFacts("seconds", .method, 1...1)
        case .time: TermFacts("time", .function, 4...7)
        case .monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday, .january, .february, .march, .april, .may,
            .june, .july, .august, .september, .october, .november, .december:
            TermFacts(String(describing: self), .function, 0...0)
        default: nil
        }
    }

    private var geometryFacts: TermFacts {
        switch self {
        case .geoJSON: TermFacts("geojson", .function, 1...1)
        case .toGeoJSON: TermFacts("toGeojson", .method, 1...1)
        case .point: TermFacts("point", .function, 2...2)
        case .line: TermFacts("line", .function, 2...Self.any)
        case .polygon: TermFacts("polygon", .function, 3...Self.any)
        case .distance: TermFacts("distance", .method, 2...2, ["geo_system", "unit"])
        case .intersects: TermFacts("intersects", .method, 2...2)
        case .includes: TermFacts("includes", .method, 2...2)
        case .circle: TermFacts("circle", .function, 2...2, ["fill", "geo_system", "num_vertices", "unit"])
        case .getIntersecting: TermFacts("getIntersecting", .method, 2...2, ["index"])
        case .fill: TermFacts("fill", .method, 1...1)
        case .getNearest:
            TermFacts("getNearest", .method, 2...2, ["geo_system", "index", "max_dist", "max_results", "unit"])
        case .polygonSub: TermFacts("polygonSub", .method, 2...2)
        default: preconditionFailure("the table of terms has no entry for \(self)")
        }
    }
}
