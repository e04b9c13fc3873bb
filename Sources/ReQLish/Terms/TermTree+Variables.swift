extension TermTree {
    /// The same query with its variables numbered 1, 2, 3, … in the order in which their functions begin (positional arguments
    /// first, then options by name). Trees of the same query are equal after that, however they were numbered before.
    ///
    /// Negative numbers and variables that no function binds are left alone. Call it on a validated tree. O(size), not recursive.
    func renumbered() -> TermTree {
        guard storage.nodes.contains(where: { $0.type == .function }) else { return self }
        var datums = storage.datums
        var scope: [(old: Int, new: Int)] = []
        var path: [(index: Int, nextChild: Int, scopeCount: Int)] = [(storage.nodes.count - 1, 0, 0)]
        var last = 0
        while let (index, nextChild, scopeCount) = path.last {
            let node = storage.nodes[index]
            if node.type == .datum || nextChild == Int(node.argumentCount + node.optionCount) {
                path.removeLast()
                scope.removeLast(scope.count - scopeCount)
                continue
            }
            path[path.count - 1].nextChild += 1
            let child = Int(storage.children[Int(node.first) + nextChild])
            let isNumber = nextChild == 0 && storage.nodes[child].type == .datum
            let position = Int(storage.nodes[child].first)
            if node.type == .function && isNumber {
                let old = storage.datums[position]
                var new: [Datum] = []
                for i in 0..<old.count {
                    let id = old[i].integer ?? 0
                    if id >= 0 { last += 1 }
                    scope.append((id, id >= 0 ? last : id))
                    new.append(Datum(scope.last!.new))
                }
                datums[position] = Datum(elements: new)
            } else if node.type == .variable && isNumber {
                if let id = storage.datums[position].integer, let bound = scope.last(where: { $0.old == id }) {
                    datums[position] = Datum(bound.new)
                }
            } else {
                path.append((child, 0, scope.count))
            }
        }
        return TermTree(storage: .init(nodes: storage.nodes, children: storage.children, names: storage.names, datums: datums))
    }
}
