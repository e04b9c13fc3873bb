import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// The writer's turn of a holder who has no use for it for a while.
@Suite(.timeLimit(.minutes(240))) struct LentTurnTests {
    @Test func itIsTheHoldersWhileNobodyWaits() {
        let turn = Turn()
        turn.take()
        let calls = Guarded(0)
        let lent = turn.lend(for: .zero) { calls.withLock { $0 += 1 } }
        #expect(turn.isTaken)
        #expect(turn.reclaim(lent))
        #expect(!turn.reclaim(lent))
        #expect(calls.withLock { $0 } == 0)
        turn.end()
        #expect(!turn.isTaken)
    }

    @Test func whoWaitsHasItGivenUp() {
        let turn = Turn()
        turn.take()
        let lent = turn.lend(for: .milliseconds(1)) { turn.end() }
        turn.take()
        #expect(!turn.reclaim(lent))
        // Who has it now lends it too, and that is not the first one's.
        let others = turn.lend(for: .seconds(3600)) {}
        #expect(!turn.reclaim(lent))
        #expect(turn.reclaim(others))
        turn.end()
    }

    @Test func aLightHolderGivesItUpAtOnceUnlessItIsSpared() {
        let turn = Turn()
        turn.take()
        let lent = turn.lend(for: .seconds(3600), isLight: true) { turn.end() }
        #expect(!turn.take(until: .now + .milliseconds(5)))
        #expect(turn.take(until: nil, sparing: false))
        #expect(!turn.reclaim(lent))
        let heavy = turn.lend(for: .seconds(3600)) { turn.end() }
        #expect(!turn.take(until: .now + .milliseconds(5), sparing: false))
        #expect(turn.reclaim(heavy))
        // Who has it back is not asked any more.
        let again = turn.lend(for: .seconds(3600), isLight: true) { turn.end() }
        #expect(turn.reclaim(again))
        #expect(!turn.take(until: .now + .milliseconds(5), sparing: false))
        turn.end()
        #expect(!turn.isTaken)
    }

    /// Who sleeps when it is lent lightly wakes up for it.
    @Test func whoSleepsHasALightHolderGiveItUp() throws {
        let turn = Turn()
        turn.take()
        let hasIt = Monitored(false)
        let waiter = TestThread {
            _ = turn.take(until: nil, sparing: false)
            hasIt.update { $0 = true }
        }
        #expect(eventually { turn.isWaitedFor })
        _ = turn.lend(for: .seconds(3600), isLight: true) { turn.end() }
        hasIt.wait { $0 ? () : nil }
        try waiter.join()
        turn.end()
        #expect(!turn.isTaken)
    }

    @Test func aWaitHasAnEnd() {
        let turn = Turn()
        turn.take()
        #expect(!turn.take(until: .now + .milliseconds(5)))
        let lent = turn.lend(for: .seconds(3600)) { turn.end() }
        #expect(!turn.take(until: .now + .milliseconds(5)))
        #expect(turn.reclaim(lent))
        turn.end()
        #expect(turn.take(until: .now))
        turn.end()
    }

    /// Holders lend it and ask for it back, or find it given up, while others take it: nobody has it twice, and nobody waits for ever.
    @Test func manyShareIt() throws {
        let turn = Turn()
        let holders = Guarded((now: 0, most: 0))
        @Sendable func enter(_ number: Int) {
            _ = turn.take(until: nil, sparing: number % 2 == 0)
            holders.withLock { holders in
                holders.now += 1
                holders.most = max(holders.most, holders.now)
            }
        }
        @Sendable func leave() {
            holders.withLock { $0.now -= 1 }
            turn.end()
        }
        try onThreads(6) { number in
            for round in 0..<300 {
                enter(round / 2 + number)
                guard (round + number) % 3 == 0 else {
                    leave()
                    continue
                }
                let isGivenUp = Monitored(false)
                let lent = turn.lend(for: .microseconds(50), isLight: round % 4 < 2) {
                    leave()
                    isGivenUp.update { $0 = true }
                }
                if round % 2 == 0 { _ = isGivenUp.wait(until: .now + .microseconds(200)) { $0 ? true : nil } }
                if turn.reclaim(lent) { leave() } else { isGivenUp.wait { $0 ? () : nil } }
            }
        }
        #expect(holders.withLock { $0.most } == 1)
        #expect(!turn.isTaken)
    }
}
