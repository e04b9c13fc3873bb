import Ground
import Synchronization
import TestSupport
import Testing

struct WorkerPoolTests {
    @Test func eachJobIsDoneOnceByAtMostSoManyThreads() throws {
        let pool = WorkerPool(limit: 3)
        let working = Mutex((now: 0, most: 0))
        try onThreads(8) { thread in
            for turn in 0..<200 {
                let answer = pool.runAndWait {
                    working.withLock { $0 = (now: $0.now + 1, most: max($0.most, $0.now + 1)) }
                    defer { working.withLock { $0.now -= 1 } }
                    return thread * 1000 + turn
                }
                #expect(answer == thread * 1000 + turn)
            }
        }
        #expect(1...3 ~= working.withLock { $0.most })
    }

    /// A job that comes while others stand still has a thread of its own, as long as there may be more.
    @Test func aJobWaitsForNoOther() throws {
        let pool = WorkerPool(limit: 3)
        let mayEnd = Monitored(false)
        let begun = Monitored(0)
        try onThreads(4) { thread in
            guard thread == 3 else {
                pool.runAndWait {
                    begun.update { $0 += 1 }
                    _ = mayEnd.wait { $0 ? true : nil }
                }
                return
            }
            // Three jobs at once, though none of them ends.
            _ = begun.wait { $0 == 3 ? true : nil }
            mayEnd.update { $0 = true }
        }
        #expect(pool.runAndWait { 7 } == 7)
    }

    @Test func aJobMayWaitForAJob() {
        let pool = WorkerPool(limit: 1)
        #expect(pool.runAndWait { pool.runAndWait { 7 } } == 7)
    }
}
