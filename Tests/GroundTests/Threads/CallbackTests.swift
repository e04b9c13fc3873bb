import Ground
import Synchronization
import Testing

struct CallbackTests {
    /// A bare function would be called through two million others, for which a stack has no room.
    @Test func isLookedAtAMillionTimesAndThenCalled() {
        let kept = Mutex<Callback<Int, Int>?>(Callback { $0 + 1 })
        for _ in 0..<1_000_000 { _ = kept.withLock { $0 } }
        #expect(kept.withLock { $0 }?(41) == 42)
    }

    @Test func isCalledWithoutAnything() {
        #expect(Callback { true }())
    }
}
