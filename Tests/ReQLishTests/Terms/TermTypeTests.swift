import ReQLish
import Testing

@Suite struct TermTypeTests {
    @Test func everyTermHasFacts() {
        for type in TermType.allCases {
            #expect(!type.facts.name.isEmpty)
            #expect(type.facts.options == type.facts.options.sorted())
            // What a term knows must be known for a whole query as well; only the options of object literals are free.
            for option in type.facts.options {
                #expect(TermType.globalOptions.contains(option), "\(type.name) \(option)")
            }
        }
        #expect(TermType.globalOptions == TermType.globalOptions.sorted())
    }

    @Test func numbersAreRethinkDBs() {
        let known: [(TermType, Int32)] = [
            (.datum, 1), (.db, 14), (.table, 15), (.eq, 17), (.filter, 39), (.orderBy, 41), (.insert, 56), (.functionCall, 64),
            (.function, 69), (.default, 92), (.iso8601, 99), (.january, 114), (.december, 125), (.bracket, 170), (.between, 182),
            (.format, 197),
        ]
        for (type, number) in known { #expect(type.rawValue == number) }
        #expect(TermType(rawValue: 178) == nil)
    }

    @Test func namesAreFoundInEverySpelling() {
        let spellings: [(String, TermType)] = [
            ("orderBy", .orderBy), ("order_by", .orderBy), ("getAll", .getAll), ("ISO8601", .iso8601), ("iso8601", .iso8601),
            ("to_json_string", .toJSONString), ("toJSON", .toJSONString), ("to_iso8601", .toISO8601), ("indexesOf", .offsetsOf),
            ("monday", .monday), ("geojson", .geoJSON),
        ]
        for (name, type) in spellings { #expect(TermType(name: name) == type, "\(name)") }
        for name in ["datum", "makeArray", "makeObject", "var", "row", "do", "func", "flter", ""] {
            #expect(TermType(name: name) == nil, "\(name)")
        }
    }
}
