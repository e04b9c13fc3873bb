import ReQLish
import Testing

@Suite struct TermTypeTests {
    @Test func everyTermHasFacts() {
        for type in TermType.allCases {
            #expect(!type.facts.name.isEmpty)
            #expect(type.facts.options == type.facts.options.sorted())
            #expect(TermType(number: type.number) == type)
            #expect(
                1..<198 ~= type.number || type.number >= 1000, "\(type.name): RethinkDB's terms have its numbers, ours those from 1,000 on")
            if type.facts.spelling != .syntax { #expect(!type.facts.summary.isEmpty, "\(type.name)") }
        }
    }

    @Test func numbersAreRethinkDBs() {
        let known: [(TermType, Int)] = [
            (.datum, 1), (.db, 14), (.table, 15), (.eq, 17), (.filter, 39), (.orderBy, 41), (.insert, 56), (.functionCall, 64),
            (.function, 69), (.default, 92), (.iso8601, 99), (.january, 114), (.december, 125), (.bracket, 170), (.between, 182),
            (.format, 197),
        ]
        for (type, number) in known { #expect(type.number == number) }
        for number in [178, 0, -1, 198, .max, .min] { #expect(TermType(number: number) == nil) }
    }

    @Test func termsAreNamedAsTheirCases() {
        let others: [TermType: String] = [
            .variable: "var", .function: "func", .toJSONString: "toJsonString", .iso8601: "ISO8601", .geoJSON: "geojson",
            .toGeoJSON: "toGeojson", .implicitVariable: "row", .functionCall: "do", .javaScript: "js",
        ]
        for type in TermType.allCases { #expect(type.name == others[type] ?? String(describing: type)) }
    }

    @Test func namesAreFoundInEverySpelling() {
        let spellings: [(String, TermType)] = [
            ("orderBy", .orderBy), ("order_by", .orderBy), ("getAll", .getAll), ("ISO8601", .iso8601), ("iso8601", .iso8601),
            ("to_json_string", .toJSONString), ("toJSON", .toJSONString), ("to_iso8601", .toISO8601), ("indexesOf", .offsetsOf),
            ("monday", .monday), ("row", .implicitVariable), ("do", .functionCall), ("geojson", .geoJSON),
        ]
        for (name, type) in spellings { #expect(TermType(name: name) == type, "\(name)") }
        for name in ["datum", "makeArray", "makeObject", "var", "func", "flter", ""] {
            #expect(TermType(name: name) == nil, "\(name)")
        }
    }
}
