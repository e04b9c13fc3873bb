/// Who is to be told how a transaction ends: what they keep of it is in no file, such as a sequence that begins anew, or a notification.
package struct TransactionEndings {
    package typealias Ending = (_ isCommitted: Bool) -> Void

    private struct Item {
        /// How many savepoints there were when it was done.
        var savepointCount: Int
        /// What it is, if it is told once however often it was done.
        let key: AnyHashable?
        let tell: Ending
    }

    private var items: [Item] = []
    /// The least count of savepoints of the items with a key: whoever comes behind that one is told with it.
    private var leastCounts: [AnyHashable: Int] = [:]

    package init() {}

    /// - Parameter key: what it is, if it is told once however often it was done.
    package mutating func add(_ savepointCount: Int, once key: AnyHashable? = nil, _ ending: @escaping Ending) {
        if let key {
            if let least = leastCounts[key], least <= savepointCount { return }
            leastCounts[key] = savepointCount
        }
        items.append(Item(savepointCount: savepointCount, key: key, tell: ending))
    }

    /// Adds those of a transaction that was borrowed.
    package mutating func add(_ others: TransactionEndings) {
        for item in others.items { add(item.savepointCount, once: item.key, item.tell) }
    }

    /// The savepoint of a number, from 0, and those after it are gone, and what was done since is not.
    mutating func release(_ number: Int) {
        for index in items.indices where items[index].savepointCount > number { setCount(number, at: index) }
    }

    /// The savepoint of a number is gone, and none of those after it.
    mutating func forget(_ number: Int) {
        for index in items.indices where items[index].savepointCount > number { setCount(items[index].savepointCount - 1, at: index) }
    }

    private mutating func setCount(_ savepointCount: Int, at index: Int) {
        items[index].savepointCount = savepointCount
        if let key = items[index].key, let least = leastCounts[key], least > savepointCount { leastCounts[key] = savepointCount }
    }

    /// What was done since the savepoint of a number is undone.
    mutating func rollBack(to number: Int) {
        let undone = items.filter { $0.savepointCount > number }
        items.removeAll { $0.savepointCount > number }
        for item in undone { if let key = item.key, let least = leastCounts[key], least > number { leastCounts[key] = nil } }
        for item in undone.reversed() { item.tell(false) }
    }

    /// Undone is first what was done last.
    package mutating func end(isCommitted: Bool) {
        let ended = items
        items = []
        leastCounts = [:]
        if isCommitted { for item in ended { item.tell(true) } } else { for item in ended.reversed() { item.tell(false) } }
    }
}
