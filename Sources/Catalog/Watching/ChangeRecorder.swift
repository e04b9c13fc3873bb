/// What a transaction has done so far to tables that are watched.
final class ChangeRecorder {
    private struct Table {
        let watchers: TableWatchers
        let capacity: Int
        /// By the part of the tree key that stays, in the order of the first write.
        var positions: [[UInt8]: Int] = [:]
        var changes: [DocumentChange] = []
        /// Changes beyond what any receiver keeps; once there is one, single changes are no longer noted.
        var overrun = 0
        var endings: [WatchEvent] = []
    }

    private var tables: [String: Table] = [:]

    private func update(_ id: String, _ watchers: TableWatchers, _ body: (inout Table) -> Void) {
        body(&tables[id, default: Table(watchers: watchers, capacity: watchers.capacity)])
    }

    /// Notes that a document was written; nil stands for none.
    func record(_ key: [UInt8], from old: [UInt8]?, to new: [UInt8]?, ofTable id: String, _ watchers: TableWatchers) {
        guard old != new else { return }
        update(id, watchers) { table in
            if table.overrun > 0 {
                table.overrun += 1
            } else if let position = table.positions[key] {
                // Nobody has seen what was in between.
                table.changes[position] = DocumentChange(key: key, oldBytes: table.changes[position].oldBytes, newBytes: new)
            } else if table.changes.count >= table.capacity {
                table.overrun = table.changes.count + 1
                table.changes = []
                table.positions = [:]
            } else {
                table.positions[key] = table.changes.count
                table.changes.append(DocumentChange(key: key, oldBytes: old, newBytes: new))
            }
        }
    }

    /// Notes that so many documents were written, more than any receiver keeps.
    func overrun(_ count: Int, ofTable id: String, _ watchers: TableWatchers) {
        update(id, watchers) { table in
            table.overrun += table.changes.count + count
            table.changes = []
            table.positions = [:]
        }
    }

    func end(_ event: WatchEvent, ofTable id: String, _ watchers: TableWatchers) {
        update(id, watchers) { $0.endings.append(event) }
    }

    /// Who is told what.
    func deliveries() -> [Watchers.Delivery] {
        var deliveries: [Watchers.Delivery] = []
        for table in tables.values {
            let watchers = table.watchers
            func tell(_ event: WatchEvent, _ registration: WatchRegistration) {
                deliveries.append(Watchers.Delivery(registration: registration, event: event))
            }
            if table.overrun > 0 {
                for registration in watchers.all {
                    if case .none = registration.keys {} else { tell(.overran(table.overrun), registration) }
                }
            }
            let changes = table.changes.filter { $0.oldBytes != $0.newBytes }
            for registration in watchers.ranges {
                let watched = changes.allSatisfy { registration.watches($0.key) }
                let its = watched ? changes : changes.filter { registration.watches($0.key) }
                if !its.isEmpty { tell(.changed(its), registration) }
            }
            for change in changes {
                for registration in watchers.watchers(ofKey: change.key) { tell(.changed([change]), registration) }
            }
            for event in table.endings { for registration in watchers.all { tell(event, registration) } }
        }
        return deliveries
    }
}
