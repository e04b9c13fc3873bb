/// Who is to be told how a transaction ends: what they keep of it is in no file, such as a sequence that begins anew, or a notification.
package struct TransactionEndings {
    package typealias Ending = (_ isCommitted: Bool) -> Void

    /// Each with the savepoints that there were when it was done.
    private var items: [(savepointCount: Int, tell: Ending)] = []

    package init() {}

    package mutating func add(_ savepointCount: Int, _ ending: @escaping Ending) { items.append((savepointCount, ending)) }

    /// Adds those of a transaction that was borrowed.
    package mutating func add(_ others: TransactionEndings) { items += others.items }

    /// The savepoint of a number, from 0, and those after it are gone, and what was done since is not.
    mutating func release(_ number: Int) {
        for index in items.indices { items[index].savepointCount = min(items[index].savepointCount, number) }
    }

    /// The savepoint of a number is gone, and none of those after it.
    mutating func forget(_ number: Int) {
        for index in items.indices where items[index].savepointCount > number { items[index].savepointCount -= 1 }
    }

    /// What was done since the savepoint of a number is undone.
    mutating func rollBack(to number: Int) {
        while let last = items.last, last.savepointCount > number {
            items.removeLast()
            last.tell(false)
        }
    }

    /// Undone is first what was done last.
    package mutating func end(isCommitted: Bool) {
        let ended = items
        items = []
        if isCommitted { for item in ended { item.tell(true) } } else { for item in ended.reversed() { item.tell(false) } }
    }
}
