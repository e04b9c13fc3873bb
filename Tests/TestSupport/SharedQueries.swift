public import ReQLish

/// A query in every form in which it can be asked, and what it answers.
public struct SharedQuery: Sendable {
    /// The query written in Swift.
    public let builder: Query
    /// The query as text, in the JavaScript spelling.
    public let text: String
    /// The query as a term in JSON.
    public let json: String
    /// What it answers, as JSON; or an exclamation mark and the class of its error, in snake case.
    public let answer: String

    public static let databaseName = "shared"

    /// To be asked one after the other of one database: later ones read what earlier ones wrote.
    public static let all: [SharedQuery] = administration + writing + reading + searching + transforming + computing
}

private let people = r.db("shared").table("people")

/// `people` in JSON.
private let table = #"[15,[[14,["shared"]],"people"]]"#

extension SharedQuery {
    private static let administration = [
        SharedQuery(
            builder: r.dbCreate("shared")["dbs_created"],
            text: #"r.dbCreate("shared")("dbs_created")"#,
            json: #"[170,[[57,["shared"]],"dbs_created"]]"#,
            answer: "1"),
        SharedQuery(
            builder: r.db("shared").tableCreate("people")["tables_created"],
            text: #"r.db("shared").tableCreate("people")("tables_created")"#,
            json: #"[170,[[60,[[14,["shared"]],"people"]],"tables_created"]]"#,
            answer: "1"),
        SharedQuery(
            builder: r.db("shared").tableList(),
            text: #"r.db("shared").tableList()"#,
            json: #"[62,[[14,["shared"]]]]"#,
            answer: #"["people"]"#),
        SharedQuery(
            builder: r.db("shared").tableCreate("people"),
            text: #"r.db("shared").tableCreate("people")"#,
            json: #"[60,[[14,["shared"]],"people"]]"#,
            answer: "!op_failed_error"),
    ]

    private static let writing = [
        SharedQuery(
            builder: people.insert([
                ["id": 1, "name": "Ada", "age": 36, "city": "London", "tags": ["math", "poetry"]],
                ["id": 2, "name": "Grace", "age": 85, "city": "New York", "tags": ["math"]],
                ["id": 3, "name": "Edsger", "age": 72, "city": "Nuenen", "tags": []],
                ["id": 4, "name": "Barbara", "city": "London"],
            ]),
            text: """
                r.db("shared").table("people").insert([
                  {id: 1, name: "Ada", age: 36, city: "London", tags: ["math", "poetry"]},
                  {id: 2, name: "Grace", age: 85, city: "New York", tags: ["math"]},
                  {id: 3, name: "Edsger", age: 72, city: "Nuenen", tags: []},
                  {id: 4, name: "Barbara", city: "London"}
                ])
                """,
            json: """
                [56,[\(table),[2,[
                  {"id":1,"name":"Ada","age":36,"city":"London","tags":[2,["math","poetry"]]},
                  {"id":2,"name":"Grace","age":85,"city":"New York","tags":[2,["math"]]},
                  {"id":3,"name":"Edsger","age":72,"city":"Nuenen","tags":[2,[]]},
                  {"id":4,"name":"Barbara","city":"London"}]]]]
                """,
            answer: #"{"deleted":0,"errors":0,"inserted":4,"replaced":0,"skipped":0,"unchanged":0}"#),
        SharedQuery(
            builder: people.insert(["id": 4, "age": 79], conflict: .update, returnChanges: true)["changes"][0]["new_val"],
            text:
                #"r.db("shared").table("people").insert({id: 4, age: 79}, {conflict: "update", returnChanges: true})("changes")(0)("new_val")"#,
            json:
                #"[170,[[170,[[170,[[56,[\#(table),{"id":4,"age":79}],{"conflict":"update","return_changes":true}],"changes"]],0]],"new_val"]]"#,
            answer: #"{"age":79,"city":"London","id":4,"name":"Barbara"}"#),
        SharedQuery(
            builder: people.get(3).update { ["age": $0["age"] + 1] }["replaced"],
            text: #"r.db("shared").table("people").get(3).update(p => ({age: p("age").add(1)}))("replaced")"#,
            json: #"[170,[[53,[[16,[\#(table),3]],[69,[[2,[1]],{"age":[24,[[170,[[10,[1]],"age"]],1]]}]]]],"replaced"]]"#,
            answer: "1"),
        SharedQuery(
            builder: people.get(2).update(["id": 9])["errors"],
            text: #"r.db("shared").table("people").get(2).update({id: 9})("errors")"#,
            json: #"[170,[[53,[[16,[\#(table),2]],{"id":9}]],"errors"]]"#,
            answer: "1"),
        SharedQuery(
            builder: r.expr([10, 11] as Query).forEach { people.insert(["id": $0]) }["inserted"],
            text: #"r.expr([10, 11]).forEach(i => r.db("shared").table("people").insert({id: i}))("inserted")"#,
            json: #"[170,[[68,[[2,[10,11]],[69,[[2,[1]],[56,[\#(table),{"id":[10,[1]]}]]]]]],"inserted"]]"#,
            answer: "2"),
        SharedQuery(
            builder: people.between(10, 12).delete()["deleted"],
            text: #"r.db("shared").table("people").between(10, 12).delete()("deleted")"#,
            json: #"[170,[[54,[[182,[\#(table),10,12]]]],"deleted"]]"#,
            answer: "2"),
    ]

    private static let reading = [
        SharedQuery(
            builder: people.get(1),
            text: #"r.db("shared").table("people").get(1)"#,
            json: #"[16,[\#(table),1]]"#,
            answer: #"{"age":36,"city":"London","id":1,"name":"Ada","tags":["math","poetry"]}"#),
        SharedQuery(
            builder: people.get("nobody"),
            text: #"r.db("shared").table("people").get("nobody")"#,
            json: #"[16,[\#(table),"nobody"]]"#,
            answer: "null"),
        SharedQuery(
            builder: people.filter { $0["age"] > 70 && $0["city"] != "London" }.orderBy("name")["name"],
            text: #"r.db("shared").table("people").filter(p => p("age").gt(70).and(p("city").ne("London"))).orderBy("name")("name")"#,
            json: """
                [170,[[41,[[39,[\(table),[69,[[2,[1]],[67,[[21,[[170,[[10,[1]],"age"]],70]],[18,[[170,[[10,[1]],"city"]],"London"]]]]]]]],"name"]],"name"]]
                """,
            answer: #"["Edsger","Grace"]"#),
        SharedQuery(
            builder: people.filter(["city": "London"]).count(),
            text: #"r.db("shared").table("people").filter({city: "London"}).count()"#,
            json: #"[43,[[39,[\#(table),{"city":"London"}]]]]"#,
            answer: "2"),
        SharedQuery(
            builder: people.orderBy(index: r.desc("id")).limit(2).pluck("id", "name"),
            text: #"r.db("shared").table("people").orderBy({index: r.desc("id")}).limit(2).pluck("id", "name")"#,
            json: #"[33,[[71,[[41,[\#(table)],{"index":[74,["id"]]}],2]],"id","name"]]"#,
            answer: #"[{"id":4,"name":"Barbara"},{"id":3,"name":"Edsger"}]"#),
        SharedQuery(
            builder: people.between(2, 3, rightBound: .closed).orderBy(index: "id")["age"],
            text: #"r.db("shared").table("people").between(2, 3, {rightBound: "closed"}).orderBy({index: "id"})("age")"#,
            json: #"[170,[[41,[[182,[\#(table),2,3],{"right_bound":"closed"}]],{"index":"id"}],"age"]]"#,
            answer: "[85,73]"),
        SharedQuery(
            builder: people.getAll(1, 4).avg("age"),
            text: #"r.db("shared").table("people").getAll(1, 4).avg("age")"#,
            json: #"[146,[[78,[\#(table),1,4]],"age"]]"#,
            answer: "57.5"),
        SharedQuery(
            builder: people.group("city").count().ungroup(),
            text: #"r.db("shared").table("people").group("city").count().ungroup()"#,
            json: #"[150,[[43,[[144,[\#(table),"city"]]]]]]"#,
            answer:
                #"[{"group":"London","reduction":2},{"group":"New York","reduction":1},{"group":"Nuenen","reduction":1}]"#),
        SharedQuery(
            builder: r.table("people"),
            text: #"r.table("people")"#,
            json: #"[15,["people"]]"#,
            answer: "!op_failed_error"),
    ]

    private static let searching = [
        SharedQuery(
            builder: people.indexCreate("words", text: ["language": "english", "stop": ["of"]], fields: ["name": 4, "tags": 1])["created"],
            text: """
                r.db("shared").table("people").indexCreate("words", {text: {language: "english", stop: ["of"]},
                  fields: {name: 4, tags: 1}})("created")
                """,
            json: """
                [170,[[75,[\(table),"words"],{"text":{"language":"english","stop":[2,["of"]]},"fields":{"name":4,"tags":1}}],"created"]]
                """,
            answer: "1"),
        SharedQuery(
            builder: people.indexWait("words")["ready"],
            text: #"r.db("shared").table("people").indexWait("words")("ready")"#,
            json: #"[170,[[140,[\#(table),"words"]],"ready"]]"#,
            answer: "[true]"),
        SharedQuery(
            builder: people.search("math", index: "words")["id"],
            text: #"r.db("shared").table("people").search("math", {index: "words"})("id")"#,
            json: #"[170,[[1000,[\#(table),"math"],{"index":"words"}],"id"]]"#,
            answer: "[2,1]"),
        SharedQuery(
            builder: people.getAll("math -ada", "barbara", index: "words")["id"],
            text: #"r.db("shared").table("people").getAll("math -ada", "barbara", {index: "words"})("id")"#,
            json: #"[170,[[78,[\#(table),"math -ada","barbara"],{"index":"words"}],"id"]]"#,
            answer: "[4,2]"),
        SharedQuery(
            builder: people.search("nowhere grac", matchAny: true, fuzzy: true, prefix: true, synonyms: [["nowhere", "edsger"]])
                .orderBy("id")["name"],
            text: """
                r.db("shared").table("people").search("nowhere grac", {operator: "or", fuzzy: true, prefix: "last",
                  synonyms: [["nowhere", "edsger"]]}).orderBy("id")("name")
                """,
            json: """
                [170,[[41,[[1000,[\(table),"nowhere grac"],{"operator":"or","fuzzy":true,"prefix":"last",
                "synonyms":[2,[[2,["nowhere","edsger"]]]]}],"id"]],"name"]]
                """,
            answer: #"["Grace","Edsger"]"#),
        SharedQuery(
            builder: people.search(
                "poetry ada", as: "found", highlight: ["tags"], snippet: ["name": 3], marks: (pre: "[", post: "]"), escapeHTML: true
            )["found"].without("score"),
            text: """
                r.db("shared").table("people").search("poetry ada", {as: "found", highlight: ["tags"], snippet: {name: 3}, pre: "[",
                  post: "]", escape: "html"})("found").without("score")
                """,
            json: """
                [34,[[170,[[1000,[\(table),"poetry ada"],{"as":"found","highlight":[2,["tags"]],"snippet":{"name":3},"pre":"[",
                "post":"]","escape":"html"}],"found"]],"score"]]
                """,
            answer: #"[{"highlight":{"tags":["[poetry]"]},"snippet":{"name":"[Ada]"}}]"#),
        SharedQuery(
            builder: people.filter { $0["name"].matches("gracing -ada", text: "english") }["id"],
            text: #"r.db("shared").table("people").filter(p => p("name").matches("gracing -ada", {text: "english"}))("id")"#,
            json: #"[170,[[39,[\#(table),[69,[[2,[1]],[1001,[[170,[[10,[1]],"name"]],"gracing -ada"],{"text":"english"}]]]]],"id"]]"#,
            answer: "[2]"),
    ]

    private static let transforming = [
        SharedQuery(
            builder: people.concatMap { $0["tags"].default([] as Query) }.distinct(),
            text: #"r.db("shared").table("people").concatMap(p => p("tags").default([])).distinct()"#,
            json: #"[42,[[40,[\#(table),[69,[[2,[1]],[92,[[170,[[10,[1]],"tags"]],[2,[]]]]]]]]]]"#,
            answer: #"["math","poetry"]"#),
        SharedQuery(
            builder: people.orderBy("id").map { $0["name"].upcase() + " of " + $0["city"] }.nth(0),
            text: #"r.db("shared").table("people").orderBy("id").map(p => p("name").upcase().add(" of ").add(p("city"))).nth(0)"#,
            json: """
                [45,[[38,[[41,[\(table),"id"]],[69,[[2,[1]],[24,[[24,[[141,[[170,[[10,[1]],"name"]]]]," of "]],[170,[[10,[1]],"city"]]]]]]]],0]]
                """,
            answer: #""ADA of London""#),
        SharedQuery(
            builder: r.expr([["k": 2], ["k": 1], ["k": 9]] as Query).eqJoin("k", people, ordered: true).zip()["name"],
            text: #"r.expr([{k: 2}, {k: 1}, {k: 9}]).eqJoin("k", r.db("shared").table("people"), {ordered: true}).zip()("name")"#,
            json: #"[170,[[72,[[50,[[2,[{"k":2},{"k":1},{"k":9}]],"k",\#(table)],{"ordered":true}]]],"name"]]"#,
            answer: #"["Grace","Ada"]"#),
        SharedQuery(
            builder: r.range(5).reduce { $0 + $1 },
            text: "r.range(5).reduce((a, b) => a.add(b))",
            json: "[37,[[173,[5]],[69,[[2,[1,2]],[24,[[10,[1]],[10,[2]]]]]]]]",
            answer: "10"),
        SharedQuery(
            builder: r.expr(["a": ["b": 1, "c": 2]] as Query).merge(["a": ["b": r.literal()]]),
            text: "r.expr({a: {b: 1, c: 2}}).merge({a: {b: r.literal()}})",
            json: #"[35,[{"a":{"b":1,"c":2}},{"a":{"b":[137,[]]}}]]"#,
            answer: #"{"a":{"c":2}}"#),
    ]

    private static let computing = [
        SharedQuery(
            builder: r.expr("a-b-c").split("-").append("d").insertAt(0, "z"),
            text: #"r.expr("a-b-c").split("-").append("d").insertAt(0, "z")"#,
            json: #"[82,[[29,[[149,["a-b-c","-"]],"d"]],0,"z"]]"#,
            answer: #"["z","a","b","c","d"]"#),
        SharedQuery(
            builder: r.iso8601("2013-08-01T23:45:12.5-07:00").inTimezone("Z").toISO8601(),
            text: #"r.ISO8601("2013-08-01T23:45:12.5-07:00").inTimezone("Z").toISO8601()"#,
            json: #"[100,[[104,[[99,["2013-08-01T23:45:12.5-07:00"]],"Z"]]]]"#,
            answer: #""2013-08-02T06:45:12.500+00:00""#),
        SharedQuery(
            builder: r.expr("Ünïcode 世界").match("(\\pL+) (.)")["groups"][1]["str"],
            text: #"r.expr("Ünïcode 世界").match("(\\pL+) (.)")("groups")(1)("str")"#,
            json: #"[170,[[170,[[170,[[97,["Ünïcode 世界","(\\pL+) (.)"]],"groups"]],1]],"str"]]"#,
            answer: #""世""#),
        SharedQuery(
            builder: r.branch(r.expr(7).mod(2) == 1, r.expr(["odd"] as Query), r.error("even")),
            text: #"r.branch(r.expr(7).mod(2).eq(1), ["odd"], r.error("even"))"#,
            json: #"[65,[[17,[[28,[7,2]],1]],[2,["odd"]],[12,["even"]]]]"#,
            answer: #"["odd"]"#),
        SharedQuery(
            builder: r.expr(1) + "one",
            text: #"r.expr(1).add("one")"#,
            json: #"[24,[1,"one"]]"#,
            answer: "!query_logic_error"),
        SharedQuery(
            builder: people.get(1)["surname"],
            text: #"r.db("shared").table("people").get(1)("surname")"#,
            json: #"[170,[[16,[\#(table),1]],"surname"]]"#,
            answer: "!non_existence_error"),
    ]
}
