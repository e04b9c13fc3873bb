import TestSupport
import Testing

@testable import ReQLish

/// Rows that don't fit into memory are sorted in a temporary file, and come out as if they did.
@Suite struct SortingTests {
    private static func limited(_ byteCount: Int) -> QueryOptions {
        var options = QueryOptions()
        options.memoryLimit = byteCount
        return options
    }

    @Test(arguments: [0x5047_0001 + Fuzzing.firstSeed, 0x5047_0002 + Fuzzing.firstSeed])
    func anyOrderIsThatOfMemory(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        var spilled = 0
        for _ in 0..<2 * Fuzzing.factor {
            _ = try run.value("r.table('t').delete()")
            let documents = (0..<200).map { id in
                let fields = ["a", "b", "c"].filter { _ in random.below(8) > 0 }.map { "\($0): \(Self.value(&random))" }
                return "{\((["id: \(id)"] + fields).joined(separator: ", "))}"
            }
            _ = try run.value("r.table('t').insert([\(documents.joined(separator: ", "))])")
            for _ in 0..<12 {
                let source = [
                    "", ".map(x => x)", ".map(x => x.merge({t: [x('id'), r.minval, r.maxval]}))", ".filter(x => x('id').mod(3).gt(0))",
                    ".concatMap(x => [x, x])", ".map(x => [x('id'), x])",
                ][random.below(6)]
                let keys = (0...random.below(3)).map { _ in
                    let key = [
                        "'a'", "'b'", "x => x('c')", "x => x('id').mod(7)", "x => r.minval", "x => [x('a'), x('nothing').default(null)]",
                        "x => x",
                    ][random.below(7)]
                    return random.below(2) == 0 ? "r.desc(\(key))" : key
                }
                var rest = ["", ".limit(\(random.below(300)))", ".slice(5, 200)", ".count()", ".nth(\(random.below(50)))"][random.below(5)]
                // Rows with bounds in them can be sorted, but not answered.
                if source.contains("minval") {
                    rest += rest == ".count()" ? "" : rest.hasPrefix(".nth") ? ".without('t')" : ".map(x => x.without('t'))"
                }
                let text = "r.table('t')\(source).orderBy(\(keys.joined(separator: ", ")))\(rest)"
                let query = try TermTree(text: text)
                let kept = Self.outcome { try run.pando.start(query) }
                let limit = [4 << 10, 8 << 10, 30 << 10][random.below(3)]
                let aside = Self.outcome { try run.pando.start(query, options: Self.limited(limit)) }
                if aside == "resource" { continue }
                let isSame = kept == aside
                #expect(isSame, "\(text) in \(limit) bytes, seed \(seed)")
                let plan = try? run.pando.explain(query, options: Self.limited(limit))
                if plan?.description.contains("temporary file") == true { spilled += 1 }
                if let plan { #expect(plan.heldByteCount <= limit, "\(text), seed \(seed)") }
            }
        }
        #expect(spilled > 2, "\(spilled) orders needed a file, seed \(seed)")
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    private static func value(_ random: inout SeededGenerator) -> String {
        switch random.below(9) {
        case 0: "\(random.below(10))"
        case 1: "-\(random.below(1000)).25"
        case 2: "'\(String(repeating: "é", count: random.below(200)))'"
        case 3: "r.epochTime(\(random.below(3))).inTimezone('+02:00')"
        case 4: "r.binary('\(random.below(100))')"
        case 5: "[\(random.below(3)), null, {x: [true]}]"
        case 6: "{c: 'x', d: -0.0}"
        case 7: ["null", "true", "false"][random.below(3)]
        default: "'s\(random.below(30))'"
        }
    }

    /// All rows one after the other: what is a sequence on one side may be an array on the other.
    private static func outcome(_ start: () throws -> QueryResult) -> String {
        do {
            switch try start() {
            case .value(let datum):
                return datum.kind == .array ? datum.elements.map(\.description).joined(separator: "\n") : datum.description
            case .sequence(let cursor):
                var rows: [String] = []
                while let row = try cursor.next() { rows.append(row.description) }
                return rows.joined(separator: "\n")
            }
        } catch let error as ReQLError {
            return error.kind == .resourceLimit ? "resource" : "\(error.kind) \(error)"
        } catch {
            return "\(error)"
        }
    }

    /// 2,000 documents of 2 KiB with `a` in no order, in a file.
    private static func large(_ directory: TemporaryDirectory, _ options: PandoOptions = PandoOptions()) throws -> QueryRunner {
        let run = QueryRunner(try Pando(path: directory.file("large.pando"), options: options))
        _ = try run.value("r.dbCreate('test')")
        _ = try run.value("r.tableCreate('t')")
        let text = String(repeating: "x", count: 2000)
        _ = try run.value("r.table('t').insert(r.range(2000).map(i => ({id: i, a: i.mul(7919).mod(2000), s: '\(text)'})))('inserted')")
        return run
    }

    @Test func aTableOfManyTimesTheMemoryIsSorted() throws {
        let directory = try TemporaryDirectory()
        let run = try Self.large(directory)
        // Rows that are made anew take memory of their own, 4 MB here.
        for (query, limit) in [
            ("r.table('t').map(x => x.merge({b: 1})).orderBy('a')('a')", 400 << 10), ("r.table('t').orderBy('a')('a')", 40 << 10),
            ("r.table('t').orderBy(r.desc('a'))('a')", 24 << 10),
        ] {
            let plan = try run.pando.explain(TermTree(text: query), options: Self.limited(limit))
            #expect(plan.heldByteCount <= limit && plan.heldByteCount > 0, "\(query): \(plan)")
            #expect(plan.description.contains("put into a temporary file: 2000 rows"), "\(query): \(plan)")
            var values: [Int] = []
            let cursor = try run.cursor(query, Self.limited(limit))
            while let row = try cursor.next() { values.append(row.integer ?? -1) }
            #expect(values == (query.contains("desc") ? Array((0..<2000).reversed()) : Array(0..<2000)), "\(query)")
        }
        #expect(run.pando.memoryPool.usedByteCount == 0)
        #expect(try directory.contents == ["large.pando"], "a temporary file has no name")
        try run.pando.close()
    }

    @Test func whatWasSortedAsideIsStillASelection() throws {
        let directory = try TemporaryDirectory()
        let run = try Self.large(directory)
        let options = Self.limited(40 << 10)
        #expect(try run.value("r.table('t').orderBy('a').typeOf()", options) == "SELECTION<STREAM>")
        #expect(try run.value("r.table('t').orderBy('a').typeOf()") == "SELECTION<ARRAY>")
        #expect(try run.value("r.table('t').orderBy('a').update(x => ({b: x('a')}))('replaced')", options) == 2000)
        #expect(try run.value("r.table('t').filter(x => x('a').eq(x('b'))).count()") == 2000)
        #expect(try run.value("r.table('t').orderBy('a').limit(1500).delete()('deleted')", options) == 1500)
        #expect(try run.value("r.table('t').min('a')('a')") == 1500)
        #expect(try run.pando.catalog.check().problems.isEmpty)
        try run.pando.close()
    }

    /// The default: an array has at most 100,000 elements, unless the query says otherwise.
    @Test func moreRowsThanAnArrayMayHaveAreASequence() throws {
        var options = PandoOptions()
        options.arrayLimit = 100
        let run = QueryRunner(try Pando.inMemory(options: options))
        _ = try run.value("r.dbCreate('test')")
        _ = try run.value("r.tableCreate('t')")
        for first in [0, 100, 200] {
            _ = try run.value("r.table('t').insert(r.range(\(first), \(first + 100)).coerceTo('array').map(i => ({id: i, a: i.mul(-1)})))")
        }
        #expect(try run.value("r.table('t').orderBy('a')('a').count()") == 300)
        #expect(try run.cursor("r.table('t').orderBy('a')").next()?[field: "a"] == -299)
        #expect(try run.value("r.table('t').orderBy('a').typeOf()") == "SELECTION<STREAM>")
        #expect(try run.value("r.range(300).orderBy(x => x.mul(-1)).typeOf()") == "STREAM")
        #expect(try run.value("r.range(300).orderBy(x => x.mul(-1)).limit(120).count()") == 120)
        #expect(run.error("r.table('t').orderBy('a').coerceTo('array')").kind == .resourceLimit)
        var own = QueryOptions()
        own.arrayLimit = 200
        #expect(run.error("r.table('t').orderBy('a')", own).kind == .resourceLimit)
        #expect(try run.value("r.table('t').limit(200).orderBy('a').typeOf()", own) == "SELECTION<ARRAY>")
    }

    @Test func thereIsALimitForTheFileToo() throws {
        let directory = try TemporaryDirectory()
        var options = PandoOptions()
        options.spillLimit = 1 << 20
        let run = try Self.large(directory, options)
        let error = run.error("r.table('t').orderBy('a')", Self.limited(40 << 10))
        #expect(error.kind == .resourceLimit && error.message.contains("1 MiB") && error.message.contains("spillLimit"), "\(error)")
        try run.pando.close()
        options.spillLimit = 0
        let none = QueryRunner(try Pando(path: directory.file("large.pando"), options: options))
        #expect(none.error("r.table('t').orderBy('a')", Self.limited(40 << 10)).message.contains("40 KiB"))
        #expect(try none.value("r.table('t').orderBy('a').count()") == 2000)
        try none.pando.close()
    }

    @Test(arguments: [nil, 0, 1, 5] as [Int?], [FailingFile.Failure.diskFull, .io, .otherBytes])
    func aFileThatFailsIsAnErrorOfTheQuery(after count: Int?, failure: FailingFile.Failure) throws {
        let directory = try TemporaryDirectory()
        let run = try Self.large(directory)
        let tree = try TermTree(text: "r.table('t').orderBy('a')('a')")
        var compiler = Compiler()
        let plan = try compiler.compile(tree)
        let execution = Execution(
            writer: QueryWriter(run.pando.catalog, run.pando.indexBuilder), defaultDatabase: "test", arrayLimit: 100_000,
            cancellation: Cancellation(), server: run.pando.server, memory: (100 << 10, run.pando.memoryPool))
        execution.spilling = Spilling(limit: 1 << 30) { () throws(CatalogError) in
            guard let count else { throw CatalogError(.diskFull, "There is no space left.") }
            return FailingFile(failure, after: count)
        }
        do {
            let rows = try plan.evaluate(execution).rows(execution, at: .root)
            let stream = try rows.stream(execution)
            while try stream.next().row != nil {}
            Issue.record("nothing failed")
        } catch {
            #expect(error.kind == .operationFailed && error.message.contains("don't fit into the query's memory"), "\(error)")
            #expect(error.cause == (count == nil || failure == .diskFull ? .diskFull : .io), "\(error)")
        }
        try run.pando.close()
    }

    @Test func sortingCanBeCancelled() throws {
        let directory = try TemporaryDirectory()
        let run = try Self.large(directory)
        var options = Self.limited(40 << 10)
        options.cancellation = Cancellation()
        let cursor = try run.cursor("r.table('t').orderBy('a')", options)
        #expect(try cursor.next() != nil)
        options.cancellation?.cancel()
        #expect(throws: ReQLError.self) { try cursor.next() }
        #expect(run.pando.memoryPool.usedByteCount == 0)
        try run.pando.close()
    }
}

/// A temporary file on a disk that fails.
final class FailingFile: TemporaryFile {
    enum Failure { case diskFull, io, otherBytes }

    private let failure: Failure
    private var left: Int
    private var bytes: [UInt8] = []

    /// - Parameter count: How many calls succeed.
    init(_ failure: Failure, after count: Int) {
        self.failure = failure
        left = count
    }

    var byteCount: Int { bytes.count }

    func append(_ more: Span<UInt8>) throws(CatalogError) {
        left -= 1
        if left < 0, failure == .diskFull { throw CatalogError(.diskFull, "There is no space left.") }
        for index in more.indices { bytes.append(more[index]) }
    }

    func read(at offset: Int, count: Int) throws(CatalogError) -> [UInt8] {
        left -= 1
        if left < 0, failure == .io { throw CatalogError(.io, "The disk can't be read.") }
        var read = Array(bytes[offset..<offset + count])
        if left < 0, failure == .otherBytes { read[count / 2] ^= 0x10 }
        return read
    }
}
