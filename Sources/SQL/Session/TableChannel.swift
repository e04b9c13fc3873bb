import Catalog
import Ground
import ReQLish
import Synchronization

/// Tells a session of the changes of a table by whose name it listens: a notification for each document that a commit has changed.
final class TableChannel: ChangeReceiver {
    let capacity = 1000
    private let channel: String
    private let table: TableConfig
    private let mailbox: Mailbox
    /// Documents that changed while the mailbox was full.
    private let missed = Mutex(0)
    private let hasEnded = Atomic(false)
    /// Whether nothing is told any more, because other processes took this one for dead: what was missed then nobody knows.
    var isOver: Bool { hasEnded.load(ordering: .acquiring) }

    init(_ channel: String, _ table: TableConfig, _ mailbox: Mailbox) {
        self.channel = channel
        self.table = table
        self.mailbox = mailbox
    }

    func receive(_ event: WatchEvent, from source: Int) {
        switch event {
        case .changed(let changes, _): tell(changes.compactMap(payload), count: changes.count)
        case .overran(let count): tell([JSONText.text(["missed": Datum(count)])], count: count)
        case .tableDropped: tell([JSONText.text(["dropped": true])], count: 0)
        case .tableRekeyed: tell([JSONText.text(["rekeyed": true])], count: 0)
        case .closed:
            hasEnded.store(true, ordering: .releasing)
            tellEnd()
        case .indexDropped, .renewed, .metadataChanged: break
        }
    }

    /// Tells that nobody knows what was missed, however much else waits: it has the session watch anew.
    func tellEnd() { mailbox.put([notification(JSONText.text(["missed": .null]))]) }

    private func tell(_ payloads: [String], count: Int) {
        missed.withLock { missed in
            var payloads = payloads
            if missed > 0 { payloads.insert(JSONText.text(["missed": Datum(missed)]), at: 0) }
            missed = mailbox.putUnlessFull(payloads.map(notification)) ? 0 : missed + count
        }
    }

    private func notification(_ payload: String) -> SessionNotification {
        SessionNotification(number: 0, database: "", channel: channel, payload: payload, table: table.id)
    }

    /// The document before and after, as a feed tells it; its key alone where both are too long for a notification.
    private func payload(_ change: DocumentChange) -> String? {
        guard let old = try? change.old() ?? .null, let new = try? change.new() ?? .null else { return nil }
        let text = JSONText.text(["new_val": new, "old_val": old])
        if text.utf8.count < SessionNotification.payloadLimit { return text }
        let key = (new.kind == .null ? old : new)[field: table.primaryKey] ?? .null
        return JSONText.text(["key": key])
    }
}

extension Session {
    /// The table that a channel has the name of; nil if there is none, or the session may not read it.
    func listenedTable(_ channel: String) throws(SQLError) -> TableRelation? {
        let definitions = Definitions(self, try transaction.readState(isForTypes: true))
        let parts = channel.split(separator: ".", maxSplits: 1).map { Name(String($0), at: Position(0)) }
        guard !parts.isEmpty, case .table(let table)? = try definitions.relation(QualifiedName(parts)), !table.isTemporary,
            try definitions.may(.read, PermissionScope(table.config))
        else { return nil }
        return table
    }

    /// Begins to tell of the changes of the table that has the channel's name, if there is one and the session may read it.
    func watchTable(of channel: String) {
        if let known = channelWatches[channel], !known.receiver.isOver { return }
        channelWatches[channel] = nil
        do throws(SQLError) {
            guard let table = try listenedTable(channel) else { return }
            // Where somebody writes, it begins with the next transaction. Who only waits for a client gives the turn up.
            while !catalog.waitsForTurn(until: .now + .milliseconds(50)) { try checkStopped() }
            let receiver = TableChannel(channel, table.config, mailbox)
            do throws(CatalogError) {
                channelWatches[channel] = (try catalog.watch([WatchRequest(table.config, .documents(.all))], receiver).watch, receiver)
            } catch {
                throw SQLError(error)
            }
        } catch {
            notice("changes of table \"\(channel)\" are not told: \(error.message)", .warning)
        }
    }

    /// Watches what has ended anew. Whoever is told then that something was missed, and reads the table, misses nothing more. Not within a
    /// transaction, which may be what is waited for.
    func watchAnew(tells: Bool) {
        for (channel, known) in channelWatches where known.receiver.isOver {
            watchTable(of: channel)
            if tells { known.receiver.tellEnd() }
        }
    }

    /// The notifications that have come, without those of tables that the session may no longer read.
    func takeNotifications() -> [SessionNotification] {
        if !transaction.isBlock { watchAnew(tells: false) }
        let all = mailbox.take()
        guard all.contains(where: { $0.table != nil }) else { return all }
        guard let state = try? transaction.readState(isForTypes: true) else { return [] }
        let definitions = Definitions(self, state)
        var mayRead: [String: Bool] = [:]
        return all.filter { notification in
            guard let id = notification.table else { return true }
            if let known = mayRead[id] { return known }
            let table = try? definitions.table(id: id)
            let isAllowed = table.map { (try? definitions.may(.read, PermissionScope($0.config))) ?? false } ?? true
            mayRead[id] = isAllowed
            if !isAllowed { channelWatches[notification.channel] = nil }
            return isAllowed
        }
    }
}
