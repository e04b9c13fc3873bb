import Ground
import Synchronization
import TestSupport
import Testing

struct CombinerTests {
    private final class Doubler: Sendable {
        let combiner: Combiner<Int, Int>
        let batches = Mutex<[[Int]]>([])

        init(largestCount: Int) { combiner = Combiner(largestCount: largestCount) }

        func answer(_ all: [Int]) -> [Int] {
            batches.withLock { $0.append(all) }
            return all.map { 2 * $0 }
        }
    }

    @Test func eachHasItsOwnAnswerOnce() throws {
        let doubler = Doubler(largestCount: 5)
        try onThreads(16) { thread in
            for turn in 0..<500 {
                let number = thread * 1000 + turn
                #expect(doubler.combiner.answer(number, doubler.answer) == 2 * number)
            }
        }
        #expect(doubler.combiner.isIdle)
        let batches = doubler.batches.withLock { $0 }
        #expect(batches.allSatisfy { 1...5 ~= $0.count })
        #expect(batches.joined().sorted() == (0..<16).flatMap { thread in (0..<500).map { thread * 1000 + $0 } })
    }

    /// Those who entered before may come for their answers in any order, and on one thread.
    @Test func whoEnteredFirstNeedNotWaitFirst() {
        let doubler = Doubler(largestCount: 3)
        let places = (0..<10).map { doubler.combiner.enter($0) }
        #expect(doubler.combiner.answer(places[7], doubler.answer) == 14)
        #expect(doubler.batches.withLock { $0 } == [[0, 1, 2], [3, 4, 5], [6, 7, 8]])
        for number in [9, 0, 8, 1] { #expect(doubler.combiner.answer(places[number], doubler.answer) == 2 * number) }
        #expect(doubler.batches.withLock { $0.count } == 4)
        #expect(doubler.combiner.isIdle)
    }

    @Test func whatNobodyWaitsForIsAnsweredByWhoWantsItEmpty() throws {
        let doubler = Doubler(largestCount: 4)
        let places = (0..<9).map { doubler.combiner.enter($0) }
        #expect(doubler.combiner.empty(until: nil, doubler.answer))
        #expect(doubler.combiner.isIdle && doubler.batches.withLock { $0.count } == 3)
        #expect(doubler.combiner.answer(places[4], doubler.answer) == 8)
        #expect(doubler.combiner.empty(until: .now, doubler.answer))
    }

    /// Threads that enter early and wait late, others that wait at once, and some that want all of it answered.
    @Test func nobodyIsLeftBehind() throws {
        let doubler = Doubler(largestCount: 3)
        try onThreads(12) { thread in
            for turn in 0..<300 {
                let number = thread * 1000 + turn
                switch thread % 3 {
                case 0: #expect(doubler.combiner.answer(number, doubler.answer) == 2 * number)
                case 1:
                    let places = (0..<5).map { (number + 100_000 * $0, doubler.combiner.enter(number + 100_000 * $0)) }
                    for (entered, place) in places.reversed() { #expect(doubler.combiner.answer(place, doubler.answer) == 2 * entered) }
                default:
                    let place = doubler.combiner.enter(number)
                    _ = doubler.combiner.empty(until: nil, doubler.answer)
                    #expect(doubler.combiner.answer(place, doubler.answer) == 2 * number)
                }
            }
        }
        #expect(doubler.combiner.isIdle)
    }
}
