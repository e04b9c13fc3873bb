import Foundation
import TestSupport
import Testing

@testable import ReQLish

/// What stands in indexes is what follows from the documents, computed here once more, whatever was written meanwhile and however it ended.
@Suite struct IndexRecomputationTests {
    /// An index, and the values that a document should have in it.
    private struct Definition: Sendable {
        let name: String
        let arguments: String
        let values: @Sendable (Datum) -> [Datum]
    }

    private static let definitions = [
        Definition(name: "a", arguments: "'a'") { [$0[field: "a"]].compactMap(Self.indexed) },
        Definition(name: "ab", arguments: "'ab', [r.row('a'), r.row('b')]") { document in
            let values = [document[field: "a"], document[field: "b"]].compactMap(Self.indexed)
            return values.count == 2 ? [(try? Datum.array(values)) ?? .null] : []
        },
        Definition(name: "tags", arguments: "'tags', {multi: true}") { document in
            guard let tags = document[field: "tags"] else { return [] }
            return tags.kind == .array ? tags.elements.compactMap(Self.indexed) : [tags].compactMap(Self.indexed)
        },
        // Fails for what is no number.
        Definition(name: "twice", arguments: "'twice', d => d('a').mul(2)") { document in
            document[field: "a"]?.number.map { [Datum($0 * 2)] } ?? []
        },
        Definition(name: "own", arguments: "'own', {unique: true}") { [$0[field: "own"]].compactMap(Self.indexed) },
    ]

    /// What can stand in an index.
    private static func indexed(_ value: Datum?) -> Datum? {
        guard let value, ![.null, .object].contains(value.kind) else { return nil }
        return value
    }

    @Test(arguments: [0x1D3C_0001 + Fuzzing.firstSeed, 0x1D3C_0002 + Fuzzing.firstSeed])
    func entriesFollowFromDocuments(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        var run = QueryRunner(try Pando(path: directory.file("0.pando")))
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try run.value(text) }
        var crashes = 0
        var compared = 0
        for step in 0..<60 * Fuzzing.factor {
            try Self.change(run, step, &random)
            if random.below(12) == 0 {
                // The file as it is at this moment, with whatever is only half done: what a process leaves that is killed.
                let copy = directory.file("\(step + 1).pando")
                try FileManager.default.copyItem(atPath: run.pando.catalog.path ?? "", toPath: copy)
                try run.pando.close()
                run = QueryRunner(try Pando(path: copy))
                crashes += 1
            }
            if step % 10 == 9 {
                _ = try run.value("r.table('t').indexWait()")
                compared += try Self.compare(run, seed, step)
                let report = try run.pando.catalog.check()
                #expect(report.isSound, "\(report.problems), seed \(seed), step \(step)")
            }
        }
        #expect(crashes > 0 && compared > 1000, "\(crashes) crashes, \(compared) entries compared, seed \(seed)")
        try run.pando.close()
    }

    private static func change(_ run: QueryRunner, _ step: Int, _ random: inout SeededGenerator) throws {
        var options = QueryOptions()
        options.durability = random.below(3) == 0 ? .hard : .soft
        let id = random.below(2000)
        let text: String
        switch random.below(12) {
        case 0...3:
            // Enough for a build to take a while.
            let documents = (0..<200 + random.below(400)).map { _ in document(random.below(2000), &random) }
            text = "r.table('t').insert([\(documents.joined(separator: ", "))], {conflict: 'replace'})"
        case 4: text = "r.table('t').between(\(id), \(id + 100)).update({a: \(scalar(&random)), b: r.row('a').default(0)})"
        case 5: text = "r.table('t').between(\(id), \(id + 100)).delete()"
        case 6: text = "r.table('t').filter(d => d('a').gt(\(random.below(10)))).limit(50).replace(d => d.without('a', 'tags'))"
        case 7: text = "r.table('t').get(\(id)).update({tags: [\(scalar(&random)), 'x', 'x']})"
        case 8:
            let name = definitions[random.below(definitions.count)].name
            text = "r.branch(r.table('t').indexList().contains('\(name)'), r.table('t').indexDrop('\(name)'), null)"
        default:
            let chosen = definitions[random.below(definitions.count)]
            text = "r.branch(r.table('t').indexList().contains('\(chosen.name)'), null, r.table('t').indexCreate(\(chosen.arguments)))"
        }
        _ = try run.value(text, options)
    }

    private static func scalar(_ random: inout SeededGenerator) -> String {
        switch random.below(9) {
        case 0: ["null", "true", "{}", "{c: 1}", "''"][random.below(5)]
        case 1: "'\(String(repeating: "l", count: 480 + random.below(60)))'"
        case 2...4: "'s\(random.below(10))'"
        default: "\(random.below(20))"
        }
    }

    private static func document(_ id: Int, _ random: inout SeededGenerator) -> String {
        var fields = ["id: \(id)", "own: 'own \(id)'"]
        if random.below(6) > 0 { fields.append("a: \(scalar(&random))") }
        if random.below(6) > 0 { fields.append("b: \(scalar(&random))") }
        if random.below(3) > 0 {
            fields.append("tags: [\((0..<random.below(4)).map { _ in scalar(&random) }.joined(separator: ", "))]")
        } else if random.below(3) == 0 {
            fields.append("tags: \(scalar(&random))")
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    /// Answers how many entries there were.
    private static func compare(_ run: QueryRunner, _ seed: UInt64, _ step: Int) throws -> Int {
        let snapshot = try run.pando.catalog.snapshot()
        let database = try #require(try snapshot.database("test"))
        let table = try #require(try snapshot.table("t", in: database))
        var count = 0
        for index in table.indexes {
            let definition = try #require(definitions.first { $0.name == index.name })
            #expect(index.isReady && index.failure == nil, "\(index.name), seed \(seed), step \(step)")
            var expected: [String] = []
            let documents = try snapshot.documents(in: table)
            while let document = try documents.next() {
                let id = document[field: "id"] ?? .null
                expected += definition.values(document).map { "\($0) of \(id)" }
            }
            var found: [String] = []
            let entries = try snapshot.entries(of: index, in: table)
            var last = Datum.minval
            while let entry = try entries.next() {
                #expect(last <= entry.key, "\(index.name) is out of order, seed \(seed), step \(step)")
                last = entry.key
                found.append("\(entry.key) of \(entry.primaryKey)")
            }
            #expect(found.sorted() == expected.sorted(), "\(index.name), seed \(seed), step \(step)")
            count += found.count
        }
        return count
    }

    @Test func aQueryGoesOnByAnIndexThatIsDropped() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        _ = try run.value("r.table('t').insert(r.range(500).map(i => ({id: i, a: i.mul(-1)})))")
        let cursors = try [
            "r.table('t').orderBy({index: 'a'})('a')", "r.table('t').between(-400, 0, {index: 'a'}).map(d => d.merge({x: 1}))",
            "r.table('t').filter(d => d('a').ge(-20).and(d('a').le(0)))",
        ].map { try run.cursor($0) }
        for cursor in cursors { #expect(try cursor.next() != nil) }
        _ = try run.value("r.table('t').indexDrop('a')")
        _ = try run.value("r.table('t').delete()")
        var counts: [Int] = []
        for cursor in cursors {
            var count = 1
            while try cursor.next() != nil { count += 1 }
            counts.append(count)
        }
        #expect(counts == [500, 400, 21])
        run.expect("r.table('t').getAll(1, {index: 'a'})", fails: .operationFailed)
        #expect(try run.pando.catalog.check().isSound)
    }
}
