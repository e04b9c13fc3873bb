import Catalog
import ReQLish
import Synchronization

/// The sessions of a file that are open in this process: what tells them apart, what others see of them, and how NOTIFY reaches them.
package final class ServerSessions: Sendable {
    /// A session as others see it.
    package struct Member: Sendable {
        let number: Int32
        let user: String
        let client: QueryClient?
        var database: String
        var applicationName = ""
        /// Microseconds from 2000-01-01 in UTC.
        let start: Int64
        /// When its last statement began, or it came.
        var lastUse: Int64 { max(start, activity.shown.start) }
        let activity: SessionActivity
        let canceller: StatementCanceller
        let mailbox: Mailbox
    }

    private struct Members: Sendable {
        var byNumber: [Int32: Member] = [:]
        var lastNumber: Int32 = 0
        var locks = AdvisoryLocks()
        /// The last hidden keys of tables without a primary key, by their ids.
        var rowNumbers: [String: Int] = [:]
        var transactions = TransactionNumbers()
        /// When databases were used last by sessions that are not in them any more.
        var lastUses: [String: Int64] = [:]

        mutating func leave(_ member: Member) {
            lastUses[member.database] = max(member.lastUse, lastUses[member.database] ?? .min)
        }
    }

    private let members = Mutex(Members())
    private let notificationOrder = Mutex(NotificationOrder())
    private let start = Session.now()

    /// Those of an opened file.
    static func of(_ catalog: Catalog) -> ServerSessions { catalog.companion { ServerSessions() } }

    /// When the first session was opened.
    var startTime: Int64 { start }

    /// Shows the statements that run among the jobs of the server.
    func show(in server: ServerState) {
        server.showStatements { [weak self] in
            let now = Session.now()
            return (self?.all ?? []).compactMap { member -> StatementJob? in
                let shown = member.activity.shown
                guard shown.isRunning else { return nil }
                return StatementJob(
                    id: "sql-\(member.number)-\(shown.start)", user: member.user, text: shown.statement,
                    seconds: Double(now - shown.start) / 1e6
                ) { [canceller = member.canceller] in canceller.cancel() }
            }
        }
    }

    /// A hidden key that nobody else has, committed or not.
    func takeRowNumber(of table: String, above committed: Int) -> Int { takeRowNumbers(1, of: table, above: committed) }

    /// The hidden key behind the one that was given last; nil if none was.
    func takeNextRowNumber(of table: String) -> Int? {
        members.withLock { members in
            guard let last = members.rowNumbers[table] else { return nil }
            members.rowNumbers[table] = last + 1
            return last + 1
        }
    }

    /// So many hidden keys, one after the other. Returns the first.
    func takeRowNumbers(_ count: Int, of table: String, above committed: Int) -> Int {
        members.withLock { members in
            let first = max(members.rowNumbers[table] ?? 0, committed) + 1
            members.rowNumbers[table] = first + count - 1
            return first
        }
    }

    /// Hidden keys that were taken last and are nobody's.
    func giveBack(_ numbers: Range<Int>, of table: String) {
        members.withLock { members in
            if members.rowNumbers[table] == numbers.upperBound - 1 { members.rowNumbers[table] = numbers.lowerBound - 1 }
        }
    }

    // MARK: Members

    func add(
        user: String, database: String, _ client: QueryClient?, _ activity: SessionActivity, _ canceller: StatementCanceller,
        _ mailbox: Mailbox
    ) -> Int32 {
        members.withLock { members in
            repeat {
                members.lastNumber = members.lastNumber == .max ? 1 : members.lastNumber + 1
            } while members.byNumber[members.lastNumber] != nil
            let number = members.lastNumber
            members.byNumber[number] = Member(
                number: number, user: user, client: client, database: database, start: Session.now(), activity: activity,
                canceller: canceller, mailbox: mailbox)
            return number
        }
    }

    func remove(_ number: Int32) {
        members.withLock { members in
            if let member = members.byNumber.removeValue(forKey: number) { members.leave(member) }
            members.transactions.byMember[number] = nil
            members.locks.releaseAll(of: .session(number))
        }
    }

    func change(_ number: Int32, _ body: (inout Member) -> Void) {
        members.withLock { members in
            guard let place = members.byNumber.index(forKey: number) else { return }
            body(&members.byNumber.values[place])
        }
    }

    /// The session goes on in another database.
    func move(_ number: Int32, to database: String) {
        members.withLock { members in
            guard let place = members.byNumber.index(forKey: number) else { return }
            members.leave(members.byNumber.values[place])
            members.byNumber.values[place].database = database
        }
    }

    /// When a session in a database last began a statement, as far as the process knows.
    func lastUse(of database: String) -> Int64? {
        members.withLock { members in
            let here = members.byNumber.values.filter { $0.database == database }.map(\.lastUse).max()
            return [here, members.lastUses[database]].compactMap { $0 }.max()
        }
    }

    /// By their numbers.
    var all: [Member] { members.withLock { $0.byNumber.values.sorted { $0.number < $1.number } } }

    func count(in database: String, besides number: Int32) -> Int {
        members.withLock { $0.byNumber.values.count { $0.database == database && $0.number != number } }
    }

    /// Stops the statement of a session, or all of it.
    /// - Returns: whether there is such a session.
    func stop(_ number: Int32, forGood: Bool) -> Bool {
        guard let member = members.withLock({ $0.byNumber[number] }) else { return false }
        if forGood { member.mailbox.end() }
        member.canceller.cancel()
        return true
    }

    // MARK: Numbers of transactions

    /// The numbers that transactions have asked for, by `txid_current` and its kin: the commits of the file are counted, and who has no
    /// number yet gets one behind all of these.
    private struct TransactionNumbers: Sendable {
        private static let limit = 1000

        var last: UInt64 = 0
        /// Of transactions that go on, by the numbers of their sessions.
        var byMember: [Int32: UInt64] = [:]
        /// Of those that ended last, with the file's last commit when they had ended: states before don't have what they wrote.
        private(set) var ended: [(number: UInt64, commit: UInt64, isCommitted: Bool)] = []

        mutating func end(_ member: Int32, at commit: UInt64, isCommitted: Bool) {
            guard let number = byMember.removeValue(forKey: member) else { return }
            if ended.count >= Self.limit { ended.removeFirst(ended.count / 2) }
            ended.append((number, commit, isCommitted))
        }
    }

    /// The number of a session's transaction; nil if it hasn't asked for one.
    func knownTransactionNumber(of member: Int32) -> UInt64? { members.withLock { $0.transactions.byMember[member] } }

    /// The number of a session's transaction, which is given one behind the last commit.
    func transactionNumber(of member: Int32, above committed: UInt64) -> UInt64 {
        members.withLock { members in
            if let known = members.transactions.byMember[member] { return known }
            members.transactions.last = max(members.transactions.last, committed) + 1
            members.transactions.byMember[member] = members.transactions.last
            return members.transactions.last
        }
    }

    /// - Parameter committed: the file's last commit.
    func endTransaction(of member: Int32, at committed: UInt64, isCommitted: Bool) {
        members.withLock { $0.transactions.end(member, at: committed, isCommitted: isCommitted) }
    }

    /// Whether a transaction that has ended was committed; nil if that isn't known any more, or it had no number.
    func wasCommitted(transaction number: UInt64) -> Bool? {
        members.withLock { $0.transactions.ended.last { $0.number == number }?.isCommitted }
    }

    /// What `pg_current_snapshot` tells of the state that a commit has left.
    func transactionSnapshot(at committed: UInt64) -> TransactionSnapshot {
        members.withLock { members in
            let next = max(members.transactions.last, committed) + 1
            let later = members.transactions.ended.filter { $0.commit > committed }.map(\.number)
            let running = Set(Array(members.transactions.byMember.values) + later).sorted()
            return TransactionSnapshot(first: running.first ?? next, next: next, running: running)
        }
    }

    // MARK: Notifications

    /// A place in the order of notifications, for a transaction that is about to be committed: with the writer's turn if it writes.
    func takeNotificationPlace() -> UInt64 { notificationOrder.withLock { $0.takePlace() } }

    /// - Parameters:
    ///   - notifications: none if the transaction was rolled back.
    ///   - place: nil: they are told at once.
    func deliver(_ notifications: [SessionNotification], at place: UInt64? = nil) {
        notificationOrder.withLock { order in
            let told = place.map { order.end($0, notifications) } ?? notifications
            guard !told.isEmpty else { return }
            let members = members.withLock { Array($0.byNumber.values) }
            for (database, told) in Dictionary(grouping: told, by: \.database) {
                for member in members where member.database == database { member.mailbox.put(told) }
            }
        }
    }

    /// Throws `54000` if somebody who listens has not taken what was sent before.
    func requireRoom(for notifications: PendingNotifications, in database: String) throws(SQLError) {
        let boxes = members.withLock { $0.byNumber.values.filter { $0.database == database }.map(\.mailbox) }
        if boxes.contains(where: { !$0.hasRoom(for: notifications) }) { throw Mailbox.full }
    }

    // MARK: Advisory locks

    func tryLock(_ lock: AdvisoryLock, by holder: LockHolder, isOfTransaction: Bool) throws(SQLError) -> AdvisoryLocks.Taking {
        try members.withLock { (members) throws(SQLError) in try members.locks.take(lock, by: holder, isOfTransaction: isOfTransaction) }
    }

    func await(_ request: LockRequest) { members.withLock { $0.locks.await(request) } }
    func withdraw(_ request: LockRequest) { members.withLock { $0.locks.withdraw(request) } }

    func unlock(_ lock: AdvisoryLock, by holder: LockHolder, isOfTransaction: Bool) -> Bool {
        members.withLock { $0.locks.release(lock, by: holder, isOfTransaction: isOfTransaction) }
    }

    func unlockAll(of holder: LockHolder) { members.withLock { $0.locks.releaseAll(of: holder) } }

    /// Whether who waits for a lock waits for itself: by advisory locks, and by what transactions have written.
    func isCircle(_ request: LockRequest, _ catalog: Catalog) -> Bool {
        let others = catalog.openTransactions.waits.map { wait in
            (waiter: Self.holder(wait.waiter), blocker: Self.holder(wait.blocker))
        }
        return members.withLock { $0.locks.isCircle(request, others) }
    }

    private static func holder(_ user: OpenTransactions.User) -> LockHolder {
        switch user {
        case .session(let number): .session(number)
        case .transaction(let number): .transaction(number)
        }
    }

    /// The locks that are held, and by whom, and those that are waited for.
    var locks: AdvisoryLocks { members.withLock { $0.locks } }
}

extension Session {
    /// - Throws: `0A000` where other processes serve the same database beside this one, and would not know what this one has in memory.
    func requireNoOthers(_ what: String) throws(SQLError) {
        guard catalog.writesBesideOthers else { return }
        throw SQLError(
            .featureNotSupported, "\(what) is not supported where several processes serve the database: the others would know nothing of it"
        )
    }

    func requireOwnMemory(_ function: String, of sequence: SequenceRelation) throws(SQLError) {
        if !sequence.isTemporary { try requireNoOthers(function) }
    }
}

/// What NOTIFY sends.
package struct SessionNotification: Sendable, Hashable {
    package let number: Int32
    let database: String
    package let channel: String
    package let payload: String
    /// The id of the table whose change it tells.
    var table: String?

    /// Bytes that a payload must be below.
    static let payloadLimit = 8000

    var byteCount: Int { channel.utf8.count + payload.utf8.count + 100 }
}

/// Notifications that wait for a session. Filled from any thread.
package final class Mailbox: Sendable {
    private struct Content: Sendable {
        var channels: Set<String> = []
        var waiting: [SessionNotification] = []
        var byteCount = 0
        var hasEnded = false
        var wake: (@Sendable () -> Void)?
    }

    private let content = Mutex(Content())

    /// - Parameter wake: called when something has come.
    package func whenFilled(_ wake: @escaping @Sendable () -> Void) { content.withLock { $0.wake = wake } }

    package var isEmpty: Bool { content.withLock { $0.waiting.isEmpty && !$0.hasEnded } }
    /// Whether somebody has ended the session.
    package var hasEnded: Bool { content.withLock { $0.hasEnded } }

    package func take() -> [SessionNotification] {
        content.withLock { content in
            defer { (content.waiting, content.byteCount) = ([], 0) }
            return content.waiting
        }
    }

    var channels: [String] { content.withLock { $0.channels.sorted() } }
    func listen(_ channel: String) { _ = content.withLock { $0.channels.insert(channel) } }
    func unlisten(_ channel: String?) {
        content.withLock { content in
            if let channel { content.channels.remove(channel) } else { content.channels = [] }
        }
    }

    func put(_ notifications: [SessionNotification]) {
        let wake = content.withLock { content -> (@Sendable () -> Void)? in
            let wanted = notifications.filter { content.channels.contains($0.channel) }
            guard !wanted.isEmpty else { return nil }
            content.waiting += wanted
            for notification in wanted { content.byteCount += notification.byteCount }
            return content.wake
        }
        wake?()
    }

    /// Whether what the session has not taken, and this as well, is not too much. Who sends hears of it: nothing is lost.
    func hasRoom(for notifications: PendingNotifications) -> Bool {
        content.withLock { content in
            guard content.byteCount + notifications.byteCount > Self.byteLimit else { return true }
            return !notifications.list.contains { content.channels.contains($0.channel) }
        }
    }

    static let full = SQLError(
        SQLState(rawValue: "54000"), "too many notifications in the NOTIFY queue",
        hint: "A session that listens does not take what was sent to it, or the transaction sends very much.")

    /// How much of NOTIFY waits for a session at most, and in a transaction.
    static let byteLimit = 16 << 20

    /// Puts what a table's change is told by, whatever channels there are.
    /// - Returns: false if too much waits already; then nothing is put.
    func putUnlessFull(_ notifications: [SessionNotification]) -> Bool {
        let (isTaken, wake) = content.withLock { content -> (Bool, (@Sendable () -> Void)?) in
            guard content.waiting.count + notifications.count <= Self.limit else { return (false, nil) }
            content.waiting += notifications
            return (true, content.wake)
        }
        wake?()
        return isTaken
    }

    /// How many changes of tables wait for a session at most.
    private static let limit = 10_000

    func end() {
        let wake = content.withLock { content in
            content.hasEnded = true
            return content.wake
        }
        wake?()
    }
}
