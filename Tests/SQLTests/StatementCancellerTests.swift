import Catalog
import Testing

@testable import SQL

@Suite struct StatementCancellerTests {
    @Test func whatRunsIsCancelled() {
        let canceller = StatementCanceller()
        canceller.cancel()
        let first = canceller.begin()
        #expect(!first.isCancelled)
        canceller.cancel()
        #expect(first.isCancelled && canceller.isCancelled)
        #expect(!canceller.begin().isCancelled)
    }

    /// A statement may wait for a thread behind others that run for long: to cancel it then must not be forgotten, nor end another one.
    @Test func whatWaitsIsCancelled() {
        let canceller = StatementCanceller()
        let before = canceller.begin()
        canceller.awaitStatement()
        canceller.cancel()
        #expect(!before.isCancelled)
        #expect(canceller.begin().isCancelled)
        canceller.awaitStatement()
        #expect(!canceller.begin().isCancelled)
    }

    /// A cursor goes on for another statement; in between nobody means it.
    @Test func whatWasLeftGoesOn() {
        let canceller = StatementCanceller()
        let first = canceller.begin()
        canceller.rest()
        canceller.cancel()
        #expect(!first.isCancelled)
        canceller.awaitStatement()
        canceller.goOn(with: first)
        canceller.cancel()
        #expect(first.isCancelled)
        let second = canceller.begin()
        canceller.awaitStatement()
        canceller.cancel()
        #expect(!second.isCancelled)
        canceller.goOn(with: second)
        #expect(second.isCancelled)
    }

    /// What is read and bound before it runs, and what runs, are one statement.
    @Test func partsAreCancelledTogether() {
        let canceller = StatementCanceller()
        canceller.awaitStatement()
        #expect(canceller.beginStatement() && !canceller.beginStatement())
        let first = canceller.begin()
        canceller.cancel()
        #expect(first.isCancelled && canceller.begin() === first)
        canceller.endStatement()
        #expect(!canceller.begin().isCancelled)
    }

    @Test func whatIsReadIsCancelledAhead() {
        let canceller = StatementCanceller()
        canceller.awaitStatement()
        #expect(!canceller.isCancelledAhead)
        canceller.cancel()
        #expect(canceller.isCancelledAhead)
        #expect(canceller.beginStatement() && canceller.isCancelled)
    }

    @Test func nothingIsLeftForTheNext() {
        let canceller = StatementCanceller()
        canceller.awaitStatement()
        canceller.cancel()
        // What had come was no statement.
        canceller.awaitStatement()
        #expect(!canceller.begin().isCancelled)
    }
}
