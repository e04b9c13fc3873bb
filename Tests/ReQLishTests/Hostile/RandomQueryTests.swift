import Catalog
import TestSupport
import Testing

@testable import ReQLish

/// Queries that nobody would write: every term with arguments of every type. Each must answer or fail with an error of the
/// language; none may be a mistake of ours or stop the process.
@Suite struct RandomQueryTests {
    @Test func anyQueryAnswersOrFails() throws {
        let seed: UInt64 = 0xDA7A_BA5E + Fuzzing.firstSeed
        let pando = try Pando.inMemory()
        _ = try pando.start(TermTree(text: "r.dbCreate('test')"))
        var generator = RandomTerms(seed: seed)
        var kinds: [ReQLError.Kind: Int] = [:]
        var answers = 0
        for round in 0..<6_000 * Fuzzing.factor {
            if round % 200 == 0 { try Self.refill(pando) }
            let json = generator.query()
            do throws(ReQLError) {
                let tree = try TermTree(json: Array(json.utf8).span)
                var options = QueryOptions()
                options.arrayLimit = 1_000
                let answer = try Self.collect(try pando.start(tree, options: options))
                answers += 1
                // What is answered can be written, and written can be read.
                let text = answer.description
                let read = try? Datum(json: text, options: JSONOptions(pseudoTypes: false))
                if read?.description != text { Issue.record("\(json) answered \(text), seed \(seed), round \(round)") }
            } catch {
                kinds[error.kind, default: 0] += 1
                // `r.error("")` is entitled to say nothing.
                if error.kind == .internal || error.message.isEmpty && error.kind != .user {
                    Issue.record("\(json): \(error), seed \(seed), round \(round)")
                }
            }
        }
        // All classes of outcomes come up often enough to mean something.
        #expect(answers > 500, "\(answers) answers, \(kinds)")
        #expect(kinds[.queryLogic, default: 0] > 500 && kinds[.nonExistence, default: 0] > 30, "\(kinds)")
        let report = try pando.catalog.check()
        #expect(report.problems.isEmpty)
    }

    /// All there is now: a feed has more in time only.
    private static func collect(_ result: QueryResult) throws(ReQLError) -> Datum {
        guard case .sequence(let cursor) = result, !cursor.feedNotes.isEmpty else { return try result.collected() }
        var rows: [Datum] = []
        while case .row(let row) = try cursor.poll() { rows.append(row) }
        do { return try Datum.array(rows) } catch { throw ReQLError(error) }
    }

    private static func refill(_ pando: Pando) throws {
        for text in [
            "r.branch(r.tableList().contains('t'), 0, r.tableCreate('t'))", "r.table('t').delete()",
            "r.table('t').insert(r.range(6).map(i => ({id: i, a: i.mod(2), b: [i, 'x', 'a word'], c: {d: i}})))",
            "r.branch(r.table('t').indexList().contains('b'), 0, r.table('t').indexCreate('b', {text: 'simple'}))",
            "r.table('t').indexWait()",
        ] {
            _ = try pando.start(TermTree(text: text)).collected()
        }
    }
}

/// Makes random terms in JSON, mostly with arguments of a type that has a chance.
private struct RandomTerms {
    private var generator: SeededGenerator
    /// The variables that functions around the present place bind.
    private var scope: [Int] = []
    private var lastVariable = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Terms that reach for other machines or make databases without end, and ranges, which are made short below.
    private static let types = TermType.allCases.filter {
        ![.javaScript, .http, .dbCreate, .dbDrop, .range, .makeArray, .makeObject, .function, .variable, .datum, .tableCreate].contains($0)
    }

    mutating func query() -> String {
        scope = []
        return anyTerm(depth: 2 + generator.below(4))
    }

    private mutating func term(depth: Int) -> String {
        guard depth > 0, generator.below(10) < 7 else { return leaf() }
        switch generator.below(12) {
        case 0: return "[2,[" + list(depth: depth, count: generator.below(4)) + "]]"
        case 1: return object(depth: depth)
        case 2: return function(depth: depth)
        case 3: return "[39,[\(sequence(depth: depth)),\(function(depth: depth))]]"
        case 4: return "[38,[\(sequence(depth: depth)),\(function(depth: depth))]]"
        default: return anyTerm(depth: depth)
        }
    }

    private mutating func anyTerm(depth: Int) -> String {
        let type = pick(Self.types)
        let facts = type.facts
        let count = min(facts.arity.lowerBound + generator.below(3), facts.arity.upperBound)
        var arguments: [String] = []
        for position in 0..<count {
            if position == 0, generator.below(3) > 0 {
                arguments.append(sequence(depth: depth - 1))
            } else if position > 0, facts.functionArguments != .none, generator.below(3) > 0 {
                arguments.append(function(depth: depth - 1))
            } else {
                arguments.append(term(depth: depth - 1))
            }
        }
        var options: [String] = []
        for option in facts.options where generator.below(6) == 0 {
            options.append(
                "\"\(option)\":" + pick(["true", "false", "\"open\"", "\"closed\"", "\"id\"", "\"always\"", "\"update\"", term(depth: 1)]))
        }
        return "[\(type.number),[\(arguments.joined(separator: ","))],{\(options.joined(separator: ","))}]"
    }

    private mutating func sequence(depth: Int) -> String {
        switch generator.below(7) {
        case 0: return "[15,[\"t\"]]"
        case 1:
            let options = ["", "\"as\":\"f\"", "\"fuzzy\":true,\"operator\":\"or\"", "\"prefix\":\"last\",\"as\":\"c\",\"highlight\":true"]
            return "[1000,[[15,[\"t\"]],\(pick(["\"x\"", "\"x OR y\"", "\"-x\"", "\"word~ wo*\"", leaf()]))],{\(pick(options))}]"
        case 2: return "[173,[\(generator.below(5))]]"
        case 3: return "[2,[" + list(depth: min(depth, 2), count: generator.below(5)) + "]]"
        case 4: return "[182,[[15,[\"t\"]],[180,[]],\(leaf())]]"
        default: return term(depth: depth - 1)
        }
    }

    private mutating func function(depth: Int) -> String {
        let parameters = (0..<1 + generator.below(3)).map { _ in
            lastVariable += 1
            return lastVariable
        }
        let outer = scope
        scope += parameters
        defer { scope = outer }
        return "[69,[[2,\(parameters)],\(term(depth: depth - 1))]]"
    }

    private mutating func object(depth: Int) -> String {
        var fields: [String] = []
        for name in ["a", "b", "id", "c"] where generator.below(2) == 0 { fields.append("\"\(name)\":" + term(depth: depth - 1)) }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private mutating func list(depth: Int, count: Int) -> String {
        var terms: [String] = []
        for _ in 0..<count { terms.append(term(depth: depth - 1)) }
        return terms.joined(separator: ",")
    }

    private mutating func leaf() -> String {
        if let variable = scope.last, generator.below(3) == 0 {
            return generator.below(2) == 0 ? "[10,[\(variable)]]" : "[170,[[10,[\(variable)]],\"\(pick(["a", "b", "c", "id", "z"]))\"]]"
        }
        return pick([
            "null", "null", "null", "true", "false", "0", "1", "2", "-1", "3", "0.5", "-7", "1e300", "-1e300", "9007199254740992",
            "2147483647", "-2147483648", "\"\"",
            "\"a\"", "\"b\"", "\"id\"", "\"x y\"", "\"äß\"", "\"^a(.)?$\"", "\"(\"", "\"{a}\"", "\"2013-08-01T10:11:12.5Z\"", "\"+02:00\"",
            "\"number\"", "\"array\"",
            "\"object\"", "{}", "{\"a\":1}", "{\"id\":3}", "[2,[]]", "[2,[1,2,3]]", "[2,[\"a\",[2,[1]]]]", "[103,[]]", "[101,[1e9]]",
            "[101,[1e300]]",
            "[155,[\"bytes\"]]", "[180,[]]", "[181,[]]", "[15,[\"t\"]]", "[16,[[15,[\"t\"]],2]]", "[14,[\"test\"]]", "[137,[1]]",
            "{\"$reql_type$\":\"TIME\",\"epoch_time\":5,\"timezone\":\"Z\"}", "[144,[[15,[\"t\"]],\"a\"]]", "[41,[[15,[\"t\"]],\"b\"]]",
        ])
    }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[generator.below(choices.count)] }
}
