/// Intervals of keys with something for each, found by a key that they hold. O(log n) to put and to take out, O(log n + what is found) to
/// look up.
///
/// A treap in the order of the lower ends; each node knows the greatest upper end below it, so that a search leaves out what ends too soon.
final class IntervalIndex<Element> {
    private final class Node {
        let interval: KeyInterval
        /// Tells intervals with the same lower end apart.
        let number: Int
        let element: Element
        let priority: UInt64
        var left: Node?
        var right: Node?
        /// The greatest upper bound of the nodes from here down; nil: without end.
        var greatestUpper: [UInt8]?

        init(_ interval: KeyInterval, _ number: Int, _ element: Element, priority: UInt64) {
            self.interval = interval
            self.number = number
            self.element = element
            self.priority = priority
            greatestUpper = interval.upper
        }

        func isBefore(_ lower: [UInt8], _ number: Int) -> Bool {
            interval.lower == lower ? self.number < number : interval.lower.isBelow(lower)
        }

        func update() {
            greatestUpper = interval.upper
            for child in [left, right] {
                guard let child, let own = greatestUpper else { continue }
                greatestUpper = child.greatestUpper.map { own.isBelow($0) ? $0 : own }
            }
        }
    }

    private var root: Node?
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    private(set) var count = 0

    /// - Parameter number: one that no other element has.
    func insert(_ element: Element, _ interval: KeyInterval, number: Int) {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let node = Node(interval, number, element, priority: random)
        let (left, right) = split(root, before: interval.lower, number)
        root = join(join(left, node), right)
        count += 1
    }

    func remove(_ interval: KeyInterval, number: Int) {
        let (left, rest) = split(root, before: interval.lower, number)
        let (middle, right) = split(rest, before: interval.lower, number + 1)
        if middle != nil { count -= 1 }
        root = join(left, right)
    }

    /// Calls `body` for what holds the key until it answers false.
    func forEach(holding key: [UInt8], _ body: (Element) -> Bool) {
        _ = visit(root, key, body)
    }

    /// Calls `body` for what has a key in common with an interval that is not empty, until it answers false.
    func forEach(overlapping interval: KeyInterval, _ body: (Element) -> Bool) {
        _ = visit(root, interval, body)
    }

    private func visit(_ node: Node?, _ interval: KeyInterval, _ body: (Element) -> Bool) -> Bool {
        guard let node, node.greatestUpper.map({ interval.lower.isBelow($0) }) ?? true else { return true }
        guard visit(node.left, interval, body) else { return false }
        if let upper = interval.upper, !node.interval.lower.isBelow(upper) { return true }
        if node.interval.upper.map({ interval.lower.isBelow($0) }) ?? true, !body(node.element) { return false }
        return visit(node.right, interval, body)
    }

    private func visit(_ node: Node?, _ key: [UInt8], _ body: (Element) -> Bool) -> Bool {
        guard let node, node.greatestUpper.map({ key.isBelow($0) }) ?? true else { return true }
        guard visit(node.left, key, body) else { return false }
        if key.isBelow(node.interval.lower) { return true }
        if node.interval.upper.map({ key.isBelow($0) }) ?? true, !body(node.element) { return false }
        return visit(node.right, key, body)
    }

    private func split(_ node: Node?, before lower: [UInt8], _ number: Int) -> (Node?, Node?) {
        guard let node else { return (nil, nil) }
        if node.isBefore(lower, number) {
            let (left, right) = split(node.right, before: lower, number)
            node.right = left
            node.update()
            return (node, right)
        }
        let (left, right) = split(node.left, before: lower, number)
        node.left = right
        node.update()
        return (left, node)
    }

    private func join(_ left: Node?, _ right: Node?) -> Node? {
        guard let left else { return right }
        guard let right else { return left }
        if left.priority > right.priority {
            left.right = join(left.right, right)
            left.update()
            return left
        }
        right.left = join(left, right.left)
        right.update()
        return right
    }
}
