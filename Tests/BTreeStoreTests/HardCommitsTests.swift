import Testing

@testable import BTreeStore

struct HardCommitsTests {
    @Test func `What was read waits for the flush of the newest commit that it may show`() {
        let commits = HardCommits()
        #expect(commits.flush(of: commits.seen) == 0)
        commits.begin()
        // It may be seen from now on, and nobody knows its flush.
        let early = commits.seen
        commits.end(on: 3)
        #expect(commits.flush(of: early) == 3)
        let later = commits.seen
        commits.begin()
        commits.end(on: 4)
        #expect(commits.flush(of: later) == 3 && commits.flush(of: commits.seen) == 4)
        // One that fails before it is shown leaves nobody waiting.
        commits.begin()
        let failing = commits.seen
        commits.end(on: nil)
        #expect(commits.flush(of: failing) == 4 && commits.flush(of: commits.seen) == 4)
    }
}
