import Ground
import Testing

struct ThreadReliefTests {
    @Test func aThreadOfNoPoolCanBeSpared() {
        #expect(ThreadRelief.waiting { $0 })
    }

    /// A wait within a wait asks for no second thread, and is told what the outer one was.
    @Test(arguments: [false, true]) func aWaitWithinAWait(isRelieved: Bool) {
        let relief = ThreadRelief(begin: { isRelieved }, end: {})
        ThreadRelief.ofThread.with(relief) {
            for _ in 0..<2 {
                let answers = ThreadRelief.waiting { outer in [outer, ThreadRelief.waiting { $0 }, ThreadRelief.waiting { $0 }] }
                #expect(answers == [isRelieved, isRelieved, isRelieved])
            }
        }
    }
}
