/// What NOTIFY of a transaction has said, in order, each once: to look for one takes as long however many there are.
struct PendingNotifications {
    private(set) var list: [SessionNotification] = []
    private var all: Set<SessionNotification> = []
    /// What they take in a mailbox.
    private(set) var byteCount = 0

    var count: Int { list.count }
    var isEmpty: Bool { list.isEmpty }

    mutating func append(_ notification: SessionNotification) {
        guard all.insert(notification).inserted else { return }
        list.append(notification)
        byteCount += notification.byteCount
    }

    /// Forgets those behind the first `count`.
    mutating func removeAll(behind count: Int) {
        for notification in list[count...] {
            all.remove(notification)
            byteCount -= notification.byteCount
        }
        list.removeSubrange(count...)
    }
}

/// The order in which notifications of committed transactions are told: that of the commits, however long each of them takes.
struct NotificationOrder: Sendable {
    private var last: UInt64 = 0
    /// The first place whose transaction has not ended.
    private var first: UInt64 = 1
    private var ended: [UInt64: [SessionNotification]] = [:]

    /// A place behind all others. It is to be ended.
    mutating func takePlace() -> UInt64 {
        last += 1
        return last
    }

    /// - Parameter notifications: none if the transaction was rolled back.
    /// - Returns: what is to be told now.
    mutating func end(_ place: UInt64, _ notifications: [SessionNotification]) -> [SessionNotification] {
        ended[place] = notifications
        var told: [SessionNotification] = []
        while let next = ended.removeValue(forKey: first) {
            told += next
            first += 1
        }
        return told
    }
}

/// What NOTIFY has said in a transaction of several requests, each with a session of its own.
final class HandedNotifications {
    private let sessions: ServerSessions
    private(set) var byteCount = 0
    /// Of how many it is not known whether they are told.
    private var openCount = 0
    private var told: [SessionNotification] = []
    private var toldTexts: Set<[String]> = []
    private var place: UInt64?

    init(_ sessions: ServerSessions) { self.sessions = sessions }

    func begin(_ notification: SessionNotification) {
        openCount += 1
        byteCount += notification.byteCount
    }

    /// Called where the transaction is committed, with the writer's turn if it writes.
    func takePlace() { if openCount > 0, place == nil { place = sessions.takeNotificationPlace() } }

    /// - Parameter isCommitted: false also if a savepoint takes it back.
    func end(_ notification: SessionNotification, isCommitted: Bool) {
        openCount -= 1
        byteCount -= notification.byteCount
        // As in a session, what is sent once more in a transaction is told once, though another request has sent it.
        if isCommitted, toldTexts.insert([notification.database, notification.channel, notification.payload]).inserted {
            told.append(notification)
        }
        guard openCount == 0, place != nil || !told.isEmpty else { return }
        sessions.deliver(told, at: place)
        (told, toldTexts, place) = ([], [], nil)
    }
}
