import Catalog
import Ground
import ReQLish

// Statements that wait for other transactions.
extension Session {
    /// Waits for a transaction that has locked what the statement wants: on this thread, or, where the owner of the session can be
    /// woken, by throwing, whereupon the statement is to be begun again when ``SQLConnection/isReady``.
    func wait(for blocker: OpenTransaction) throws(SQLError) {
        let begun = try transaction.wait(for: blocker, wake: wakeFromWait ?? {})
        wait = begun
        // It has given the turn up.
        turnLimit = nil
        let cancellation = canceller.begin()
        if let wakeFromWait {
            cancellation.onCancel(wakeFromWait)
            throw SessionTransaction.lockRefusal(isNoWait: false)
        }
        while try !isWaitOver() { begun.block(until: .now + .milliseconds(10)) }
    }

    /// Whether the transaction that the statement waits for has ended. Throws when it has waited long enough, and it waits no more.
    func isWaitOver() throws(SQLError) -> Bool {
        guard let wait else { return true }
        do throws(SQLError) {
            if !wait.isOver {
                try checkStopped()
                guard let lockDeadline, MonotonicTime.now >= lockDeadline else { return false }
                throw SessionTransaction.lockRefusal(isNoWait: false)
            }
        } catch {
            self.wait = nil
            transaction.giveUp(wait)
            throw error
        }
        self.wait = nil
        return true
    }

    /// When a statement that waits is to be begun again, although nothing has happened.
    var waitDeadline: MonotonicTime? { wait == nil ? nil : [deadline, lockDeadline].compactMap { $0 }.min() }

    /// Whether it is time to begin a statement again that waits.
    var isWaitReady: Bool {
        guard let wait else { return true }
        return wait.isOver || canceller.isCancelled || waitDeadline.map { $0 <= .now } ?? false
    }
}
