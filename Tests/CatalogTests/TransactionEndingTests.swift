import Testing

@testable import Catalog

/// Who is told how a transaction ends, and when.
@Suite struct TransactionEndingTests {
    private final class Told {
        var words: [String] = []
    }

    private let told = Told()

    private func add(_ word: String, _ savepointCount: Int, once key: String? = nil, to endings: inout TransactionEndings) {
        endings.add(savepointCount, once: key.map { AnyHashable($0) }) { [told] in told.words.append(word + ($0 ? "+" : "-")) }
    }

    @Test func whatWasDoneOnceMoreIsToldOnce() {
        var endings = TransactionEndings()
        for (word, key) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", nil), ("d", nil)] { add(word, 0, once: key, to: &endings) }
        endings.end(isCommitted: true)
        #expect(told.words == ["a+", "b+", "d+", "d+"])
        endings.end(isCommitted: true)
        #expect(told.words.count == 4)
    }

    @Test func whatWasUndoneMayBeDoneOnceMore() {
        var endings = TransactionEndings()
        add("a", 1, once: "x", to: &endings)
        endings.rollBack(to: 0)
        add("b", 1, once: "x", to: &endings)
        endings.release(0)
        add("c", 0, once: "x", to: &endings)
        endings.end(isCommitted: true)
        #expect(told.words == ["a-", "b+"])
    }

    /// A request tells of its sequences before its notifications, whatever was first.
    @Test func allThatIsBehindASavepointGoesBack() {
        var endings = TransactionEndings()
        add("behind", 1, to: &endings)
        add("before", 0, to: &endings)
        add("last", 2, to: &endings)
        endings.rollBack(to: 0)
        #expect(told.words == ["last-", "behind-"])
        endings.end(isCommitted: false)
        #expect(told.words == ["last-", "behind-", "before-"])
    }

    @Test func thoseOfABorrowedTransactionAreAdded() {
        var (endings, borrowed) = (TransactionEndings(), TransactionEndings())
        add("a", 0, once: "x", to: &endings)
        add("b", 0, once: "x", to: &borrowed)
        add("c", 0, to: &borrowed)
        endings.add(borrowed)
        endings.end(isCommitted: true)
        #expect(told.words == ["a+", "c+"])
    }
}
