/// The table of terms, in the order of `docs/REQL.md`.
extension TermType {
    private var any: Int { .max }
    private var bounds: [String] { ["left_bound", "right_bound"] }
    private var writing: [String] { ["durability", "ignore_write_hook", "non_atomic", "return_changes", "return_vals"] }
    private var searching: [String] { ["as", "escape", "fuzzy", "highlight", "operator", "post", "pre", "prefix", "snippet", "synonyms"] }
    private var walking: [String] {
        ["as", "depth", "depth_field", "direction", "limit", "min_depth", "missing", "order", "over", "unique", "until", "where"]
    }
    private var replication: [String] { ["nonvoting_replica_tags", "primary_replica_tag", "replicas", "shards"] }

    /// Everything that is declared of this term. Built once into the table behind ``facts``.
    var declaration: TermFacts {
        switch self {
        // MARK: Literals
        case .datum: .init("datum", .syntax, 1, 1...1)
        case .makeArray: .init("makeArray", .syntax, 2, 0...any, is: .cheap, literals: .inherited)
        case .makeObject: .init("makeObject", .syntax, 3, 0...0, is: .cheap, literals: .inherited)
        case .variable: .init("var", .syntax, 10, 1...1)
        case .function: .init("func", .syntax, 69, 2...2, literals: .inherited)
        // MARK: Databases and tables
        case .db: .init("db", .function, 14, 1...1, "a database", determinism: .never)
        case .dbCreate: .init("dbCreate", .function, 57, 1...1, "makes a database", is: .writes)
        case .dbDrop: .init("dbDrop", .function, 58, 1...1, "removes a database with its tables", is: .writes)
        case .dbList: .init("dbList", .function, 59, 0...0, "the names of all databases, sorted", determinism: .never)
        case .table:
            .init(
                "table", .either, 15, 1...2, "a table; without `db` one of the query's database", is: .step,
                options: ["as_of", "identifier_format", "read_mode", "use_outdated"], determinism: .never)
        case .tableCreate:
            .init(
                "tableCreate", .either, 60, 1...2, "makes a table", is: .writes,
                options: ["change_log", "durability", "expiry_field", "primary_key"] + replication)
        case .tableDrop: .init("tableDrop", .either, 61, 1...2, "removes a table", is: .writes)
        case .tableList: .init("tableList", .either, 62, 0...1, "the names of a database's tables, sorted", determinism: .never)
        case .config:
            .init(
                "config", .method, 174, 1...1, "how a database or table is set up; of a table a row that can be updated",
                determinism: .never)
        case .status: .init("status", .method, 175, 1...1, "whether a table is ready, and where it lies", determinism: .never)
        case .wait:
            .init(
                "wait", .method, 177, 0...1, "waits until tables are ready, which they are at once, but those of a standby for writes",
                is: .meta, options: ["timeout", "wait_for"])
        case .sync: .init("sync", .method, 138, 1...1, "waits until everything that was written is on disk", is: .writes)
        case .reconfigure:
            .init(
                "reconfigure", .method, 176, 0...1, "there is one server and one shard: checks what is asked for and changes nothing",
                is: .writes,
                options: ["dry_run", "emergency_repair"] + replication)
        case .rebalance: .init("rebalance", .method, 179, 0...1, "there is nothing to balance", is: .writes)
        case .grant: .init("grant", .either, 188, 2...3, "what a user may do, everywhere, in a database or in a table", is: .writes)
        case .info: .init("info", .method, 79, 1...1, "what a value is", groups: .end)
        case .digest:
            .init(
                "digest", .method, 1040, 1...1, "a number that stands for the documents of a table, or of a part of it by primary key",
                determinism: .never)
        // MARK: Secondary indexes
        case .indexCreate:
            .init(
                "indexCreate", .method, 75, 2...3, "makes an index of a field, or of what a function makes of each document", is: .writes,
                options: ["fields", "geo", "multi", "text", "unique"], functions: .at(2))
        case .indexWait: .init("indexWait", .method, 140, 1...any, "waits until indexes are ready", is: .meta)
        case .indexStatus:
            .init("indexStatus", .method, 139, 1...any, "what indexes are, and how far their building is", determinism: .never)
        case .indexList: .init("indexList", .method, 77, 1...1, "the names of a table's indexes, sorted", determinism: .never)
        case .indexRename: .init("indexRename", .method, 156, 3...3, "gives an index another name", is: .writes, options: ["overwrite"])
        case .indexDrop: .init("indexDrop", .method, 76, 2...2, "removes an index", is: .writes)
        // MARK: Reading
        case .get: .init("get", .method, 16, 2...2, "the document with a key, or null", is: .step, determinism: .never)
        case .getAll:
            .init(
                "getAll", .method, 78, 1...any, "the documents with one of the keys; by a text index as `search`", is: .step,
                options: ["index"] + searching, determinism: .never)
        case .between:
            .init(
                "between", .method, 182, 3...3, "the part of a table between two keys", is: .step, options: ["index"] + bounds,
                determinism: .never)
        case .betweenDeprecated:
            .init(
                "betweenDeprecated", .method, 36, 3...3,
                "the `between` of old drivers, in which null is not a bound; has no name of its own in text",
                is: [.step, .superseded], options: ["index"] + bounds, determinism: .never)
        case .orderBy:
            .init(
                "orderBy", .method, 41, 1...any, "sorts; by an index without keeping rows in memory", is: .step, options: ["index"],
                functions: .afterFirst)
        case .asc: .init("asc", .function, 73, 1...1, "a key in ascending order, as without it", functions: .at(0))
        case .desc: .init("desc", .function, 74, 1...1, "a key in descending order", functions: .at(0))
        case .filter:
            .init(
                "filter", .method, 39, 2...2, "the rows that a function holds for, or that look like an object",
                is: [.closedToWrites, .step],
                options: ["default"], functions: .afterFirst, literals: .inArguments)
        case .nth: .init("nth", .method, 45, 2...2, "the row at a position; negative from the end", is: .step)
        case .bracket: .init("bracket", .method, 170, 2...2, "a field, or the row at a position", is: .cheap)
        case .skip: .init("skip", .method, 70, 2...2, "without the first rows", is: .step)
        case .limit: .init("limit", .method, 71, 2...2, "only the first rows", is: .step)
        case .slice: .init("slice", .method, 30, 2...3, "from one position to before another", is: .step, options: bounds)
        case .sample: .init("sample", .method, 81, 2...2, "some rows, chosen at random", is: .step, determinism: .never)
        case .distinct: .init("distinct", .method, 42, 1...1, "each value once", is: .step, options: ["index"])
        case .isEmpty: .init("isEmpty", .method, 86, 1...1, "whether there is no row", is: .step)
        case .contains:
            .init(
                "contains", .method, 93, 1...any, "whether all of some values are there, or functions hold for some row", is: .step,
                functions: .afterFirst)
        case .offsetsOf:
            .init(
                "offsetsOf", .method, 87, 2...2, "where a value is, or where a function holds", is: .step, functions: .afterFirst,
                aliases: ["indexesOf"])
        case .range: .init("range", .function, 173, 0...2, "numbers one after the other, without end if none is given", is: .step)
        case .changes:
            .init(
                "changes", .method, 152, 1...1, "what changes from now on, or since a point", is: .step,
                options: [
                    "changefeed_queue_size", "include_commit", "include_initial", "include_offsets", "include_states", "include_types",
                    "since", "squash",
                ], groups: .end, determinism: .never)
        // MARK: Searching texts
        case .search:
            .init(
                "search", .method, 1000, 2...2, "the documents that a text index finds words in, the best first", is: .step,
                options: ["index"] + searching, determinism: .never)
        case .searchWords:
            .init(
                "searchWords", .method, 1002, 2...2, "the words of a text index that begin so: `{word, documents}`, most documents first",
                is: .step, options: ["index", "limit"], determinism: .never)
        case .matches:
            .init(
                "matches", .method, 1001, 2...2, "whether a text, or texts in an array, have what is searched for",
                options: ["fuzzy", "operator", "prefix", "synonyms", "text"])
        // MARK: Changing rows
        case .map:
            .init(
                "map", .method, 38, 2...any, "what a function makes of each row, or of the rows of several sequences side by side",
                is: [.closedToWrites, .step], functions: .last)
        case .concatMap:
            .init(
                "concatMap", .method, 40, 2...2, "the rows of the sequences that a function makes of each row",
                is: [.closedToWrites, .step],
                functions: .afterFirst, aliases: ["flatMap"])
        case .getField: .init("getField", .method, 31, 2...2, "a field; of a sequence that of each row that has it", is: .cheap)
        case .hasFields:
            .init(
                "hasFields", .method, 32, 1...any, "whether fields are there and not null; of a sequence the rows that have them",
                is: [.step, .cheap])
        case .withFields: .init("withFields", .method, 96, 1...any, "the rows that have all of some fields, with only these", is: .step)
        case .pluck: .init("pluck", .method, 33, 1...any, "only these fields", is: [.step, .cheap])
        case .without: .init("without", .method, 34, 1...any, "all but these fields", is: [.step, .cheap])
        case .merge:
            .init(
                "merge", .method, 35, 1...any, "objects laid over each other, deeply", is: [.step, .cheap], functions: .afterFirst,
                literals: .inArguments)
        case .literal:
            .init(
                "literal", .function, 137, 0...1, "inside `merge` and `update`: replaces instead of merging; without a value removes",
                is: .cheap, groups: .pass)
        case .keys: .init("keys", .method, 94, 1...1, "the names of an object's fields")
        case .values: .init("values", .method, 186, 1...1, "the values of an object's fields, in the order of their names")
        case .object: .init("object", .function, 143, 0...any, "an object from names and values by turns")
        case .union: .init("union", .method, 44, 0...any, "one sequence after the other", is: .step, options: ["interleave"])
        case .innerJoin:
            .init(
                "innerJoin", .method, 48, 3...3, "pairs of rows for which a function holds", is: [.closedToWrites, .step], functions: .last)
        case .outerJoin:
            .init(
                "outerJoin", .method, 49, 3...3, "the same, with the rows on the left that have no partner", is: [.closedToWrites, .step],
                functions: .last)
        case .eqJoin:
            .init(
                "eqJoin", .method, 50, 3...3, "each row with the rows of a table that have its value as key", is: [.closedToWrites, .step],
                options: ["index", "ordered"], functions: .at(1))
        case .zip: .init("zip", .method, 72, 1...1, "the two sides of a join as one object", is: .step)
        // MARK: Summing up
        case .group:
            .init(
                "group", .method, 144, 1...any, "rows by a field, a function or an index", is: [.closedToWrites, .step],
                options: ["index", "multi"], functions: .afterFirst, groups: .begin)
        case .ungroup: .init("ungroup", .method, 150, 1...1, "groups as an array of objects", is: .step, groups: .end)
        case .count:
            .init(
                "count", .method, 43, 1...2, "how many rows; how many equal a value, or a function holds for",
                is: [.closedToWrites, .step],
                functions: .afterFirst)
        case .sum:
            .init(
                "sum", .method, 145, 1...2, "the sum of a field, of a function, of the rows", is: [.closedToWrites, .step],
                options: ["index"], functions: .afterFirst)
        case .avg:
            .init("avg", .method, 146, 1...2, "the average", is: [.closedToWrites, .step], options: ["index"], functions: .afterFirst)
        case .min:
            .init(
                "min", .method, 147, 1...2, "the row with the least value", is: [.closedToWrites, .step], options: ["index"],
                functions: .afterFirst)
        case .max:
            .init(
                "max", .method, 148, 1...2, "the row with the greatest value", is: [.closedToWrites, .step], options: ["index"],
                functions: .afterFirst)
        case .reduce:
            .init(
                "reduce", .method, 37, 2...2, "two rows become one until one is left, in no order that can be relied on",
                is: [.closedToWrites, .step], options: ["base"], functions: .afterFirst)
        case .fold:
            .init(
                "fold", .method, 187, 3...3, "one row after the other is added to a value", is: [.closedToWrites, .step],
                options: ["emit", "final_emit"], functions: .last)
        // MARK: Writing
        case .insert:
            .init(
                "insert", .method, 56, 2...2,
                #"puts documents; `conflict` is "error", "replace", "update" or a function of key, old and new document"#,
                is: [.writes, .closedToWrites], options: ["conflict", "durability", "ignore_write_hook", "return_changes", "return_vals"],
                literals: .inOptions)
        case .update:
            .init(
                "update", .method, 53, 2...2, "merges into documents", is: [.writes, .closedToWrites], options: writing,
                functions: .afterFirst,
                literals: .inArguments)
        case .replace:
            .init(
                "replace", .method, 55, 2...2, "puts other documents in the place of documents; null deletes",
                is: [.writes, .closedToWrites],
                options: writing, functions: .afterFirst)
        case .delete: .init("delete", .method, 54, 1...1, "removes documents", is: [.writes, .closedToWrites], options: writing)
        case .forEach:
            .init(
                "forEach", .method, 68, 2...2, "writes what a function makes of each row", is: .step, functions: .afterFirst,
                determinism: .never)
        case .setWriteHook:
            .init(
                "setWriteHook", .method, 189, 2...2,
                "a function of context, old and new document that every write goes through; null removes it",
                is: .writes, functions: .afterFirst)
        case .getWriteHook: .init("getWriteHook", .method, 190, 1...1, "the hook, or null", is: .meta)
        // MARK: Comparing and reckoning
        case .eq: .init("eq", .method, 17, 2...any, "equal; with several, each to the next", is: .cheap)
        case .ne: .init("ne", .method, 18, 2...any, "not equal", is: .cheap)
        case .lt: .init("lt", .method, 19, 2...any, "less", is: .cheap)
        case .le: .init("le", .method, 20, 2...any, "less or equal", is: .cheap)
        case .gt: .init("gt", .method, 21, 2...any, "greater", is: .cheap)
        case .ge: .init("ge", .method, 22, 2...any, "greater or equal", is: .cheap)
        case .and: .init("and", .method, 67, 0...any, "the first that is false or null, else the last", is: .cheap)
        case .or: .init("or", .method, 66, 0...any, "the first that is neither false nor null, else the last", is: .cheap)
        case .not: .init("not", .method, 23, 1...1, "whether it is false or null", is: .cheap)
        case .add: .init("add", .method, 24, 1...any, "numbers, strings, arrays; a time and seconds", is: .cheap)
        case .sub: .init("sub", .method, 25, 1...any, "numbers; times; a time and seconds", is: .cheap)
        case .mul: .init("mul", .method, 26, 1...any, "numbers; an array and how often it is repeated")
        case .div: .init("div", .method, 27, 1...any, "numbers", is: .cheap)
        case .mod: .init("mod", .method, 28, 2...2, "the remainder of integers, with the sign of the first", is: .cheap)
        case .floor: .init("floor", .method, 183, 1...1, "the integer at or below")
        case .ceil: .init("ceil", .method, 184, 1...1, "the integer at or above")
        case .round: .init("round", .method, 185, 1...1, "the nearest integer, halves away from zero")
        case .bitAnd: .init("bitAnd", .method, 191, 1...any, "bits that are in both")
        case .bitOr: .init("bitOr", .method, 192, 1...any, "bits that are in one")
        case .bitXor: .init("bitXor", .method, 193, 1...any, "bits that are in one only")
        case .bitNot: .init("bitNot", .method, 194, 1...1, "all bits turned")
        case .bitSal: .init("bitSal", .method, 195, 2...2, "bits moved to the left")
        case .bitSar: .init("bitSar", .method, 196, 2...2, "bits moved to the right, with the sign")
        case .random:
            .init("random", .function, 151, 0...2, "a random number from [0, 1), [0, n) or [a, b)", options: ["float"], determinism: .never)
        // MARK: Text
        case .match:
            .init(
                "match", .method, 97, 2...2, "the first match of a regular expression (RE2's syntax, in time linear in the text), or null")
        case .split:
            .init(
                "split", .method, 149, 1...3,
                "at white space, at a separator, or between characters; at most as often as a third argument says")
        case .upcase: .init("upcase", .method, 141, 1...1, "in capitals; letters of ASCII only")
        case .downcase: .init("downcase", .method, 142, 1...1, "in small letters; letters of ASCII only")
        case .format: .init("format", .method, 197, 2...2, "fills `{name}` from an object")
        case .toJSONString:
            .init("toJsonString", .method, 172, 1...1, "as JSON", aliases: ["toJSON", "toJson", "toJSONString"])
        case .json: .init("json", .function, 98, 1...1, "from JSON")
        case .uuid: .init("uuid", .function, 169, 0...1, "a random identifier, or the one that belongs to a name", is: .cheap)
        case .binary: .init("binary", .function, 155, 1...1, "bytes from a string")
        // MARK: Arrays
        case .append: .init("append", .method, 29, 2...2, "one more at the end", is: .cheap)
        case .prepend: .init("prepend", .method, 80, 2...2, "one more at the beginning", is: .cheap)
        case .insertAt: .init("insertAt", .method, 82, 3...3, "one more at a position")
        case .spliceAt: .init("spliceAt", .method, 85, 3...3, "several more at a position")
        case .deleteAt: .init("deleteAt", .method, 83, 2...3, "without one position, or without those up to before another")
        case .changeAt: .init("changeAt", .method, 84, 3...3, "another value at a position")
        case .setInsert: .init("setInsert", .method, 88, 2...2, "each value once, and one more", is: .cheap)
        case .setUnion: .init("setUnion", .method, 90, 2...2, "each value of both once")
        case .setIntersection: .init("setIntersection", .method, 89, 2...2, "what is in both, once")
        case .setDifference: .init("setDifference", .method, 91, 2...2, "what is not in the other, once")
        case .difference: .init("difference", .method, 95, 2...2, "what is not in the other, as often as it is there", is: .step)
        // MARK: Times
        case .now: .init("now", .function, 103, 0...0, "the present, the same in all of a query", is: .cheap, determinism: .duringQuery)
        case .time: .init("time", .function, 136, 4...7, "from year, month, day, perhaps hour, minute, second, and zone")
        case .epochTime: .init("epochTime", .function, 101, 1...1, "from seconds since 1970")
        case .iso8601: .init("ISO8601", .function, 99, 1...1, "from text", options: ["default_timezone"], aliases: ["iso8601"])
        case .toISO8601: .init("toISO8601", .method, 100, 1...1, "as text", aliases: ["toIso8601"])
        case .toEpochTime: .init("toEpochTime", .method, 102, 1...1, "seconds since 1970")
        case .inTimezone: .init("inTimezone", .method, 104, 2...2, "the same moment shown in another zone")
        case .timezone: .init("timezone", .method, 127, 1...1, "the zone")
        case .during: .init("during", .method, 105, 3...3, "whether it is between two times", options: bounds)
        case .date: .init("date", .method, 106, 1...1, "midnight of the day")
        case .timeOfDay: .init("timeOfDay", .method, 126, 1...1, "seconds since midnight")
        case .year: .init("year", .method, 128, 1...1, "the year")
        case .month: .init("month", .method, 129, 1...1, "the month, from 1")
        case .day: .init("day", .method, 130, 1...1, "the day of the month")
        case .dayOfWeek: .init("dayOfWeek", .method, 131, 1...1, "the day of the week, from Monday as 1")
        case .dayOfYear: .init("dayOfYear", .method, 132, 1...1, "the day of the year, from 1")
        case .hours: .init("hours", .method, 133, 1...1, "the hour")
        case .minutes: .init("minutes", .method, 134, 1...1, "the minute")
        case .seconds: .init("seconds", .method, 135, 1...1, "the second with its part")
        case .monday: .init("monday", .constant, 107, 0...0, "the number of the day")
        case .tuesday: .init("tuesday", .constant, 108, 0...0, "the number of the day")
        case .wednesday: .init("wednesday", .constant, 109, 0...0, "the number of the day")
        case .thursday: .init("thursday", .constant, 110, 0...0, "the number of the day")
        case .friday: .init("friday", .constant, 111, 0...0, "the number of the day")
        case .saturday: .init("saturday", .constant, 112, 0...0, "the number of the day")
        case .sunday: .init("sunday", .constant, 113, 0...0, "the number of the day")
        case .january: .init("january", .constant, 114, 0...0, "the number of the month")
        case .february: .init("february", .constant, 115, 0...0, "the number of the month")
        case .march: .init("march", .constant, 116, 0...0, "the number of the month")
        case .april: .init("april", .constant, 117, 0...0, "the number of the month")
        case .may: .init("may", .constant, 118, 0...0, "the number of the month")
        case .june: .init("june", .constant, 119, 0...0, "the number of the month")
        case .july: .init("july", .constant, 120, 0...0, "the number of the month")
        case .august: .init("august", .constant, 121, 0...0, "the number of the month")
        case .september: .init("september", .constant, 122, 0...0, "the number of the month")
        case .october: .init("october", .constant, 123, 0...0, "the number of the month")
        case .november: .init("november", .constant, 124, 0...0, "the number of the month")
        case .december: .init("december", .constant, 125, 0...0, "the number of the month")
        // MARK: Places
        case .point: .init("point", .function, 159, 2...2, "a place")
        case .line: .init("line", .function, 160, 2...any, "a line through places", determinism: .onThisMachine)
        case .polygon: .init("polygon", .function, 161, 3...any, "an area; its ring closes itself", determinism: .onThisMachine)
        case .circle:
            .init(
                "circle", .function, 165, 2...2, "the area around a place, as a polygon",
                options: ["fill", "geo_system", "num_vertices", "unit"], determinism: .onThisMachine)
        case .fill: .init("fill", .method, 167, 1...1, "the area inside a line", determinism: .onThisMachine)
        case .polygonSub: .init("polygonSub", .method, 171, 2...2, "a polygon with another cut out", determinism: .onThisMachine)
        case .geoJSON:
            .init(
                "geojson", .function, 157, 1...1, "a geometry from GeoJSON", determinism: .onThisMachine,
                aliases: ["geoJSON", "geoJson"])
        case .toGeoJSON:
            .init("toGeojson", .method, 158, 1...1, "GeoJSON from a geometry", aliases: ["toGeoJSON", "toGeoJson"])
        case .distance:
            .init(
                "distance", .method, 162, 2...2, "from a point to a geometry", options: ["geo_system", "unit"], determinism: .onThisMachine)
        case .intersects:
            .init(
                "intersects", .method, 163, 2...2,
                "whether two geometries have a point in common, a polygon with others inside it and not just at an edge; of a sequence those that do",
                determinism: .onThisMachine)
        case .includes:
            .init(
                "includes", .method, 164, 2...2, "whether a polygon holds all of a geometry; of a sequence those that do",
                determinism: .onThisMachine)
        case .getIntersecting:
            .init(
                "getIntersecting", .method, 166, 2...2, "the rows of a geo index that meet a geometry", is: .step, options: ["index"],
                determinism: .never)
        case .getNearest:
            .init(
                "getNearest", .method, 168, 2...2, "the rows of a geo index that are nearest to a point", is: .step,
                options: ["geo_system", "index", "max_dist", "max_results", "unit"], determinism: .never)
        // MARK: Graphs
        case .traverse:
            .init(
                "traverse", .method, 1020, 1...1,
                "the documents that edges lead to, step by step, each once; first those that are nearest", is: .step, options: walking,
                determinism: .never)
        case .neighbors:
            .init(
                "neighbors", .method, 1021, 1...1, "the documents that are one edge away, in either direction unless said otherwise",
                is: .step, options: walking.filter { !$0.hasSuffix("depth") && $0 != "order" && $0 != "unique" && $0 != "until" },
                determinism: .never)
        case .shortestPath:
            .init(
                "shortestPath", .function, 1022, 2...2,
                "the shortest way from one node to another, or with `weight` the cheapest; null if there is none", is: .step,
                options: ["depth", "direction", "missing", "over", "weight", "where"], determinism: .never)
        case .subgraph:
            .init(
                "subgraph", .method, 1023, 1...1, "the nodes around some, and all edges among them, as one object", is: .step,
                options: ["depth", "direction", "documents", "label", "limit", "missing", "over"], determinism: .never)
        case .degree:
            .init("degree", .method, 1024, 1...1, "how many edges a node has", options: ["direction", "over"], determinism: .never)
        case .components:
            .init(
                "components", .function, 1025, 0...0, "which nodes hang together: `{id, component}` of each node that has an edge",
                is: .step, options: ["over"], determinism: .never)
        case .pageRank:
            .init(
                "pageRank", .function, 1026, 0...0, "how much edges lead to each node: `{id, rank}`, ranks add up to 1", is: .step,
                options: ["damping", "over", "rounds"], determinism: .never)
        case .relationCreate:
            .init(
                "relationCreate", .method, 1030, 2...2, "declares what edges are, and makes the indexes that walks need", is: .writes,
                options: ["field", "from", "kind", "reverse", "to", "weight"])
        case .relationDrop:
            .init("relationDrop", .method, 1031, 2...2, "removes a relation, with the indexes that were made for it", is: .writes)
        case .relationList:
            .init("relationList", .method, 1032, 1...1, "the names of a table's relations, sorted", determinism: .never)
        case .relationStatus:
            .init(
                "relationStatus", .method, 1033, 1...any, "what relations are, how many edges they have, and how many lead nowhere",
                determinism: .never)
        // MARK: Steering
        case .implicitVariable:
            .init("row", .constant, 13, 0...0, "in the argument of a term that takes a function: its parameter", is: .cheap)
        case .functionCall:
            .init(
                "do", .either, 64, 1...any, "values as the parameters of a function", options: ["_EVAL_FLAGS_", "_SHORTCUT_"],
                functions: .at(0), groups: .pass, literals: .inherited)
        case .branch:
            .init(
                "branch", .function, 65, 3...any, "what belongs to the first test that holds, else the last", is: .cheap, groups: .pass,
                literals: .inherited)
        case .default:
            .init(
                "default", .method, 92, 2...2, "another value where there is none, or null", is: .cheap, groups: .pass,
                literals: .inherited)
        case .error: .init("error", .function, 12, 0...1, "fails with a message")
        case .args: .init("args", .function, 154, 1...1, "an array as the arguments of a term", literals: .inherited)
        case .typeOf: .init("typeOf", .method, 52, 1...1, "the name of the type", groups: .end)
        case .coerceTo:
            .init("coerceTo", .method, 51, 2...2, #"as another type: "array", "object", "string", "number", "bool", "binary""#, is: .step)
        case .minval: .init("minval", .constant, 180, 0...0, "less than everything; only a bound")
        case .maxval: .init("maxval", .constant, 181, 0...0, "greater than everything; only a bound")
        case .javaScript:
            .init(
                "js", .function, 11, 1...1, "is left out: JavaScript in the server", options: ["timeout"], determinism: .never,
                aliases: ["javascript"])
        case .http:
            .init(
                "http", .function, 153, 1...1, "is left out: requests to other servers",
                options: [
                    "attempts", "auth", "data", "header", "method", "page", "page_limit", "params", "redirects", "result_format", "timeout",
                    "verify",
                ], determinism: .never)
        }
    }
}
