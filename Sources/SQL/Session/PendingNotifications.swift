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

/// What NOTIFY has said in a transaction of several requests, each with a session of its own, so far.
final class HandedNotifications {
    var byteCount = 0
}
