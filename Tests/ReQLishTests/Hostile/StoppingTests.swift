import Synchronization
import TestSupport
import Testing

@testable import ReQLish

/// Everything that computes can be stopped, and ends by itself where it keeps others from writing.
///
/// Where somebody has to stop a function, it may take a minute: longer than any test waits, and not for ever if nobody does.
@Suite struct StoppingTests {
    private static let endless = "r.range(10000000000).sum()"

    /// A database whose functions have so long; its table `t` has a document.
    private static func runner(functionTime: Duration) throws -> QueryRunner {
        var options = PandoOptions()
        options.catalog.functionTime = functionTime
        let run = QueryRunner(try Pando.inMemory(options: options))
        _ = try run.value("r.dbCreate('test')")
        _ = try run.value("r.tableCreate('t')")
        _ = try run.value("r.tableCreate('other')")
        _ = try run.value("r.table('t').insert({id: 0})")
        return run
    }

    private static let hook = "r.table('t').setWriteHook((c, o, n) => n.merge({z: \(endless)}))"

    @Test(arguments: [
        "r.table('t').insert({id: 1})", "r.table('t').insert([{id: 1}, {id: 2}])", "r.table('t').get(0).update({a: 1})",
        "r.table('t').insert({id: 0}, {conflict: 'replace'})",
    ])
    func aWriteWhoseHookTakesTooLongFailsAndSaysWhichHook(query: String) throws {
        let run = try Self.runner(functionTime: .milliseconds(10))
        _ = try run.value(Self.hook)
        let error = run.error(query)
        #expect(error.message.contains("The write hook of table `test.t`") && error.message.contains("10 ms"), "\(error)")
        run.expect("r.table('t').coerceTo('array')", #"[{"id": 0}]"#)
        run.expect("r.table('other').insert({id: 1})('inserted')", "1")
        run.expect("r.table('t').setWriteHook(null)('deleted')", "1")
        run.expect("r.table('t').insert({id: 1})('inserted')", "1")
    }

    @Test func aWriteWhoseIndexFunctionTakesTooLongFailsAndSaysWhichIndex() throws {
        let run = try Self.runner(functionTime: .milliseconds(10))
        _ = try run.value("r.table('other').indexCreate('slow', x => \(Self.endless))")
        let error = run.error("r.table('other').insert([{id: 1}, {id: 2}])")
        #expect(error.message.contains("The function of index `slow` of table `test.other`"), "\(error)")
        run.expect("r.table('other').count()", "0")
    }

    @Test func anIndexWhoseFunctionTakesTooLongIsGivenUpAndKeepsNobodyFromWriting() throws {
        let run = try Self.runner(functionTime: .milliseconds(10))
        _ = try run.value("r.table('t').indexCreate('slow', x => \(Self.endless))")
        let error = run.error("r.table('t').indexWait('slow')")
        #expect(error.message.contains("The function of index `slow`"), "\(error)")
        run.expect("r.table('t').insert({id: 1})('inserted')", "1")
        run.expect("r.table('t').getAll(1, {index: 'slow'}).count()", fails: .operationFailed)
        #expect(try run.pando.catalog.check().problems.isEmpty)
    }

    /// Begins a write that never ends by itself, with a function that may take an hour.
    private static func beginEndless(_ run: QueryRunner, _ query: String) throws -> (Cancellation, TestThread) {
        var options = QueryOptions()
        let cancellation = Cancellation()
        options.cancellation = cancellation
        let thread = TestThread { [options] in
            let error = run.error(query, options)
            #expect(error.kind == .operationIndeterminate, "\(error)")
        }
        #expect(eventually { run.pando.catalog.wasWriting })
        return (cancellation, thread)
    }

    @Test(arguments: [
        "r.table('t').setWriteHook((c, o, n) => n.merge({z: \(endless)}))", "r.table('other').indexCreate('slow', x => \(endless))",
    ])
    func aWriterIsStoppedInsideAStoredFunction(function: String) throws {
        let run = try Self.runner(functionTime: .seconds(60))
        _ = try run.value(function)
        for table in ["t", "other"] where function.contains("'\(table)'") {
            let (cancellation, thread) = try Self.beginEndless(run, "r.table('\(table)').insert([{id: 1}, {id: 2}])")
            cancellation.cancel()
            try thread.join()
            #expect(try run.value("r.table('\(table)').get(1)") == .null)
        }
    }

    @Test func aJobIsStoppedWhileItHasTheWritersTurn() throws {
        let run = try Self.runner(functionTime: .seconds(60))
        _ = try run.value(Self.hook)
        let (_, thread) = try Self.beginEndless(run, "r.table('t').insert({id: 1})")
        let jobs = "r.db('rethinkdb').table('jobs').filter(j => j('info')('query').match('^r.table'))"
        run.expect("\(jobs).delete()('deleted')", "1")
        try thread.join()
        run.expect("r.table('t').setWriteHook(null)('deleted')", "1")
    }

    @Test func theFileIsClosedWhileAnIndexIsBuilt() throws {
        let run = try Self.runner(functionTime: .seconds(60))
        _ = try run.value("r.table('t').indexCreate('slow', x => \(Self.endless))")
        try run.pando.close()
    }

    @Test func theExplainedWriteIsStoppedToo() throws {
        let run = try Self.runner(functionTime: .seconds(60))
        _ = try run.value(Self.hook)
        var options = QueryOptions()
        let cancellation = Cancellation()
        options.cancellation = cancellation
        let tree = try TermTree(text: "r.table('t').insert({id: 1})")
        let thread = TestThread { [options] in
            #expect(throws: ReQLError.self) { try run.pando.explain(tree, options: options) }
        }
        #expect(eventually { run.pando.catalog.wasWriting })
        cancellation.cancel()
        try thread.join()
    }

    @Test func aFunctionThatIsQuickEnoughIsNotStopped() throws {
        let run = try Self.runner(functionTime: .seconds(60))
        _ = try run.value("r.table('t').setWriteHook((c, o, n) => n.merge({z: r.range(1000).sum()}))")
        run.expect("r.table('t').insert(r.range(1, 50).map(i => ({id: i})))('inserted')", "49")
        run.expect("r.table('t').get(7)('z')", "499500")
    }
}

/// A server must know before a write whether it may call a function: it makes short writes on the thread that serves all its clients otherwise.
@Suite struct StoredFunctionsKnownTests {

    @Test(arguments: [
        "r.table('t').setWriteHook((c, o, n) => n)", "r.table('t').indexCreate('i', x => x('a').add(1))",
    ])
    func theFileKnowsOfItsFunctionsBeforeTheFirstWrite(query: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.pando")
        let run = QueryRunner(try Pando(path: path))
        _ = try run.value("r.dbCreate('test')")
        _ = try run.value("r.tableCreate('t')")
        _ = try run.value("r.table('t').indexCreate('plain')")
        #expect(!run.pando.catalog.hasStoredFunctions)
        _ = try run.value(query)
        #expect(run.pando.catalog.hasStoredFunctions)
        try run.pando.close()
        let again = try Pando(path: path)
        #expect(again.catalog.hasStoredFunctions)
        try again.close()
    }
}
