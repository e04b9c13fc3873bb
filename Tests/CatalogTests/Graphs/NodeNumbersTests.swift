import Ground
import TestSupport
import Testing

@testable import Catalog

/// Numbers of nodes beside a dictionary of their keys.
@Suite struct NodeNumbersTests {
    private struct Node: Hashable {
        var key: [UInt8]
        var table: UInt8
    }

    /// Keys of every kind, with integers that lie close together, far apart or just where places end.
    private static func node(_ generator: inout SeededGenerator) -> Node {
        let datum: Datum =
            switch generator.below(8) {
            case 0: Datum("name\(generator.below(300))")
            case 1: Datum(Double(generator.below(1 << 40)))
            case 2: Datum(Double(generator.below(200)) - 100)
            case 3: Datum(Double(generator.below(100)) / 4)
            case 4: Datum(elements: [Datum(Double(generator.below(20))), Datum("x")])
            default: Datum(Double(generator.below(2000)))
            }
        return Node(key: NodeKey.encode(datum) ?? [], table: UInt8(generator.below(8) / 6))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func eachHasItsNumber(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var nodes = NodeNumbers()
        var expected: [Node: Int] = [:]
        var order: [Node] = []
        func note(_ node: Node) -> (Int, Bool) {
            if let number = expected[node] { return (number, false) }
            expected[node] = order.count
            order.append(node)
            return (order.count - 1, true)
        }
        var batch = NodeBatch()
        for round in 0..<200 {
            if generator.below(2) == 0 {
                for _ in 0..<generator.below(40) {
                    let node = Self.node(&generator)
                    let found = node.key.span.withBytes { nodes.find($0, table: node.table) }
                    #expect(found == expected[node], "seed \(seed), round \(round)")
                    let (number, isNew) = node.key.span.withBytes { nodes.number(of: $0, table: node.table) }
                    #expect((number, isNew) == note(node), "seed \(seed), round \(round)")
                }
                continue
            }
            let table = UInt8(generator.below(2))
            var sources: [(UInt32, Node)] = []
            for source in 0..<UInt32(generator.below(60)) {
                var node = Self.node(&generator)
                node.table = table
                sources.append((source, node))
                node.key.span.withBytes { nodes.placing.append($0, table: table, source: source, to: &batch) }
                // Others may be numbered meanwhile, so that integers get their places.
                if generator.below(10) == 0 {
                    let other = Self.node(&generator)
                    let (number, isNew) = other.key.span.withBytes { nodes.number(of: $0, table: other.table) }
                    #expect((number, isNew) == note(other), "seed \(seed), round \(round)")
                }
            }
            var taken: [(UInt32, Int, Bool)] = []
            nodes.takeAll(&batch, table: table) { taken.append(($0, $1, $2)) }
            #expect(taken.count == sources.count)
            for (one, (source, node)) in zip(taken, sources) {
                let (number, isNew) = note(node)
                #expect(one == (source, number, isNew), "seed \(seed), round \(round)")
            }
        }
        #expect(nodes.count == order.count)
        for (number, node) in order.enumerated() {
            #expect(nodes.key(of: number) == node.key && nodes.table(of: number) == node.table)
        }
        var numbers = (0..<UInt32(order.count)).shuffled(using: &generator)
        nodes.sort(&numbers)
        let sorted = order.indices.sorted {
            ([order[$0].table] + order[$0].key).lexicographicallyPrecedes([order[$1].table] + order[$1].key)
        }
        #expect(numbers.map(Int.init) == sorted)
    }

    /// Nodes that are integers take no more than others, however they lie.
    @Test func bytesOfANode() throws {
        for distance in [1, 3, 7, 9, 1000] {
            var nodes = NodeNumbers()
            for number in 0..<20_000 {
                let key = try #require(NodeKey.encode(Datum(Double(number * 7919 % 20_000 * distance))))
                _ = key.span.withBytes { nodes.number(of: $0, table: 0) }
            }
            #expect(nodes.count == 20_000 && nodes.byteCount < 20_000 * 130, "\(distance): \(nodes.byteCount)")
        }
    }
}
