/// A record of what a transaction has done so far to tables that are watched, or that keep a log of their changes.
final class ChangeRecorder {
    /// Bytes of changes that are kept for the watchers of a table: several times what each of them takes. One change is kept, however large.
    static let byteCapacity = 256 << 20
    /// What a change takes beside its bytes.
    private static let changeByteCount = 128

    /// The use of a table's changes.
    struct Interest {
        var watchers: TableWatchers?
        var log: ChangeLogConfig?

        var isNone: Bool { watchers == nil && log == nil }

        /// Whether a change of this document has to be noted.
        func includes(_ key: [UInt8]) -> Bool { log != nil || watchers?.watch(key) == true }
    }

    /// The part that a table's log takes in.
    struct Logged {
        let table: String
        let config: ChangeLogConfig
        /// Nil: they were more than the log may hold.
        let changes: [DocumentChange]?
    }

    private struct Table {
        private(set) var interest: Interest
        /// Changes that some receiver would still keep.
        private(set) var capacity: Int
        /// By the part of the tree key that stays, in the order of the first write.
        var positions: [[UInt8]: Int] = [:]
        var changes: [DocumentChange] = []
        var logByteCount = 0
        /// Changes that are only counted, because they are more than any watcher keeps.
        var uncounted = 0
        var logOverran: Bool
        var endings: [WatchEvent] = []
        var isRekeyed: Bool { endings.contains { if case .tableRekeyed = $0 { true } else { false } } }

        init(_ interest: Interest) {
            self.interest = interest
            capacity = interest.watchers?.capacity ?? 0
            logOverran = interest.log == nil
        }

        /// Adds interest in changes to a table of which only the end was to be noted until now.
        mutating func merge(_ other: Interest) {
            if interest.watchers == nil, let watchers = other.watchers {
                interest.watchers = watchers
                capacity = watchers.capacity
            }
            if interest.log == nil, let log = other.log {
                interest.log = log
                logOverran = count > 0
            }
        }

        var count: Int { changes.count + uncounted }
        var isKept: Bool { uncounted == 0 && (!logOverran || changes.count <= min(capacity, 1) || areFewEnough) }
        private var areFewEnough: Bool {
            changes.count <= capacity && logByteCount + changes.count * ChangeRecorder.changeByteCount <= ChangeRecorder.byteCapacity
        }

        mutating func grow(by byteCount: Int) {
            logByteCount += byteCount
            if let log = interest.log, logByteCount > log.maximumByteCount { logOverran = true }
            if !isKept { forget() }
        }

        mutating func forget() {
            uncounted += changes.count
            changes = []
            positions = [:]
        }
    }

    private var tables: [String: Table] = [:]

    private func update(_ id: String, _ interest: Interest, _ body: (inout Table) -> Void) {
        tables[id, default: Table(interest)].merge(interest)
        body(&tables[id, default: Table(interest)])
    }

    /// Notes that a document was written; nil stands for none.
    func record(_ key: [UInt8], from old: [UInt8]?, to new: [UInt8]?, ofTable id: String, _ interest: Interest) {
        guard old != new else { return }
        update(id, interest) { table in
            if let position = table.positions[key] {
                // Nobody has seen what was in between.
                let before = table.changes[position]
                let change = DocumentChange(key: key, oldBytes: before.oldBytes, newBytes: new)
                table.changes[position] = change
                table.grow(by: change.byteCount - before.byteCount)
            } else if !table.isKept {
                table.uncounted += 1
            } else {
                let change = DocumentChange(key: key, oldBytes: old, newBytes: new)
                table.positions[key] = table.changes.count
                table.changes.append(change)
                table.grow(by: LogRecord.byteCount(of: change))
            }
        }
    }

    /// Whether `count` more changes would be kept: if not, noting them one by one can be left out.
    func keeps(_ count: Int, ofTable id: String, _ interest: Interest) -> Bool {
        let table = tables[id] ?? Table(interest)
        return table.isKept && (!table.logOverran || table.count + count <= table.capacity)
    }

    /// Notes that `count` documents were written, more than any watcher keeps.
    func overrun(_ count: Int, ofTable id: String, _ interest: Interest) {
        update(id, interest) { table in
            table.logOverran = true
            table.forget()
            table.uncounted += count
        }
    }

    func end(_ event: WatchEvent, ofTable id: String, _ watchers: TableWatchers) {
        update(id, Interest(watchers: watchers)) { $0.endings.append(event) }
    }

    /// What is told beside changes, in no order of the tables; not that databases or tables change.
    var endings: [(event: WatchEvent, table: String)] {
        tables.flatMap { id, table in id == Watchers.metadata ? [] : table.endings.map { ($0, id) } }
    }

    /// Leaves out what ``endings`` has.
    func forgetEndings() {
        for id in tables.keys where id != Watchers.metadata { tables[id]?.endings = [] }
    }

    /// What goes into logs, in no order of the tables.
    func logged() -> [Logged] {
        tables.compactMap { id, table in
            guard let config = table.interest.log, table.count > 0 else { return nil }
            if table.logOverran { return Logged(table: id, config: config, changes: nil) }
            let changes = table.changes.filter(\.isChange)
            return changes.isEmpty ? nil : Logged(table: id, config: config, changes: changes)
        }
    }

    /// What each receiver is told. What goes to one receiver stands in the order of its sources.
    func deliveries(of commit: CommitNumber) -> [Watchers.Delivery] {
        var deliveries: [Watchers.Delivery] = []
        var endings: [Watchers.Delivery] = []
        for table in tables.values {
            guard let watchers = table.interest.watchers else { continue }
            if table.isRekeyed {
                // All documents went and came again, which is no change of any.
            } else if table.uncounted > 0 {
                // Which documents they were is not known any more.
                for registration in watchers.all {
                    if case .none = registration.keys { continue }
                    deliveries.append(Watchers.Delivery(registration: registration, event: .overran(table.count)))
                }
            } else {
                // A log may have had more kept than anybody takes.
                for (registration, changes) in watchers.told(table.changes.filter(\.isChange)) {
                    let event = changes.count > table.capacity ? WatchEvent.overran(changes.count) : .changed(changes, commit)
                    deliveries.append(Watchers.Delivery(registration: registration, event: event))
                }
            }
            guard !table.endings.isEmpty else { continue }
            let all = watchers.all
            for event in table.endings { endings += all.map { Watchers.Delivery(registration: $0, event: event) } }
        }
        deliveries.sort { $0.registration.source < $1.registration.source }
        return deliveries + endings
    }
}
