/// What NOTIFY of a transaction has said, in order, each once: to look for one takes as long however many there are.
struct PendingNotifications {
    private(set) var list: [SessionNotification] = []
    private var all: Set<SessionNotification> = []

    var count: Int { list.count }
    var isEmpty: Bool { list.isEmpty }

    mutating func append(_ notification: SessionNotification) {
        if all.insert(notification).inserted { list.append(notification) }
    }

    /// Forgets those behind the first `count`.
    mutating func removeAll(behind count: Int) {
        for notification in list[count...] { all.remove(notification) }
        list.removeSubrange(count...)
    }
}
