import Ground

// The past of a file, kept by itself: a state a minute while something is written, fewer of what is longer ago, none beyond a window.
// They are named states like others, called by their times, so a file that is opened elsewhere, backed up or compacted has them too.

/// How far apart the states of a history may be, by how long ago they are.
enum HistoryGrid {
    /// One each minute of the last hour, then one in ten minutes of the last day, one an hour of the last week, and one a day.
    private static let steps: [(age: Double, seconds: Double)] = [(3600, 60), (86_400, 600), (604_800, 3600), (.infinity, 86_400)]

    /// Which of some states, by their times in ascending order, a history has no use for any more.
    ///
    /// Of each slot the first stays, and slots lie within longer ones: so what is dropped now would have been dropped later, however often
    /// this is asked. Of those before the window the last stays, as it is what the file was when the window began.
    static func superfluous(_ times: [Double], at now: Double, window: Double) -> [Int] {
        var dropped: [Int] = []
        let first = (times.lastIndex { $0 <= now - window } ?? 0)
        var lastSlot: (length: Double, number: Double)?
        for (index, time) in times.enumerated() {
            if index < first {
                dropped.append(index)
                continue
            }
            let length = steps.first { now - time <= $0.age }?.seconds ?? 60
            let number = (time / length).rounded(.down)
            if index > first, let lastSlot, lastSlot.length == length, lastSlot.number == number {
                dropped.append(index)
            } else {
                lastSlot = (length, number)
            }
        }
        return dropped
    }
}

extension Catalog {
    /// Makes a state of what is committed now, if something was committed since the last one, and drops those that the history has no use
    /// for any more.
    ///
    /// - Parameter window: how far back the history goes; with zero all of it is dropped, and none is made.
    /// - Throws: what ``createState(_:)`` does.
    package func keepHistory(_ window: Duration) throws(CatalogError) {
        let now = clock.now
        let past = try states().filter(\.isOfHistory).sorted { $0.time < $1.time }
        guard window > .zero else { return try dropStates(past.map(\.name)) }
        var times = past.map(\.time)
        if try past.last.map({ last throws(CatalogError) in try hasChanged(since: last) }) ?? true {
            let name = NamedState.historyName(at: now)
            // A clock that was set back has had this second before.
            if !past.contains(where: { $0.name == name }) { times.append(try makeState(name).time) }
        }
        let dropped = HistoryGrid.superfluous(times, at: now, window: window / .seconds(1)).filter(past.indices.contains)
        try dropStates(dropped.map { past[$0].name })
    }

    /// Whether anything but what is of this file alone, such as the names of states, differs from a state. Pages that both have are not read.
    private func hasChanged(since state: NamedState) throws(CatalogError) -> Bool {
        try snapshot().differences(from: snapshot(asOf: .named(state.name))).next() != nil
    }

    func makeState(_ name: String) throws(CatalogError) -> NamedState {
        try store.createState(name) { Int64(clock.now * 1_000_000) }
    }

    private func dropStates(_ names: [String]) throws(CatalogError) {
        if !names.isEmpty { try store.dropStates(names) }
    }
}

extension NamedState {
    /// What the names of states begin with that the history gives them.
    private static let historyPrefix = "history."

    /// Whether the history has made it.
    public var isOfHistory: Bool { Self.isOfHistory(name) }

    package static func isOfHistory(_ name: String) -> Bool { name.hasPrefix(historyPrefix) }

    /// `history.2026-11-22T10.15.00Z`: names have no colons.
    static func historyName(at seconds: Double) -> String {
        let time = CalendarTime(secondsSince1970: Int(exactly: seconds.rounded(.down)) ?? 0).text()
        return historyPrefix + String(time.map { $0 == ":" ? "." : $0 })
    }
}

extension [NamedState] {
    var oldestOfHistory: NamedState? { filter(\.isOfHistory).min { $0.time < $1.time } }
}
