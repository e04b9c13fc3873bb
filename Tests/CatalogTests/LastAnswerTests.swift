import Ground
import TestTraits
import Testing

@testable import Catalog

/// What is told of somebody who may be away.
@Suite(.ownThreads) struct LastAnswerTests {
    private let answers = LastAnswer<Int>()

    private func known(within time: Duration, _ body: @escaping @Sendable () throws(CatalogError) -> Int) -> LastAnswer<Int>.Known {
        answers.known(after: answers.ask(body), until: .now + time, of: "somebody")
    }

    @Test func aFailureStandsBesideTheLastAnswer() {
        #expect(known(within: .seconds(20)) { () throws(CatalogError) in 1 }.value == 1)
        let away = known(within: .seconds(20)) { () throws(CatalogError) in throw CatalogError(.unavailable, "Nobody is there.") }
        #expect(away.value == 1)
        #expect(away.failure?.message == "Nobody is there.")
        let back = known(within: .seconds(20)) { () throws(CatalogError) in 2 }
        #expect(back.value == 2)
        #expect(back.failure == nil)
    }

    /// Why there was no answer before is not said of one that has not come.
    @Test func aFailureFromBeforeIsNoReasonNow() {
        let refused = known(within: .seconds(20)) { () throws(CatalogError) in throw CatalogError(.unavailable, "Nobody is there.") }
        #expect(refused.failure?.message == "Nobody is there.")
        let gate = Monitored(false)
        let late = known(within: .milliseconds(50)) { () throws(CatalogError) in
            gate.wait { $0 ? () : nil }
            return 1
        }
        gate.update { $0 = true }
        #expect(late.failure?.message.contains("in time") == true)
    }

    /// Nobody waits for longer than he likes, and nobody is asked twice at the same time.
    @Test func whoStandsStillIsNotWaitedFor() {
        #expect(known(within: .seconds(20)) { () throws(CatalogError) in 1 }.value == 1)
        let gate = Monitored(false)
        let begun = ContinuousClock.now
        for _ in 0..<2 {
            let late = known(within: .milliseconds(50)) { () throws(CatalogError) in
                gate.wait { $0 ? () : nil }
                return 2
            }
            #expect(late.value == 1)
            #expect(late.failure?.kind == .unavailable)
        }
        #expect(ContinuousClock.now - begun < .seconds(15))
        let count = answers.ask { () throws(CatalogError) in 3 }
        gate.update { $0 = true }
        // The one that was under way.
        #expect(answers.known(after: count, until: .now + .seconds(20), of: "somebody").value == 2)
    }
}
