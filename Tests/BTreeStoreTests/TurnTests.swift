import Foundation
import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Who has the writer's turn next, where some want it for long.
@Suite(.timeLimit(.minutes(240))) struct TurnTests {
    /// The order in which those came who waited.
    private let order = Guarded<[String]>([])

    /// A thread that waits for the turn, notes that it has it, and ends it.
    private func waiter(_ turn: Turn, _ name: String, isLong: Bool) -> TestThread {
        TestThread {
            _ = turn.take(until: nil, isLong: isLong)
            order.withLock { $0.append(name) }
            turn.end()
        }
    }

    /// Has two wait, the long one first.
    private func twoWaiters(_ turn: Turn) -> [TestThread] {
        let long = waiter(turn, "long", isLong: true)
        while turn.longWaiterCount < 1 { sched_yield() }
        let short = waiter(turn, "short", isLong: false)
        while !turn.isWaitedFor { sched_yield() }
        return [long, short]
    }

    @Test func afterALongOneTheShortOnesComeFirst() throws {
        let turn = Turn()
        #expect(turn.take(until: nil, isLong: true))
        let waiters = twoWaiters(turn)
        turn.end()
        for waiter in waiters { try waiter.join() }
        #expect(order.withLock { $0 } == ["short", "long"])
        #expect(!turn.isTaken)
    }

    /// Even if a short one waits all the time.
    @Test func aLongOneHasItsTurnWhenTheOthersHaveHadAsMuch() throws {
        let turn = Turn()
        let begin = ContinuousClock.now
        #expect(turn.take(until: nil, isLong: true))
        turn.end()
        let end = ContinuousClock.now
        turn.take()
        let waiters = twoWaiters(turn)
        while ContinuousClock.now - end <= end - begin { sched_yield() }
        turn.end()
        for waiter in waiters { try waiter.join() }
        #expect(order.withLock { $0 } == ["long", "short"])
    }

    /// A client that sends its next request when it has the answer to the last finds nobody in its way.
    @Test func betweenShortOnesWhoWaitedNobodyHasItForLong() throws {
        let turn = Turn(quietTime: .seconds(3600))
        let begin = ContinuousClock.now
        #expect(turn.take(until: nil, isLong: true))
        let waiters = twoWaiters(turn)
        while ContinuousClock.now - begin < .milliseconds(20) { sched_yield() }
        let end = ContinuousClock.now
        turn.end()
        try waiters[1].join()
        try waiters[0].join()
        #expect(ContinuousClock.now - end >= .milliseconds(20))
        #expect(order.withLock { $0 } == ["short", "long"])
    }

    @Test func itIsWantedBackFromALongOneByAShortOne() throws {
        let turn = Turn()
        #expect(turn.take(until: nil, isLong: true))
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .milliseconds(5) { sched_yield() }
        #expect(!turn.isWantedBack)
        let long = waiter(turn, "long", isLong: true)
        while turn.longWaiterCount < 1 { sched_yield() }
        #expect(!turn.isWantedBack)
        let short = waiter(turn, "short", isLong: false)
        while !turn.isWaitedFor { sched_yield() }
        #expect(turn.isWantedBack)
        turn.end()
        try long.join()
        try short.join()
        // Nothing is asked of who has it for a moment.
        turn.take()
        let another = waiter(turn, "short", isLong: false)
        while !turn.isWaitedFor { sched_yield() }
        #expect(!turn.isWantedBack)
        turn.end()
        try another.join()
    }

    /// What a flush does between its slices: it waits for nobody who takes long.
    @Test func itIsPassedToShortOnesOnly() throws {
        let turn = Turn()
        turn.take()
        let long = waiter(turn, "long", isLong: true)
        while turn.longWaiterCount < 1 { sched_yield() }
        turn.pass()
        #expect(order.withLock { $0 } == [])
        let short = waiter(turn, "short", isLong: false)
        while !turn.isWaitedFor { sched_yield() }
        turn.pass()
        #expect(order.withLock { $0.first } == "short")
        turn.end()
        try long.join()
        try short.join()
    }

    /// Who writes little several times in a row is not kept from the next time by who writes for long.
    @Test func nobodyHasItForLongBetweenThoseThatWereAnnounced() throws {
        let turn = Turn()
        // From then on those who want it for a moment go first, for as long as this takes.
        #expect(turn.take(until: nil, isLong: true))
        Thread.sleep(forTimeInterval: 1)
        turn.announce()
        turn.end()
        let long = waiter(turn, "long", isLong: true)
        while turn.longWaiterCount < 1 { sched_yield() }
        let begin = ContinuousClock.now
        for _ in 0..<100 {
            turn.take()
            order.withLock { $0.append("short") }
            turn.end()
            // Time enough for who sleeps to wake up.
            Thread.sleep(forTimeInterval: 0.0002)
        }
        // A machine that stood still meanwhile says nothing.
        if ContinuousClock.now - begin < .milliseconds(500) { #expect(order.withLock { $0 } == Array(repeating: "short", count: 100)) }
        turn.retract()
        try long.join()
        #expect(order.withLock { $0.last } == "long")
    }

    /// What others wait for comes even before who has waited for long.
    @Test func whatIsOwedComesFirst() throws {
        let turn = Turn()
        turn.announce(isOwed: true)
        let long = waiter(turn, "long", isLong: true)
        while turn.longWaiterCount < 1 { sched_yield() }
        for number in 0..<100 {
            turn.take()
            order.withLock { $0.append("\(number)") }
            turn.end()
            Thread.sleep(forTimeInterval: 0.0002)
        }
        #expect(order.withLock { $0.count } == 100)
        turn.retract(isOwed: true)
        try long.join()
        #expect(order.withLock { $0.last } == "long")
    }

    @Test func aLongWaitHasAnEnd() {
        let turn = Turn()
        turn.take()
        #expect(!turn.take(until: .now + .milliseconds(5), isLong: true))
        turn.end()
        #expect(turn.take(until: .now, isLong: true))
        turn.end()
        #expect(!turn.isTaken)
    }

    /// Some lend it while those wait who want it for long.
    @Test func itIsGivenUpForALongOne() {
        let turn = Turn()
        turn.take()
        let lent = turn.lend(for: .milliseconds(1)) { turn.end() }
        #expect(turn.take(until: nil, isLong: true))
        #expect(!turn.reclaim(lent))
        turn.end()
    }

    /// Nobody has it twice, nobody waits for ever, and whose time is over goes without it.
    @Test func manyOfBothKinds() throws {
        let turn = Turn()
        let holders = Guarded((now: 0, most: 0, all: 0))
        try onThreads(8) { number in
            for round in 0..<500 {
                let deadline = round % 7 == 0 ? ContinuousClock.now + .microseconds(30) : nil
                guard turn.take(until: deadline, isLong: number < 4) else { continue }
                holders.withLock { holders in
                    holders.now += 1
                    holders.all += 1
                    holders.most = max(holders.most, holders.now)
                }
                holders.withLock { $0.now -= 1 }
                if round % 50 == 0 { turn.pass() }
                turn.end()
            }
        }
        #expect(holders.withLock { $0.most } == 1)
        #expect(holders.withLock { $0.all } >= 8 * 428)
        #expect(!turn.isTaken)
    }
}
