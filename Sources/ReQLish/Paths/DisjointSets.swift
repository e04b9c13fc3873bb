/// Nodes by their numbers, each in one set, and sets that become one (union by size, with ways that are halved). A node that is the root of its set has below zero the set's size, any other one nearer to the root.
struct DisjointSets {
    private var places: [Int32] = []

    mutating func grow(to count: Int) {
        if count > places.count { places.append(contentsOf: repeatElement(-1, count: count - places.count)) }
    }

    @inline(__always) mutating func root(of node: Int) -> Int {
        var node = node
        while true {
            let next = places[node]
            if next < 0 { return node }
            let afterNext = places[Int(next)]
            if afterNext < 0 { return Int(next) }
            // The way becomes half as long.
            places[node] = afterNext
            node = Int(afterNext)
        }
    }

    @inline(__always) mutating func unite(_ one: Int, _ other: Int) {
        var (one, other) = (root(of: one), root(of: other))
        if one == other { return }
        if places[one] > places[other] { swap(&one, &other) }
        places[one] += places[other]
        places[other] = Int32(truncatingIfNeeded: one)
    }
}
