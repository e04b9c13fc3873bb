import Catalog
import Ground
import ReQLish
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// Advisory locks: who gets them, in which order, and what becomes of those who wait for each other.
@Suite(.ownThreads) struct AdvisoryLockTests {
    private func lock(_ key: Int64, isShared: Bool = false) -> AdvisoryLock {
        AdvisoryLock(database: "d", key: key, isPair: false, isShared: isShared)
    }

    private func request(_ key: Int64, _ holder: Int32, isShared: Bool = false) -> LockRequest {
        LockRequest(lock(key, isShared: isShared), by: .session(holder), isOfTransaction: false)
    }

    private func isGranted(_ request: LockRequest) -> Bool { request.wait(until: .now) }

    @Test func whoCameFirstIsFirst() throws {
        var locks = AdvisoryLocks()
        #expect(try locks.take(lock(1), by: .session(1), isOfTransaction: false) == .taken)
        let requests = [request(1, 2), request(1, 3, isShared: true), request(1, 4, isShared: true), request(1, 5)]
        for request in requests { locks.await(request) }
        #expect(!requests.contains(where: isGranted))
        // Who comes now would pass others over.
        #expect(try locks.take(lock(1, isShared: true), by: .session(6), isOfTransaction: false) == .isOthers)
        var isReleased = locks.release(lock(1), by: .session(1), isOfTransaction: false)
        #expect(isReleased)
        #expect(requests.map(isGranted) == [true, false, false, false])
        isReleased = locks.release(lock(1), by: .session(2), isOfTransaction: false)
        #expect(isReleased)
        #expect(requests.map(isGranted) == [true, true, true, false])
        locks.releaseAll(of: .session(3))
        #expect(!isGranted(requests[3]))
        locks.releaseAll(of: .session(4))
        #expect(isGranted(requests[3]))
        locks.releaseAll(of: .session(5))
        #expect(locks.held.isEmpty && locks.awaited.isEmpty)
    }

    @Test func whoGivesUpHoldsNothing() throws {
        var locks = AdvisoryLocks()
        #expect(try locks.take(lock(1, isShared: true), by: .session(1), isOfTransaction: false) == .taken)
        let (writer, reader) = (request(1, 2), request(1, 3, isShared: true))
        locks.await(writer)
        locks.await(reader)
        #expect(!isGranted(reader))
        locks.withdraw(writer)
        #expect(isGranted(reader) && !isGranted(writer))
        // It was granted while it gave up.
        locks.withdraw(reader)
        #expect(locks.held.count == 1 && locks.awaited.isEmpty)
        // Who has it for reading, and wants it alone, waits for the other readers alone.
        #expect(try locks.take(lock(1, isShared: true), by: .session(4), isOfTransaction: false) == .taken)
        let (stranger, owner) = (request(1, 5), request(1, 1))
        locks.await(stranger)
        locks.await(owner)
        locks.releaseAll(of: .session(4))
        #expect(isGranted(owner) && !isGranted(stranger))
    }

    @Test func circlesAreFound() throws {
        var locks = AdvisoryLocks()
        for number in 1...3 { #expect(try locks.take(lock(Int64(number)), by: .session(Int32(number)), isOfTransaction: false) == .taken) }
        let (one, two, three) = (request(2, 1), request(3, 2), request(1, 3))
        locks.await(one)
        locks.await(two)
        #expect(!locks.isCircle(one, []) && !locks.isCircle(two, []))
        // The third one waits for a row of the first one's.
        #expect(locks.isCircle(one, [(.session(3), .session(1))]))
        locks.await(three)
        #expect(locks.isCircle(one, []) && locks.isCircle(three, []))
    }

    private func connections(_ count: Int) throws -> (TestSession, [OneAtATime<SQLConnection>]) {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 2)")
        return (
            session,
            try (0..<count).map { _ in
                let connection = try SQLConnection(session.pando, user: nil, database: "shop")
                _ = connection.number
                return OneAtATime(value: connection)
            }
        )
    }

    /// Waits until so many wait for a lock.
    private func until(_ count: Int, wait session: TestSession) throws {
        while try session.rows("SELECT count(*) FROM pg_locks WHERE NOT granted") != ["\(count)"] { SystemThread.yield() }
    }

    @Test func twoWhoWaitForEachOtherDontWaitForever() throws {
        let (session, connections) = try connections(2)
        for (index, one) in connections.enumerated() { #expect(try one.value.rows("SELECT pg_advisory_lock(\(index))") == [""]) }
        let state = Mutex("")
        /// Who is refused lets go of its own lock.
        @Sendable func wait(_ connection: SQLConnection, having own: Int, for other: Int) -> String {
            let answer = connection.state("SELECT pg_advisory_lock(\(other))") ?? ""
            if answer != "" { #expect((try? connection.rows("SELECT pg_advisory_unlock(\(own))")) == ["t"]) }
            return answer
        }
        let thread = TestThread {
            let answer = wait(connections[0].value, having: 0, for: 1)
            state.withLock { $0 = answer }
        }
        try until(1, wait: session)
        let answer = wait(connections[1].value, having: 1, for: 0)
        try thread.join()
        // Mostly it is who has closed the circle.
        #expect([answer, state.withLock { $0 }].sorted() == ["", "40P01"])
        #expect(try session.rows("SELECT count(*) FROM pg_locks") == ["2"])
    }

    /// One waits for a lock, the other for a row: the circle closes after the first one has begun to wait.
    @Test func circlesOfLocksAndRowsEnd() throws {
        let (session, connections) = try connections(2)
        let (one, other) = (connections[0], connections[1])
        _ = try one.value.rows("BEGIN; UPDATE t SET a = 5 WHERE id = 1")
        one.value.awaitClient()
        _ = try other.value.rows("SELECT pg_advisory_lock(7)")
        let state = Mutex("")
        let thread = TestThread {
            let answer = one.value.state("SELECT pg_advisory_lock(7)") ?? ""
            one.value.awaitClient()
            state.withLock { $0 = answer }
            _ = one.value.state("ROLLBACK")
        }
        try until(1, wait: session)
        #expect(other.value.state("UPDATE t SET a = 6 WHERE id = 1") == nil)
        try thread.join()
        #expect(state.withLock { $0 } == "40P01")
        #expect(try session.rows("SELECT a FROM t WHERE id = 1") == ["6"])
    }

    @Test func whatATransactionHasIsTakenOnce() throws {
        let (session, connections) = try connections(1)
        let one = connections[0].value
        _ = try one.rows("BEGIN; SELECT count(pg_advisory_xact_lock(5)) FROM generate_series(1, 1000); SAVEPOINT s")
        #expect(one.session.transactionLocks.count == 1)
        _ = try one.rows("SELECT pg_advisory_xact_lock(5), pg_advisory_xact_lock(6); ROLLBACK TO s")
        #expect(try session.rows("SELECT objid FROM pg_locks") == ["5"])
        _ = try one.rows("SELECT count(pg_advisory_lock(5)) FROM generate_series(1, 1000)")
        #expect(one.session.statementLocks.count == 1)
        #expect(try one.rows("COMMIT; SELECT count(*) FROM generate_series(1, 1001) WHERE pg_advisory_unlock(5)") == ["1000"])
        #expect(try session.rows("SELECT count(*) FROM pg_locks") == ["0"])
    }

    /// A statement that begins anew has not taken what it takes twice.
    @Test func aStatementThatBeginsAnewLocksOnce() throws {
        let (session, connections) = try connections(2)
        let (one, other) = (connections[0], connections[1])
        _ = try one.value.rows("LISTEN c; BEGIN; UPDATE t SET a = 5 WHERE id = 1")
        one.value.awaitClient()
        let thread = TestThread {
            let rows = try? other.value.rows(
                """
                UPDATE t SET a = a + 1 WHERE pg_try_advisory_lock(id) AND pg_try_advisory_xact_lock(id + 10)
                  AND pg_notify('c', a::text) IS NOT NULL RETURNING a
                """)
            #expect(rows == ["6", "3"])
        }
        while session.pando.catalog.openTransactions.waitingCount == 0 { SystemThread.yield() }
        #expect(try session.rows("SELECT count(*) FROM pg_locks") == ["0"])
        _ = try one.value.rows("COMMIT")
        one.value.awaitClient()
        try thread.join()
        #expect(one.value.takeNotifications().map(\.payload).sorted() == ["2", "5"])
        #expect(try other.value.rows("SELECT pg_advisory_unlock(1), pg_advisory_unlock(1), pg_advisory_unlock(2)") == ["t|f|t"])
        #expect(try session.rows("SELECT count(*) FROM pg_locks") == ["0"])
    }

    @Test func temporaryRowsOfAStatementThatBeginsAnewAreThereOnce() throws {
        let (session, connections) = try connections(2)
        let (one, other) = (connections[0], connections[1])
        _ = try one.value.rows("BEGIN; UPDATE t SET a = 5 WHERE id = 2")
        one.value.awaitClient()
        _ = try other.value.rows("CREATE TEMP TABLE own (a int); BEGIN; INSERT INTO own VALUES (0)")
        other.value.awaitClient()
        let thread = TestThread {
            let rows = try? other.value.rows(
                """
                WITH changed AS (UPDATE t SET a = a + 1 WHERE id = 1 RETURNING a), kept AS (INSERT INTO own SELECT a FROM changed)
                UPDATE t SET a = a + 1 WHERE id = 2 RETURNING a
                """)
            #expect(rows == ["6"])
        }
        while session.pando.catalog.openTransactions.waitingCount == 0 { SystemThread.yield() }
        _ = try one.value.rows("COMMIT")
        one.value.awaitClient()
        try thread.join()
        #expect(try other.value.rows("SELECT a FROM own ORDER BY a") == ["0", "2"])
        _ = try other.value.rows("COMMIT")
    }

    // MARK: NOTIFY

    @Test func notificationsComeInTheOrderOfCommits() throws {
        var order = NotificationOrder()
        func notification(_ payload: String) -> SessionNotification {
            SessionNotification(number: 1, database: "d", channel: "c", payload: payload)
        }
        let places = (0..<4).map { _ in order.takePlace() }
        #expect(order.end(places[1], [notification("b")]).isEmpty)
        #expect(order.end(places[3], [notification("d")]).isEmpty)
        #expect(order.end(places[0], [notification("a")]).map(\.payload) == ["a", "b"])
        // One that was rolled back keeps nobody waiting.
        #expect(order.end(places[2], []).map(\.payload) == ["d"])
    }

    /// Who was committed after a transaction that listens is heard, however long that one takes to end.
    @Test func whoListensHearsAllThatCommitLater() throws {
        let (session, connections) = try connections(2)
        let (one, other) = (connections[0].value, connections[1])
        let sessions = ServerSessions.of(session.pando.catalog)
        for (text, rounds) in [("BEGIN; LISTEN c; UPDATE t SET a = 5 WHERE id = 1", 1), ("BEGIN; LISTEN c", 0)] {
            let before = sessions.takeNotificationPlace()
            sessions.deliver([], at: before)
            _ = try one.rows(text)
            one.awaitClient()
            let thread = TestThread {
                #expect((try? other.value.rows("UPDATE t SET a = a + 1 WHERE id = 1 RETURNING pg_notify('c', 'x')")) == [""])
            }
            while session.pando.catalog.openTransactions.waitingCount < rounds { SystemThread.yield() }
            _ = try one.rows("COMMIT")
            try thread.join()
            if rounds > 0 { #expect(one.takeNotifications().map(\.payload) == ["x"]) }
            let behind = sessions.takeNotificationPlace()
            sessions.deliver([], at: behind)
            // The block had a place, and who sent had one.
            #expect(behind == before + 3)
            _ = try one.rows("UNLISTEN *")
            _ = one.takeNotifications()
        }
    }

    @Test func nobodySendsMoreThanSomebodyTakes() throws {
        let (session, connections) = try connections(2)
        let (listener, sender) = (connections[0].value, connections[1].value)
        _ = try listener.rows("LISTEN c")
        let text = "SELECT count(pg_notify('c', repeat('x', 7990) || g)) FROM generate_series(1, 1500) g"
        #expect(try sender.rows(text) == ["1500"])
        #expect(sender.state(text) == "54000")
        #expect(sender.state("SELECT count(pg_notify('d', repeat('x', 7990) || g)) FROM generate_series(1, 3000) g") == "54000")
        // Nobody listens.
        #expect(try sender.rows("SELECT count(pg_notify('d', repeat('x', 7990) || g)) FROM generate_series(1, 1500) g") == ["1500"])
        #expect(listener.takeNotifications().count == 1500)
        #expect(try sender.rows(text) == ["1500"])
        #expect(try session.rows("SELECT 1") == ["1"])
    }
}
