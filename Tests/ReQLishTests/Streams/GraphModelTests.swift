import TestSupport
import Testing

@testable import ReQLish

/// Random graphs with loops, parallel edges and missing nodes, over several tables, walked as simply as can be, and as queries.
@Suite struct GraphModelTests {
    private struct Model {
        /// Nodes with a document, by table.
        var nodes: [[Int]] = [[], []]
        /// Links between nodes of the first table: (id, from, to, weight).
        var links: [(id: Int, from: Int, to: Int, weight: Int)] = []
        /// A field of the second table's documents: keys of the first one.
        var fields: [Int: [Int]] = [:]

        struct Node: Hashable, Comparable {
            let table: Int
            let key: Int

            static func < (a: Node, b: Node) -> Bool { (a.table, a.key) < (b.table, b.key) }
        }

        enum Over { case links, field, both }

        func targets(_ node: Node, _ over: Over, _ direction: String) -> [Node] {
            var found: [Node] = []
            if over != .field, node.table == 0 {
                if direction != "in" { found += links.filter { $0.from == node.key }.map { Node(table: 0, key: $0.to) } }
                if direction != "out" { found += links.filter { $0.to == node.key }.map { Node(table: 0, key: $0.from) } }
            }
            if over != .links {
                if node.table == 1, direction != "in" { found += (fields[node.key] ?? []).map { Node(table: 0, key: $0) } }
                if node.table == 0, direction != "out" {
                    for (key, values) in fields { found += values.filter { $0 == node.key }.map { _ in Node(table: 1, key: key) } }
                }
            }
            return found.filter { nodes[$0.table].contains($0.key) }
        }

        /// Nodes by how far they are.
        func levels(from start: Node, _ over: Over, _ direction: String, _ mayEnter: (Node) -> Bool = { _ in true }) -> [[Node]] {
            guard nodes[start.table].contains(start.key) else { return [] }
            var seen: Set<Node> = [start]
            var levels = [[start]]
            while let front = levels.last, !front.isEmpty {
                let next = Set(front.flatMap { targets($0, over, direction) }).subtracting(seen).filter(mayEnter)
                seen.formUnion(next)
                levels.append(next.sorted())
            }
            return Array(levels.dropLast())
        }

        /// The least of all shortest paths.
        func shortest(from start: Node, to end: Node, _ over: Over, _ direction: String) -> [Node]? {
            var paths = [[start]]
            var seen: Set<Node> = [start]
            guard nodes[start.table].contains(start.key), nodes[end.table].contains(end.key) else { return nil }
            while !paths.isEmpty {
                if let path = paths.first(where: { $0.last == end }) { return path }
                // The least path to each node comes first, for paths are in order.
                var next: [[Node]] = []
                var met: Set<Node> = []
                for path in paths {
                    for target in Set(targets(path[path.count - 1], over, direction)).sorted() where !seen.contains(target) {
                        if met.insert(target).inserted { next.append(path + [target]) }
                    }
                }
                seen.formUnion(met)
                paths = next
            }
            return nil
        }

        /// The least cost along links.
        func cost(from start: Int, to end: Int) -> Int? {
            guard nodes[0].contains(start), nodes[0].contains(end) else { return nil }
            var costs = [start: 0]
            for _ in 0...nodes[0].count {
                for link in links where nodes[0].contains(link.to) {
                    guard let cost = costs[link.from] else { continue }
                    costs[link.to] = min(costs[link.to] ?? .max, cost + link.weight)
                }
            }
            return costs[end]
        }
    }

    private static func model(_ random: inout SeededGenerator) -> Model {
        var model = Model()
        let count = 2 + random.below(12)
        // One key in six has no document.
        model.nodes[0] = (0..<count).filter { _ in random.below(6) > 0 }
        model.nodes[1] = Array(0..<1 + random.below(6))
        for id in 0..<random.below(3 * count) {
            model.links.append((id, random.below(count), random.below(count), 1 + random.below(5)))
        }
        for key in model.nodes[1] { model.fields[key] = (0..<random.below(4)).map { _ in random.below(count) } }
        return model
    }

    /// Every other one has edges read by several threads, however few they are.
    private static func runner(_ seed: UInt64) throws -> QueryRunner {
        guard seed % 2 == 1 else { return try QueryRunner(table: nil) }
        var options = PandoOptions()
        options.scanThreadCount = 4
        options.scanChunkCount = 4
        let run = QueryRunner(try Pando.inMemory(options: options))
        _ = try run.value("r.dbCreate('test')")
        return run
    }

    private static func fill(_ run: QueryRunner, _ model: Model) throws {
        for table in ["a", "b", "links"] { _ = try run.value("r.tableCreate('\(table)')") }
        _ = try run.value("r.table('a').insert([\(model.nodes[0].map { "{id: \($0)}" }.joined(separator: ","))])")
        let documents = model.nodes[1].map { "{id: \($0), f: [\(model.fields[$0]!.map(String.init).joined(separator: ","))]}" }
        _ = try run.value("r.table('b').insert([\(documents.joined(separator: ","))])")
        let links = model.links.map { "{id: \($0.id), x: \($0.from), y: \($0.to), w: \($0.weight)}" }
        _ = try run.value("r.table('links').insert([\(links.joined(separator: ","))])")
        _ = try run.value(
            "r.table('links').relationCreate('l', {from: {field: 'x', table: 'a'}, to: {field: 'y', table: 'a'}, weight: 'w'})")
        _ = try run.value("r.table('b').relationCreate('f', {field: 'f', to: 'a'})")
        for table in ["b", "links"] { _ = try run.value("r.table('\(table)').indexWait()") }
    }

    /// Where no document is needed the nodes of the last level are counted without being told apart any more.
    @Test func countsOfADepthAreThoseOfItsNodes() throws {
        for seed in Fuzzing.seeds(10) {
            var random = SeededGenerator(seed: seed)
            let run = try Self.runner(seed)
            _ = try run.value("r.tableCreate('edges')")
            // Small integers have places, strings and large numbers have none.
            func node() -> String {
                let number = random.below(40)
                return seed % 3 == 0 ? "'n\(number)'" : number % 7 == 0 ? "\(number)000000" : "\(number)"
            }
            let edges = (0..<200).map { "{id: \($0), x: \(node()), y: \(node())}" }
            _ = try run.value("r.table('edges').insert([\(edges.joined(separator: ","))])")
            _ = try run.value("r.table('edges').indexCreate('out', [r.row('x'), r.row('y')])")
            _ = try run.value("r.table('edges').indexCreate('in', [r.row('y'), r.row('x')])")
            _ = try run.value("r.table('edges').indexWait()")
            for depth in 1...5 {
                for direction in ["out", "both"] {
                    let options = "{over: {edges: r.table('edges'), from: 'x', to: 'y'}, depth: \(depth), direction: '\(direction)'"
                    for more in ["", ", minDepth: \(depth)", ", minDepth: 0"] {
                        let walk = "r.traverse(\(node()), \(options)\(more)})"
                        let counted = try run.value("\(walk).count()")
                        #expect(try run.value("\(walk).coerceTo('array').count()") == counted, "seed \(seed): \(walk)")
                    }
                }
            }
        }
    }

    private static func shown(_ node: Model.Node, _ over: Model.Over) -> Datum {
        over == .links ? Datum(node.key) : ["table": Datum(["a", "b"][node.table]), "id": Datum(node.key)]
    }

    @Test func walksAreThoseOfASimpleSearch() throws {
        for seed in Fuzzing.seeds(40) {
            var random = SeededGenerator(seed: seed)
            let model = Self.model(&random)
            let run = try Self.runner(seed)
            try Self.fill(run, model)
            for (over, text) in [(Model.Over.links, "'l'"), (.field, "'f'"), (.both, "['l', 'f']")] {
                for direction in ["out", "in", "both"] {
                    let table = over == .links ? 0 : random.below(2)
                    let start = Model.Node(table: table, key: random.below(8))
                    let from = "r.table('\(["a", "b"][table])').get(\(start.key))"
                    let levels = model.levels(from: start, over, direction)
                    let options = "over: \(text), direction: '\(direction)', as: 'keys'"
                    let name = "seed \(seed), \(over) \(direction) from \(start)"
                    func expect(_ query: String, _ wanted: [Model.Node]) throws {
                        #expect(
                            try run.value(query) == Datum(elements: wanted.map { Self.shown($0, over) }), "\(name): \(query)")
                    }
                    let depth = random.below(4)
                    try expect("\(from).traverse({\(options)})", Array(levels.dropFirst().joined()))
                    try expect("\(from).traverse({\(options), minDepth: 0, depth: \(depth)})", Array(levels.prefix(depth + 1).joined()))
                    let limited = levels.dropFirst().joined().prefix(2)
                    try expect("\(from).traverse({\(options), limit: 2})", Array(limited))
                    let even = model.levels(from: start, over, direction) { $0.key % 2 == 0 }
                    try expect("\(from).traverse({\(options), where: n => n('id').mod(2).eq(0)})", Array(even.dropFirst().joined()))
                    // The other engine, which keeps paths, meets the same.
                    try expect(
                        "\(from).traverse({\(options), where: (n, e, d) => n('id').mod(2).eq(0).and(d.lt(3))})",
                        Array(even.dropFirst().prefix(2).joined()))
                    let paths = try run.value("\(from).traverse({over: \(text), direction: '\(direction)', as: 'paths'})")
                    for path in paths.elements {
                        let nodes = try #require(path[field: "nodes"])
                        let end = nodes[nodes.count - 1]
                        let key = over == .links ? end.integer! : end[field: "id"]!.integer!
                        let table = over == .links || end[field: "table"] == "a" ? 0 : 1
                        let node = Model.Node(table: table, key: key)
                        let wanted = model.shortest(from: start, to: node, over, direction)
                        #expect(nodes == Datum(elements: try #require(wanted).map { Self.shown($0, over) }), "\(name)")
                    }
                    #expect(paths.count == levels.dropFirst().joined().count, "\(name)")
                    let deep = try run.value("\(from).traverse({\(options), order: 'depth'})")
                    #expect(deep.elements.sorted() == levels.dropFirst().joined().map { Self.shown($0, over) }.sorted(), "\(name)")
                    let degree = levels.isEmpty ? 0 : try run.value("\(from).degree({over: \(text), direction: '\(direction)'})").integer
                    if model.nodes[0].count == model.nodes[0].last.map({ $0 + 1 }), !levels.isEmpty, over == .links {
                        let missing = model.links.filter { !model.nodes[0].contains($0.to) || !model.nodes[0].contains($0.from) }
                        if missing.isEmpty { #expect(degree == model.targets(start, over, direction).count, "\(name)") }
                    }
                }
            }
        }
    }

    /// Graphs with loops, parallel edges and keys without a document that don't fit into the memory of a query.
    @Test(arguments: Fuzzing.seeds(1)) func walksBeyondTheMemoryAreThoseOfASimpleSearch(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 3000)
        let count = 12_000
        let missing = Set((0..<count / 20).map { _ in random.below(count) })
        // Most lead to some nodes.
        let links = (0..<2 * count).map { _ in
            (random.below(count), random.below(3) == 0 ? random.below(count / 50) : random.below(count))
        }
        let run = try QueryRunner(table: nil)
        for table in ["a", "links"] { _ = try run.value("r.tableCreate('\(table)')") }
        for start in stride(from: 0, to: count, by: 4000) {
            let nodes = (start..<start + 4000).filter { !missing.contains($0) }.map { "{id: \($0)}" }
            _ = try run.value("r.table('a').insert([\(nodes.joined(separator: ","))])")
            let documents = links.indices[2 * start..<2 * start + 8000].map { "{id: \($0), x: \(links[$0].0), y: \(links[$0].1)}" }
            _ = try run.value("r.table('links').insert([\(documents.joined(separator: ","))])")
        }
        _ = try run.value("r.table('links').relationCreate('l', {from: {field: 'x', table: 'a'}, to: {field: 'y', table: 'a'}})")
        _ = try run.value("r.table('links').indexWait()")
        var little = QueryOptions()
        little.memoryLimit = 256 << 10
        for direction in ["out", "in", "both"] {
            var targets = [[Int]](repeating: [], count: count)
            for (from, to) in links where !missing.contains(from) && !missing.contains(to) {
                if direction != "in" { targets[from].append(to) }
                if direction != "out" { targets[to].append(from) }
            }
            func levels(from start: Int, _ mayEnter: (Int) -> Bool = { _ in true }) -> [[Int]] {
                var seen: Set<Int> = [start]
                var levels = [missing.contains(start) ? [] : [start]]
                while let front = levels.last, !front.isEmpty {
                    let next = Set(front.flatMap { targets[$0] }).subtracting(seen).filter(mayEnter)
                    seen.formUnion(next)
                    levels.append(next.sorted())
                }
                return levels.dropLast()
            }
            let start = random.below(count)
            let name = "seed \(seed), \(direction) from \(start)"
            let from = "r.table('a').get(\(start))"
            func expect(_ options: String, _ wanted: [Int]) throws {
                let query = "\(from).traverse({over: 'l', direction: '\(direction)', as: 'keys'\(options)})"
                // Numbers put into one, whose order counts: an array of all would be more than the memory.
                let sum = "\(query).fold([0, 0], (h, n) => [h(0).add(1), h(1).mul(31).add(n).mod(1000003)])"
                let number = wanted.reduce(0) { ($0 * 31 + $1) % 1_000_003 }
                #expect(try run.value(sum, little) == [Datum(wanted.count), Datum(number)], "\(name): \(query)")
            }
            let all = levels(from: start)
            try expect("", Array(all.dropFirst().joined()))
            try expect(", minDepth: 0, depth: 4", Array(all.prefix(5).joined()))
            try expect(", minDepth: 6", Array(all.dropFirst(6).joined()))
            try expect(", limit: 5000", Array(all.dropFirst().joined().prefix(5000)))
            let some = levels(from: start) { $0 % 7 != 0 }
            try expect(", where: n => n('id').mod(7).ne(0)", Array(some.dropFirst().joined()))
            #expect(run.pando.memoryPool.usedByteCount == 0)
        }
    }

    @Test func pathsAreTheLeastOfTheShortest() throws {
        for seed in Fuzzing.seeds(40) {
            var random = SeededGenerator(seed: seed + 1000)
            let model = Self.model(&random)
            let run = try Self.runner(seed)
            try Self.fill(run, model)
            for (over, text) in [(Model.Over.links, "'l'"), (.both, "['l', 'f']")] {
                for direction in ["out", "in", "both"] {
                    for _ in 0..<4 {
                        let (start, end) = (Model.Node(table: 0, key: random.below(10)), Model.Node(table: 0, key: random.below(10)))
                        let query =
                            "r.shortestPath(r.table('a').get(\(start.key)), r.table('a').get(\(end.key)), "
                            + "{over: \(text), direction: '\(direction)'})('nodes').default(null)"
                        let wanted = model.shortest(from: start, to: end, over, direction)
                        #expect(
                            try run.value(query) == (wanted.map { Datum(elements: $0.map { Self.shown($0, over) }) } ?? .null),
                            "seed \(seed): \(query)")
                        guard over == .links, direction == "out" else { continue }
                        let cost = try run.value("r.shortestPath(\(start.key), \(end.key), {over: 'l', weight: 'w'})('cost').default(null)")
                        #expect(cost == (model.cost(from: start.key, to: end.key).map { Datum($0) } ?? .null), "seed \(seed)")
                    }
                }
            }
        }
    }

    @Test func componentsAndRanksAreThoseOfASimpleComputation() throws {
        for seed in Fuzzing.seeds(30) {
            var random = SeededGenerator(seed: seed + 2000)
            let model = Self.model(&random)
            let run = try Self.runner(seed)
            try Self.fill(run, model)
            let links = model.links.filter { model.nodes[0].contains($0.from) && model.nodes[0].contains($0.to) }
            let met = Set(model.links.flatMap { [$0.from, $0.to] }.filter { model.nodes[0].contains($0) }).sorted()
            var component = Dictionary(uniqueKeysWithValues: met.map { ($0, $0) })
            for _ in met {
                for link in links {
                    let least = min(component[link.from]!, component[link.to]!)
                    (component[link.from], component[link.to]) = (least, least)
                }
            }
            let components = met.map { ["id": Datum($0), "component": Datum(component[$0]!)] as Datum }
            #expect(try run.value("r.components({over: 'l'})") == Datum(elements: components), "seed \(seed)")
            // Some of the fields alone.
            let names = components.map { $0[field: "component"]! }
            #expect(try run.value("r.components({over: 'l'})('component')") == Datum(elements: names), "seed \(seed)")
            #expect(try run.value("r.components({over: 'l'})('component').distinct().count()") == Datum(Set(names).count), "seed \(seed)")
            #expect(
                try run.value("r.components({over: 'l'}).pluck('component', 'rank', 'component')")
                    == Datum(elements: names.map { ["component": $0] as Datum }), "seed \(seed)")
            #expect(try run.value("r.components({over: 'l'})('rank')") == Datum(elements: []), "seed \(seed)")
            #expect(
                try run.value("r.components({over: 'l'}).pluck('rank')") == Datum(elements: names.map { _ in [:] as Datum }),
                "seed \(seed)")

            var ranks = Dictionary(uniqueKeysWithValues: met.map { ($0, 1 / Double(met.count)) })
            for _ in 0..<5 {
                var next = Dictionary(uniqueKeysWithValues: met.map { ($0, 0.15 / Double(met.count)) })
                for node in met {
                    let out = links.filter { $0.from == node }
                    for link in out { next[link.to]! += 0.85 * ranks[node]! / Double(out.count) }
                    if out.isEmpty { for other in met { next[other]! += 0.85 * ranks[node]! / Double(met.count) } }
                }
                ranks = next
            }
            let rows = try run.value("r.pageRank({over: 'l', rounds: 5})")
            #expect(
                try run.value("r.pageRank({over: 'l', rounds: 5})('rank')") == Datum(elements: rows.elements.map { $0[field: "rank"]! }),
                "seed \(seed)")
            #expect(rows.elements.map { $0[field: "id"] } == met.map { Datum($0) }, "seed \(seed)")
            for row in rows.elements {
                let wanted = ranks[row[field: "id"]!.integer!]!
                #expect(abs(row[field: "rank"]!.number! - wanted) < 1e-12, "seed \(seed): \(row)")
            }
        }
    }
}
