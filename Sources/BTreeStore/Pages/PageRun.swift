// Pages side by side, and the states that have them.
//
// A page that was born at b and freed at f belongs to the states in [b, f).

/// Consecutive pages.
struct PageRun: Equatable {
    var start: PageNumber
    var count: PageCount

    init(start: PageNumber, count: PageCount) {
        self.start = start
        self.count = count
    }

    init(start: PageNumber, end: PageNumber) {
        self.init(start: start, count: end - start)
    }

    init(_ page: PageNumber) {
        self.init(start: page, count: 1)
    }

    /// The first page behind it.
    var end: PageNumber { start + count }

    var pages: Pages { Pages(page: start, end: end) }

    /// Its pages, in order.
    struct Pages: Sequence, IteratorProtocol {
        fileprivate var page: PageNumber
        fileprivate let end: PageNumber

        mutating func next() -> PageNumber? {
            guard page < end else { return nil }
            defer { page += 1 }
            return page
        }
    }

    func contains(_ page: PageNumber) -> Bool { page >= start && page < end }
}

/// Pages of the file with their lifetime.
struct FreedRun: Equatable {
    var run: PageRun
    /// The flush that wrote them.
    var birth: TransactionID
    /// The first state that doesn't have them any more.
    var freed: TransactionID
}

extension [FreedRun] {
    var pageCount: PageCount { reduce(0) { $0 + $1.run.count } }
}

/// A subtree that a range delete cut off: its pages become free once somebody has gone through it.
struct CutSubtree: Equatable {
    var reference: PageReference
    var level: Int
    var freed: TransactionID
}

/// States whose pages must stay.
struct ProtectedStates {
    /// In ascending order.
    private let states: [TransactionID]

    init(_ states: [TransactionID]) {
        self.states = states.sorted()
    }

    /// The newest of them that has a page of this lifetime: nil if none has.
    func newest(from birth: TransactionID, before freed: TransactionID) -> TransactionID? {
        var low = 0
        var high = states.count
        while low < high {
            let middle = (low + high) / 2
            if states[middle] < freed { low = middle + 1 } else { high = middle }
        }
        guard low > 0, case let state = states[low - 1], state >= birth else { return nil }
        return state
    }

    func contains(_ state: TransactionID) -> Bool {
        newest(from: state, before: state.next) != nil
    }
}
